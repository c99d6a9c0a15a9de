"""A system's calendar: the days it owes, when it has fallen silent, and when it earns its badge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

# A system that misses so many due days in a row has fallen silent.
SILENT_DUE_DAYS = 3
# Clean for so many due days in a row: the badge.
CLEAN_DAYS = 7
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bars:
    """From which shares on a system counts as delivering. Units: per cent, 0–100.

    Source: domain.md section 5 (自建系统数据上传率); the dated parameters have the figures in force.
    """

    day_percent: Decimal = Decimal(90)
    row_percent: Decimal = Decimal(95)

    @property
    def day_text(self) -> str:
        return f"{self.day_percent.normalize():f}%"

    @property
    def row_text(self) -> str:
        return f"{self.row_percent.normalize():f}%"


def due_days(first: date, last: date, *, weekdays: int) -> list[date]:
    """The days from first to last on which an upload is owed.

    ``weekdays`` is a bitmap with Monday lowest.
    """
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if weekdays >> day.weekday() & 1]


def missed_in_a_row(
    received: Collection[date], *, since: date, weekdays: int, today: date
) -> list[date]:
    """The due days without an upload at the end of the calendar, oldest first.

    The day that is not over yet is not missed; an upload on any later day, due or not, breaks the
    silence.
    """
    last = max(received, default=None)
    first = max(since, last + ONE_DAY) if last else since
    return due_days(first, today - ONE_DAY, weekdays=weekdays)


def is_silent(missed: Sequence[date]) -> bool:
    return len(missed) >= SILENT_DUE_DAYS


@dataclass(frozen=True, slots=True)
class FedDay:
    """What came on one day, by upload or by trial: rows checked, rows refused."""

    day: date
    checked: int
    refused: int

    @property
    def is_clean(self) -> bool:
        return self.checked > 0 and self.refused == 0


class BadgeState(StrEnum):
    NONE = "none"
    HELD = "held"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Badge:
    """Whether the badge is held, since when, and how many clean due days there are in a row."""

    state: BadgeState = BadgeState.NONE
    clean_days: int = 0
    since: date | None = None
    lapsed_on: date | None = None

    @property
    def is_held(self) -> bool:
        return self.state == BadgeState.HELD

    @property
    def days_left(self) -> int:
        """Clean days still wanted; none while it is held."""
        return 0 if self.is_held else max(CLEAN_DAYS - self.clean_days, 0)


def badge(days: Iterable[FedDay], *, weekdays: int, today: date) -> Badge:
    """The badge after these days.

    Held after seven due days in a row, each with rows and none refused; a row refused on any day
    ends it and the counting, and so do seven due days in a row without anything. A single missed
    day ends the counting, not the badge: being silent has its own alert. Today counts once
    something came.
    """
    by_day = {each.day: each for each in days}
    if not by_day:
        return Badge()
    state, run, idle = Badge(), 0, 0
    day = min(by_day)
    while day <= today:
        fed, is_due = by_day.get(day), bool(weekdays >> day.weekday() & 1)
        if fed is not None and fed.refused:
            run, idle = 0, 0
            state = _lapsed(state, day)
        elif fed is not None and fed.is_clean:
            run, idle = run + is_due, 0
            state = _earned(state, run, day)
        elif is_due and day < today:
            run, idle = 0, idle + 1
            state = _lapsed(state, day) if idle >= CLEAN_DAYS else state
        day += ONE_DAY
    return Badge(state.state, run, state.since, state.lapsed_on)


def _earned(state: Badge, run: int, day: date) -> Badge:
    if state.is_held or run < CLEAN_DAYS:
        return state
    return Badge(BadgeState.HELD, since=day)


def _lapsed(state: Badge, day: date) -> Badge:
    return Badge(BadgeState.LAPSED, since=None, lapsed_on=day) if state.is_held else state


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day's upload: rows sent, accepted, late, sent again, and the refused ones by code."""

    day: date
    sent: int
    accepted: int
    late: int = 0
    duplicates: int = 0
    errors: Mapping[str, int] | None = None

    @property
    def is_received(self) -> bool:
        """Whether something new came; what was there before is no upload of this day."""
        return self.accepted > self.duplicates

    @property
    def refused(self) -> int:
        return self.sent - self.accepted


@dataclass(frozen=True, slots=True)
class Health:
    """A stretch of a system's days in figures."""

    due_count: int
    received_count: int
    gaps: tuple[date, ...]
    sent: int
    accepted: int
    late: int
    duplicates: int
    bars: Bars = Bars()

    @property
    def refused(self) -> int:
        return self.sent - self.accepted

    @property
    def fresh(self) -> int:
        """Rows sent for the first time."""
        return self.sent - self.duplicates

    @property
    def fresh_accepted(self) -> int:
        return self.accepted - self.duplicates

    @property
    def day_percent(self) -> float | None:
        """Received share of the due days; None when none was due."""
        return 100 * self.received_count / self.due_count if self.due_count else None

    @property
    def row_percent(self) -> float | None:
        """Accepted share of the rows, without those sent again; None when none is left."""
        return 100 * self.fresh_accepted / self.fresh if self.fresh else None

    @property
    def meets_days(self) -> bool:
        return (
            self.due_count > 0
            and self.received_count * 100 >= self.bars.day_percent * self.due_count
        )

    @property
    def meets_rows(self) -> bool:
        return self.fresh > 0 and self.fresh_accepted * 100 >= self.bars.row_percent * self.fresh

    @property
    def meets(self) -> bool:
        """Counts as delivering. Source: domain.md section 5 (自建系统数据上传率)."""
        return self.meets_days and self.meets_rows


def health(
    days: Iterable[DayFigures], *, first: date, last: date, weekdays: int, bars: Bars = Bars()
) -> Health:
    """The figures of the days from first to last; a due day is received when new rows came."""
    inside = [each for each in days if first <= each.day <= last]
    came = {each.day for each in inside if each.is_received}
    due = due_days(first, last, weekdays=weekdays)
    return Health(
        due_count=len(due),
        received_count=sum(day in came for day in due),
        gaps=tuple(day for day in due if day not in came),
        sent=sum(each.sent for each in inside),
        accepted=sum(each.accepted for each in inside),
        late=sum(each.late for each in inside),
        duplicates=sum(each.duplicates for each in inside),
        bars=bars,
    )


def advice(of: Health, *, missed: Sequence[date], badge_held: bool) -> list[str]:
    """What to do next, most pressing first; one sentence each."""
    found = []
    if is_silent(missed):
        found.append(
            f"已连续{len(missed)}个应传日没有数据，请检查系统和网络，补传缺的日子；"
            "不再使用的，请办理停用。"
        )
    elif of.due_count and not of.meets_days:
        found.append(
            f"应传日收到的不到{of.bars.day_text}，请让系统每个应传日自动上传；"
            "常有没业务的日子，可以申请变更应传日。"
        )
    if of.fresh and not of.meets_rows:
        found.append(
            f"条数接收不到{of.bars.row_text}，请按下面的退回原因从最多的一条改起，改好后重传。"
        )
    if of.late * 10 > of.accepted > 0:
        found.append("迟报的超过一成，记录要在发生后三天内上传，请把上传改成当天。")
    if of.duplicates * 5 > of.sent > 0:
        found.append("重复上传的超过两成，不影响台账，但请让系统只传新记录。")
    if not badge_held:
        found.append("连续七个应传日没有退回，就有“数据合格”标识；可以先用试传检查。")
    return found
