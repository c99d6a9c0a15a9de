"""Working days by the state's calendar of holidays and shifted weekends."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

# The State Council announces each year's holidays the autumn before; the package follows.
FIRST_YEAR = min(chinese_calendar.holidays).year
LAST_YEAR = max(chinese_calendar.holidays).year


def is_known(year: int) -> bool:
    """Whether the year's holidays are in the calendar."""
    return FIRST_YEAR <= year <= LAST_YEAR


def is_workday(day: date) -> bool:
    """By the state calendar; in a year it does not cover, Monday to Friday."""
    if is_known(day.year):
        return day not in chinese_calendar.holidays and (
            day.weekday() < 5 or day in chinese_calendar.workdays
        )
    return day.weekday() < 5


def workdays(first: date, last: date) -> int:
    """How many working days lie between two days, both included."""
    return sum(
        is_workday(first + timedelta(days=offset)) for offset in range((last - first).days + 1)
    )


def after(day: date, count: int) -> date:
    """The ``count``-th working day after the day, which itself is not counted.

    Source: Civil Code article 201 (the day on which a period begins does not count).
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def note_between(first: date, last: date) -> str:
    """What to print beside a period that runs into years whose holidays are not known; or empty."""
    unknown = [str(year) for year in range(first.year, last.year + 1) if not is_known(year)]
    if not unknown:
        return ""
    return f"{'、'.join(unknown)}年放假安排尚未收录，工作日暂按周一至周五计算。"


def calendar_note(month: date) -> str:
    """What to print beside a month whose holidays are not known yet; empty otherwise."""
    return note_between(month, month)
