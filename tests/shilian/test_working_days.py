"""The state's calendar at its edges: holidays, swapped weekends, years not announced yet."""

from __future__ import annotations

from datetime import date

import pytest

from shilian import working_days


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        # A plain week.
        (date(2026, 11, 9), 1, date(2026, 11, 10)),
        (date(2026, 11, 13), 1, date(2026, 11, 16)),
        # The National Day holiday of 2026 runs from 1 to 7 October; the 10th is worked instead.
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 9), 1, date(2026, 10, 10)),
        (date(2026, 10, 9), 2, date(2026, 10, 12)),
        # Over the end of a year: 1 January is a holiday.
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        # Nothing to count.
        (date(2026, 11, 9), 0, date(2026, 11, 9)),
    ],
)
def test_counts_working_days_from_the_day_after(day, count, expected):
    assert working_days.after(day, count) == expected


def test_says_in_words_which_years_are_not_announced():
    last = working_days.LAST_YEAR

    assert working_days.note_between(date(last, 1, 1), date(last, 12, 31)) == ""
    said = working_days.note_between(date(last, 12, 1), date(last + 1, 1, 20))
    assert said == f"{last + 1}年放假安排尚未收录，工作日暂按周一至周五计算。"
