"""The legal clocks of a recall. Source: 食品召回管理办法 articles 13 and 18."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shilian import working_days
from traceability.rules.recall_clocks import clock_for, deadlines, reviewed_clocks

DAY = date(2026, 11, 10)


def at(day: date, hour: int = 2, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("level", "hours", "days"), [("first", 24, 10), ("second", 48, 20), ("third", 72, 30)]
)
def test_each_level_has_the_clock_of_the_law(level, hours, days):
    clock = clock_for(level, on=DAY)

    assert clock is not None
    assert (clock.start_hours, clock.finish_working_days) == (hours, days)
    assert "食品召回管理办法" in clock.legal_basis


def test_there_is_no_clock_for_an_unknown_level_or_before_the_law():
    assert clock_for("fourth", on=DAY) is None
    assert clock_for("first", on=date(2015, 8, 31)) is None
    assert clock_for("first", on=date(2015, 9, 1)) is not None


def test_a_later_clock_takes_over_on_its_day():
    [old] = [clock for clock in reviewed_clocks() if clock.level == "first"]
    new = replace(old, start_hours=12, effective_from=date(2027, 1, 1))

    on = {
        day: clock_for("first", on=day, clocks=[old, new])
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    }

    assert [clock.start_hours for clock in on.values() if clock] == [24, 12]


@pytest.mark.parametrize(
    ("started", "level", "last_day"),
    [
        # Ten working days over two plain weekends.
        (date(2026, 11, 10), "first", date(2026, 11, 24)),
        (date(2026, 11, 10), "second", date(2026, 12, 8)),
        # Over the National Day holiday, with the worked Saturday of 10 October.
        (date(2026, 9, 30), "first", date(2026, 10, 20)),
        # Over the New Year: 1 to 3 January 2026 are free, Sunday the 4th is worked instead.
        (date(2025, 12, 31), "first", date(2026, 1, 15)),
    ],
)
def test_the_last_day_is_counted_in_working_days(started, level, last_day):
    clock = clock_for(level, on=started)
    assert clock is not None

    found = deadlines(clock, known_at=at(started), started_at=at(started))

    assert found.finish_due_on == last_day
    assert found.start_due_at - at(started) == timedelta(hours=clock.start_hours)
    assert found.calendar_note == ""


def test_the_day_is_that_of_shanghai():
    clock = clock_for("first", on=DAY)
    assert clock is not None
    before = deadlines(clock, known_at=at(DAY), started_at=at(DAY, 15, 59))
    after = deadlines(clock, known_at=at(DAY), started_at=at(DAY, 16, 0))

    assert (before.finish_due_on, after.finish_due_on) == (date(2026, 11, 24), date(2026, 11, 25))
    assert before.finish_due_at == at(date(2026, 11, 24), 16)


def test_an_unannounced_year_is_said_in_words():
    started = date(working_days.LAST_YEAR, 12, 28)
    clock = clock_for("third", on=started)
    assert clock is not None

    found = deadlines(clock, known_at=at(started), started_at=at(started))

    assert f"{working_days.LAST_YEAR + 1}年放假安排尚未收录" in found.calendar_note
