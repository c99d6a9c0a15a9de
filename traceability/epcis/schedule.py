"""Timetables of EPCIS subscriptions: read, told in words, and when they come round next.

A moment is on the timetable when every part that is given matches it; a part that is left out
matches always. Hours and days are those of Asia/Shanghai.
Source: GS1 EPCIS 2.0, 8.2.5.3 QuerySchedule, and the schema of the REST binding for its grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shilian.clock import SHANGHAI
from shilian.problems import Problem, Rejected

# Each part with its smallest and largest value; Monday is 1.
BOUNDS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
LONGEST = 200
# The 29th of February falls on each weekday within forty years, also across a century without one.
DAYS_AHEAD = 40 * 366

_NUMBER = r"[0-9]{1,2}"
_ELEMENT = rf"(?:{_NUMBER}|\[{_NUMBER}-{_NUMBER}\])"
_PART = re.compile(rf"{_ELEMENT}(?:,{_ELEMENT})*")
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that match, ascending; of a part that is left out, all."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def has_day(self, day: date) -> bool:
        return (
            day.month in self.months and day.day in self.days and day.isoweekday() in self.weekdays
        )


def read_schedule(said: Any) -> Schedule:
    """The timetable that was asked for.

    Raises: Rejected with every part that is wrong, or because its day never comes.
    """
    if not isinstance(said, dict) or not said:
        raise Rejected([_problem("", f"schedule 要写明时刻，可用：{'、'.join(BOUNDS)}。")])
    problems = [
        _problem(name, f"没有“{name}”这一项，可用：{'、'.join(BOUNDS)}。")
        for name in said
        if name not in BOUNDS
    ]
    values = {}
    for name, (low, high) in BOUNDS.items():
        found = _values(said.get(name), low, high)
        if found is None:
            message = f"{name} 写成 {low} 到 {high} 的数，例如 0、“1,15”或“[1-5]”。"
            problems.append(_problem(name, message))
        values[name] = found or []
    if problems:
        raise Rejected(problems)
    schedule = Schedule(
        tuple(values["second"]),
        tuple(values["minute"]),
        tuple(values["hour"]),
        frozenset(values["dayOfMonth"]),
        frozenset(values["month"]),
        frozenset(values["dayOfWeek"]),
    )
    if _first_day(schedule, date(2000, 1, 1)) is None:
        raise Rejected(
            [_problem("dayOfMonth", "没有这样的日子，请检查月份和日期，例如 2 月 30 日。")]
        )
    return schedule


def _problem(name: str, message: str) -> Problem:
    field = f"schedule.{name}" if name else "schedule"
    return Problem("subscription_schedule", field, message)


def _values(text: Any, low: int, high: int) -> list[int] | None:
    """The numbers that match; None when the text is wrong."""
    if text is None:
        return list(range(low, high + 1))
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or len(text) > LONGEST or not _PART.fullmatch(text):
        return None
    found: set[int] = set()
    for element in text.split(","):
        first, _, last = element.strip("[]").partition("-")
        start, end = int(first), int(last or first)
        if not low <= start <= end <= high:
            return None
        found.update(range(start, end + 1))
    return sorted(found)


def next_time(schedule: Schedule, *, after: datetime) -> datetime:
    """The first moment on the timetable that is later than the given one, to the second."""
    start = after.astimezone(SHANGHAI).replace(microsecond=0) + timedelta(seconds=1)
    if schedule.has_day(start.date()):
        at = _first_time(schedule, start.time())
        if at is not None:
            return datetime.combine(start.date(), at, SHANGHAI)
    day = _first_day(schedule, start.date() + timedelta(days=1))
    at = _first_time(schedule, time())
    if day is None or at is None:
        raise ValueError("a timetable that was accepted comes round")
    return datetime.combine(day, at, SHANGHAI)


def _first_day(schedule: Schedule, start: date) -> date | None:
    days = (start + timedelta(days=ahead) for ahead in range(DAYS_AHEAD))
    return next(filter(schedule.has_day, days), None)


def _first_time(schedule: Schedule, start: time) -> time | None:
    for hour in schedule.hours:
        for minute in schedule.minutes:
            if (hour, minute) < (start.hour, start.minute):
                continue
            for second in schedule.seconds:
                if (found := time(hour, minute, second)) >= start:
                    return found
    return None


def in_words(said: dict[str, Any]) -> str:
    """The timetable for people, for example ``周一至周五，2时30分``."""
    days = [
        _listed(said, "month", lambda number: f"{number}月"),
        _listed(said, "dayOfMonth", lambda number: f"{number}日"),
        _listed(said, "dayOfWeek", lambda number: f"周{_WEEKDAYS[number - 1]}"),
    ]
    times = [
        _listed(said, "hour", lambda number: f"{number}时"),
        _listed(said, "minute", lambda number: f"{number}分"),
        _listed(said, "second", lambda number: f"{number}秒"),
    ]
    return "，".join([*(part for part in days if part), *(part for part in times if part)])


def _listed(said: dict[str, Any], name: str, word: Any) -> str:
    if name not in said:
        return ""
    shown = []
    for element in str(said[name]).split(","):
        first, _, last = element.strip("[]").partition("-")
        shown.append(word(int(first)) + (f"至{word(int(last))}" if last else ""))
    return "、".join(shown)
