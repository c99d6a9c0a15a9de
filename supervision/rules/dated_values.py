"""Changing a dated threshold, target or set of weights without leaving a gap or an overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from shilian.problems import Problem
from supervision.rules.months import month_text


@dataclass(frozen=True, slots=True)
class ValueDraft:
    """A new value from a month on; ``effective_from`` is the first day of that month."""

    value: Decimal
    effective_from: date
    legal_basis: str
    reason: str


@dataclass(frozen=True, slots=True)
class WeightDraft:
    """New weights of the indicators from a month on. Units: per cent by the indicator's code."""

    weights: Mapping[str, Decimal]
    effective_from: date
    legal_basis: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value may be; ``is_whole``: no part of a day is ever counted."""

    least: int
    most: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class StatusDraft:
    """What a city is from a month on: one of the codes of ``CityStatus``."""

    status: str
    effective_from: date
    legal_basis: str
    reason: str


HUNDRED = Decimal(100)
PERCENT = Limits(0, 100, is_whole=False)
# Every month has a 28th, and not every month a day after it.
DAY_OF_MONTH = Limits(1, 28)
DAYS = Limits(0, 366)
PIECES = Limits(1, 366)
SCORE = Limits(1, 100)
LIMITS_BY_UNIT = {"%": PERCENT, "日": DAY_OF_MONTH, "批": PIECES, "分": SCORE}


def check_value(
    draft: ValueDraft, *, current_from: date, last_frozen: date | None, limits: Limits
) -> list[Problem]:
    """Every problem of the change.

    ``current_from`` is when the value in force began, ``last_frozen`` the newest frozen month.
    """
    return [
        *_check_amount(draft.value, limits),
        *check_date(draft.effective_from, current_from, last_frozen),
        *_check_texts(draft),
    ]


def check_weights(
    draft: WeightDraft, *, current_from: date, last_frozen: date | None, codes: Iterable[str]
) -> list[Problem]:
    """Every problem of the change: each indicator has a weight, and together they make 100."""
    problems = []
    for code in codes:
        weight = draft.weights.get(code)
        if weight is None or not weight.is_finite() or not 0 <= weight <= HUNDRED:
            problems.append(Problem("weight_not_a_share", code, "请填写 0 到 100 之间的数。"))
    if not problems and (total := sum(draft.weights.values(), Decimal(0))) != HUNDRED:
        message = f"四项权重合计须为 100，现在是 {total.normalize():f}，请调整。"
        problems.append(Problem("weights_not_100", "", message))
    problems += check_date(draft.effective_from, current_from, last_frozen)
    return problems + _check_texts(draft)


def check_status(
    draft: StatusDraft, *, current: str, current_from: date, last_frozen: date | None
) -> list[Problem]:
    """Every problem of the change; ``current`` is what the city is now."""
    problems = []
    if draft.status == current:
        message = "这个城市现在就是这一身份，不用修改；请选另一个身份。"
        problems.append(Problem("status_unchanged", "status", message))
    problems += check_date(draft.effective_from, current_from, last_frozen)
    return problems + _check_texts(draft)


def check_series(periods: Iterable[tuple[date, date | None]]) -> list[Problem]:
    """Whether the periods of one value follow one another day by day, the last without an end.

    A gap comes back as ``dates_leave_gap``, an overlap as ``dates_overlap``.
    """
    ordered = sorted(periods, key=lambda period: period[0])
    for (_, end), (start, _) in pairwise(ordered):
        if end is None or end >= start:
            message = f"{start} 起的数值与前一个重叠，请先把前一个的截止日期改到 {start} 以前。"
            return [Problem("dates_overlap", "effective_from", message)]
        if end + timedelta(days=1) != start:
            message = f"{end} 到 {start} 之间没有数值，请补上这一段，再改以后的。"
            return [Problem("dates_leave_gap", "effective_from", message)]
    if ordered and ordered[-1][1] is not None:
        message = f"{ordered[-1][1]} 以后没有数值，最后一个数值不能有截止日期。"
        return [Problem("dates_leave_gap", "effective_from", message)]
    return []


def _check_amount(value: Decimal, limits: Limits) -> list[Problem]:
    if not value.is_finite() or value < limits.least:
        message = f"请填写不小于 {limits.least} 的数值。"
        return [Problem("value_not_a_number", "value", message)]
    if value > limits.most:
        message = f"数值不能超过 {limits.most}，请核对后重填。"
        return [Problem("value_too_large", "value", message)]
    if limits.is_whole and value != value.to_integral_value():
        return [Problem("value_not_whole", "value", "天数和日期请填写整数。")]
    return []


def check_date(effective_from: date, current_from: date, last_frozen: date | None) -> list[Problem]:
    """Whether a new value may begin on the day: a month's first, not frozen, after the present's."""
    if effective_from.day != 1:
        message = "口径按整月执行，生效日期请选某月 1 日。"
        return [Problem("not_first_of_month", "effective_from", message)]
    if last_frozen is not None and effective_from <= last_frozen:
        message = f"{month_text(last_frozen)}及以前已冻结，请从以后的月份起生效。"
        return [Problem("month_already_frozen", "effective_from", message)]
    if effective_from <= current_from:
        message = f"在用数值自{month_text(current_from)}起生效，新数值须晚于它。"
        return [Problem("overlaps_current_value", "effective_from", message)]
    return []


def _check_texts(draft: ValueDraft | WeightDraft | StatusDraft) -> list[Problem]:
    problems = []
    if not draft.legal_basis.strip():
        problems.append(Problem("basis_missing", "legal_basis", "请填写依据，如文件名称和文号。"))
    if not draft.reason.strip():
        problems.append(Problem("reason_missing", "reason", "请写明修改原因。"))
    return problems
