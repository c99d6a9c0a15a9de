"""How much an operator's month looks made up: declared signals, each scored and explained.

A score only says where to look. Nothing leaves the indicators but by an officer's decision.
Source: launch speech, part 3 (及时、完整、准确); domain.md section 5 (distinct days, not rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

REVIEWED_ON = date(2026, 11, 22)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class MonthFeatures:
    """What the records of one operator's month look like, as counts; corrections are left out.

    ``history_ratio`` is the largest quantity beside the median of the same goods in the three
    months before, 0 without enough of them. ``account_operators`` is for how many operators the
    person works who wrote most of the records.
    """

    record_count: int = 0
    last_days_count: int = 0
    is_new: bool = False
    day_count: int = 0
    copied_days: int = 0
    weighed_count: int = 0
    round_count: int = 0
    typed_count: int = 0
    night_count: int = 0
    late_count: int = 0
    account_count: int = 0
    account_operators: int = 0
    history_ratio: Decimal = Decimal(0)
    history_goods: str = ""
    history_quantity: Decimal = Decimal(0)
    history_usual: Decimal = Decimal(0)
    history_unit: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One signal's value, out of how many, and what was seen in words."""

    value: Decimal
    out_of: int
    words: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One declared signal: nothing at ``low`` or below, 100 from ``high`` on, in between in proportion.

    It speaks only with at least ``least`` things to look at. ``weight`` is what a full score adds to
    the whole, of 100.
    """

    code: str
    name: str
    weight: int
    low: Decimal
    high: Decimal
    least: int
    unit: str = "%"
    reviewed_on: date = REVIEWED_ON

    def score(self, seen: Seen) -> int:
        if seen.out_of < self.least or seen.value <= self.low:
            return 0
        if seen.value >= self.high:
            return 100
        return _whole((seen.value - self.low) / (self.high - self.low) * HUNDRED)


BURST = Signal("burst", "月底突击", 35, Decimal(50), Decimal(90), 10)
COPIED = Signal("copied", "天天照抄", 25, Decimal(60), Decimal(95), 8)
ROUND = Signal("round", "整数重量", 15, Decimal(70), Decimal(100), 15)
NIGHT = Signal("night", "深夜录入", 15, Decimal(30), Decimal(80), 10)
ACCOUNT = Signal("account", "一人代录多家", 30, Decimal(4), Decimal(15), 10, " 家")
BACKDATED = Signal("backdated", "事后补录", 25, Decimal(30), Decimal(80), 10)
IMPOSSIBLE = Signal("impossible", "数量反常", 30, Decimal(10), Decimal(50), 1, " 倍")
SIGNALS = (BURST, COPIED, ROUND, NIGHT, ACCOUNT, BACKDATED, IMPOSSIBLE)
BY_CODE = {signal.code: signal for signal in SIGNALS}


@dataclass(frozen=True, slots=True)
class Judged:
    """The whole score of a month, 0–100, and the signals that spoke, the loudest first."""

    score: int
    signals: tuple[dict[str, Any], ...]


def judge(features: MonthFeatures) -> Judged:
    """Σ weight × score ÷ 100 of the signals, at most 100."""
    spoken = []
    total = Decimal(0)
    for signal in SIGNALS:
        seen = _SEEN[signal.code](features)
        if score := signal.score(seen):
            points = Decimal(signal.weight * score) / HUNDRED
            total += points
            spoken.append({
                "code": signal.code, "score": score, "points": _whole(points), "seen": seen.words,
            })  # fmt: skip
    spoken.sort(key=lambda each: (-int(str(each["points"])), str(each["code"])))
    return Judged(min(_whole(total), 100), tuple(spoken))


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(part) * HUNDRED / whole if whole else Decimal(0)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _burst(f: MonthFeatures) -> Seen:
    """New operators begin when they begin: they are not asked."""
    words = f"{f.record_count} 条记录里有 {f.last_days_count} 条是在当月最后三天及以后才录入的"
    share = Decimal(0) if f.is_new else _percent(f.last_days_count, f.record_count)
    return Seen(share, f.record_count, words)


def _copied(f: MonthFeatures) -> Seen:
    words = (
        f"{f.day_count} 个记录日里有 {f.copied_days} 天与前一个记录日的货、数量、往来单位一模一样"
    )
    return Seen(_percent(f.copied_days, f.day_count - 1), f.day_count, words)


def _round(f: MonthFeatures) -> Seen:
    words = f"{f.weighed_count} 条按重量的记录里有 {f.round_count} 条是 10 的整倍数"
    return Seen(_percent(f.round_count, f.weighed_count), f.weighed_count, words)


def _night(f: MonthFeatures) -> Seen:
    words = f"人工录入的 {f.typed_count} 条里有 {f.night_count} 条是在零点到五点之间录入的"
    return Seen(_percent(f.night_count, f.typed_count), f.typed_count, words)


def _account(f: MonthFeatures) -> Seen:
    words = f"{f.account_count} 条由同一账号录入，这个账号同时替 {f.account_operators} 家录入"
    return Seen(Decimal(f.account_operators), f.account_count, words)


def _backdated(f: MonthFeatures) -> Seen:
    words = f"{f.record_count} 条记录里有 {f.late_count} 条超过期限才补录"
    return Seen(_percent(f.late_count, f.record_count), f.record_count, words)


def _impossible(f: MonthFeatures) -> Seen:
    words = (
        f"{f.history_goods}一次 {_plain(f.history_quantity)}{f.history_unit}，"
        f"此前三个月通常 {_plain(f.history_usual)}{f.history_unit}，是平时的 {_plain(f.history_ratio)} 倍"
    )
    return Seen(f.history_ratio, 1 if f.history_ratio else 0, words)


_SEEN = {
    "burst": _burst,
    "copied": _copied,
    "round": _round,
    "night": _night,
    "account": _account,
    "backdated": _backdated,
    "impossible": _impossible,
}
