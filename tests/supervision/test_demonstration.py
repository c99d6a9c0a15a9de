"""What the demonstration province decides from the day it is loaded on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from shilian.clock import start_of
from supervision.demonstration.load import newest_closed

pytestmark = pytest.mark.django_db
MONTHS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
THIRD = start_of(date(2026, 11, 3))


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (THIRD, date(2026, 10, 1)),
        (THIRD - timedelta(seconds=1), date(2026, 9, 1)),
        (start_of(date(2026, 11, 1)), date(2026, 9, 1)),
        (start_of(date(2026, 9, 30)), None),
    ],
)
def test_the_bulletin_is_of_the_newest_month_that_may_be_frozen(
    at: datetime, month: date | None
) -> None:
    assert newest_closed(MONTHS, at) == month
