"""The composite score of 评价考核: attainment of the four targets, weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shilian import clock
from supervision.rules.register import last_day

MONTH, QUARTER, YEAR = "month", "quarter", "year"
PERIODS = {MONTH: "月", QUARTER: "季度", YEAR: "年"}
FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Attainment:
    """One indicator of one area. Units: rate and target are ratios; None without data."""

    code: str
    rate: Decimal | None
    target: Decimal | None

    @property
    def score(self) -> Decimal | None:
        """How much of the target is reached, 0 to 100; more than the target earns nothing more."""
        if self.rate is None or not self.target:
            return None
        return min(self.rate / self.target, Decimal(1)) * FULL


def composite(attained: Sequence[Attainment], weights: Mapping[str, Decimal]) -> Decimal | None:
    """Σ weight × score ÷ Σ weight over the indicators with data; None when there are none.

    An indicator without anything to divide by is left out, and the others keep their proportion.
    """
    known = [(weights.get(each.code, Decimal(0)), each.score) for each in attained]
    parts = [(weight, score) for weight, score in known if score is not None]
    total = sum((weight for weight, _ in parts), Decimal(0))
    if not total:
        return None
    return sum((weight * score for weight, score in parts), Decimal(0)) / total


def period_start(kind: str, month: date) -> date:
    """The first month of the period that the month lies in."""
    if kind == YEAR:
        return month.replace(month=1)
    if kind == QUARTER:
        return month.replace(month=(month.month - 1) // 3 * 3 + 1)
    return month


def period_months(kind: str, month: date) -> list[date]:
    """The period's months up to the month asked, the earliest first."""
    months, each = [], period_start(kind, month)
    while each <= month:
        months.append(each)
        each = clock.next_month(each)
    return months


def months_before(kind: str, month: date) -> list[date]:
    """The whole period before the one that the month lies in."""
    return period_months(kind, clock.previous_month(period_start(kind, month)))


def incomparable_days(kind: str, month: date) -> tuple[date, date]:
    """The days on which a merged or split division makes the two periods incomparable.

    A month counts everybody where they stand at its end. So what was replaced in the first month of
    the period before lies in both periods as it is now, and what came later lies in one or neither.
    """
    return clock.next_month(months_before(kind, month)[0]), last_day(month)


def period_text(kind: str, month: date) -> str:
    """2026年10月, 2026年第四季度（至10月）, 2026年（至10月）."""
    if kind == YEAR:
        return f"{month.year}年" + ("" if month.month == 12 else f"（至{month.month}月）")
    if kind == QUARTER:
        number = "一二三四"[(month.month - 1) // 3]
        until = "" if month.month % 3 == 0 else f"（至{month.month}月）"
        return f"{month.year}年第{number}季度{until}"
    return f"{month.year}年{month.month}月"
