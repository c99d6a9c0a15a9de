from datetime import UTC, date, datetime

import pytest

from shilian import clock


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 31, 16, 0, 0, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_a_business_day_begins_at_midnight_in_shanghai(at, day):
    assert clock.business_day(at) == day


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
    ],
)
def test_months_are_added_by_calendar(day, months, expected):
    assert clock.add_months(day, months) == expected
