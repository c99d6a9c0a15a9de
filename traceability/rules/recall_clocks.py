"""How soon a recall must begin and end, as reviewed and dated data.

Source: 食品召回管理办法 articles 13 (levels, start) and 18 (finish, from the announcement on).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from shilian import working_days
from shilian.clock import business_day, start_of

DATA = Path(__file__).parent.parent / "data" / "recall_clocks.json"


@dataclass(frozen=True, slots=True)
class RecallClock:
    """The clock of one level between two dates."""

    level: str
    name: str
    meaning: str
    start_hours: int
    finish_working_days: int
    effective_from: date
    effective_to: date | None
    legal_basis: str
    reviewed_on: date

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when the recall had to begin, and the last day on which it may end.

    ``calendar_note`` says in words when the holidays of a year are not known yet.
    """

    start_due_at: datetime
    finish_due_on: date
    calendar_note: str

    @property
    def finish_due_at(self) -> datetime:
        """The end of that day."""
        return end_of(self.finish_due_on)


@cache
def reviewed_clocks() -> tuple[RecallClock, ...]:
    """The clocks as they were reviewed."""
    return tuple(_clock(row) for row in json.loads(DATA.read_text(encoding="utf-8")))


def _clock(row: dict[str, str | int | None]) -> RecallClock:
    until = row["effective_to"]
    return RecallClock(
        level=str(row["level"]),
        name=str(row["name"]),
        meaning=str(row["meaning"]),
        start_hours=int(row["start_hours"] or 0),
        finish_working_days=int(row["finish_working_days"] or 0),
        effective_from=date.fromisoformat(str(row["effective_from"])),
        effective_to=date.fromisoformat(str(until)) if until else None,
        legal_basis=str(row["legal_basis"]),
        reviewed_on=date.fromisoformat(str(row["reviewed_on"])),
    )


def clock_for(
    level: str, *, on: date, clocks: Sequence[RecallClock] | None = None
) -> RecallClock | None:
    """The clock of the level in force on the day; None for an unknown level."""
    dated = reviewed_clocks() if clocks is None else clocks
    found = [each for each in dated if each.level == level and each.is_in_force(on)]
    return max(found, key=lambda each: each.effective_from) if found else None


def deadlines(clock: RecallClock, *, known_at: datetime, started_at: datetime) -> Deadlines:
    """By when the risk known at one instant had to be answered, and the recall be finished.

    The working days run from the day after the announcement.
    """
    announced_on = business_day(started_at)
    last = working_days.after(announced_on, clock.finish_working_days)
    return Deadlines(
        start_due_at=known_at + timedelta(hours=clock.start_hours),
        finish_due_on=last,
        calendar_note=working_days.note_between(announced_on, last),
    )


def end_of(day: date) -> datetime:
    """The instant at which the business day is over."""
    return start_of(day + timedelta(days=1))


def spoken_span(seconds: float) -> str:
    """A span of time in words, to the minute or, beyond two days, to the hour."""
    minutes = max(round(abs(seconds) / 60), 0)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days >= 2:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    hours += 24 * days
    if hours:
        return f"{hours}小时{rest}分" if rest else f"{hours}小时"
    return f"{rest}分钟"
