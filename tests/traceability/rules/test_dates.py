from __future__ import annotations

from datetime import date

import pytest

from traceability.rules import dates

TODAY = date(2028, 2, 29)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2028, 2, 29), []),
        (date(2028, 3, 1), ["purchased_on_in_future"]),
        (date(2027, 2, 28), []),
        (date(2027, 2, 27), ["purchased_on_too_long_ago"]),
    ],
)
def test_an_event_lies_within_the_last_year(day, expected):
    problems = dates.check_event_day(day, field="purchased_on", name="进货日期", today=TODAY)

    assert [problem.code for problem in problems] == expected


@pytest.mark.parametrize(
    ("produced_on", "expected"),
    [
        (date(2028, 2, 1), []),
        (date(2028, 2, 2), ["produced_after_event"]),
        (date(2028, 3, 1), ["produced_in_future"]),
        (date(1949, 12, 31), ["produced_too_long_ago"]),
    ],
)
def test_goods_are_made_before_they_arrive(produced_on, expected):
    problems = dates.check_production_day(
        produced_on, event_on=date(2028, 2, 1), event_name="进货日期", today=TODAY
    )

    assert [problem.code for problem in problems] == expected


@pytest.mark.parametrize(
    ("expires_on", "expected"),
    [(None, []), (date(2028, 2, 1), []), (date(2028, 1, 31), ["already_expired"])],
)
def test_expired_goods_are_kept_with_a_warning(expires_on, expected):
    problems = dates.check_not_expired(expires_on, event_on=date(2028, 2, 1), event_name="进货")

    assert [problem.code for problem in problems] == expected
    assert all(problem.is_warning for problem in problems)
