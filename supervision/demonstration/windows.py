"""When the demonstration's people work: two stretches of seven days in each month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shilian.clock import next_month, previous_month, start_of

FULL_MONTHS = 3
# In the first four days goods leave the fields, in the last four they are made, moved and bought;
# each half is recorded on its last day, so every record is made within three days. Two stretches
# give the eight days that wholesalers, caterers and farms owe.
FIRST_DAYS = (4, 14)
LENGTH = 7
HALF = 4


@dataclass(frozen=True, slots=True)
class Window:
    """Seven days in a row and the moments at which their records are made."""

    number: int
    days: tuple[date, ...]
    month_number: int
    is_second: bool

    @property
    def field_days(self) -> tuple[date, ...]:
        return self.days[:HALF]

    @property
    def trade_days(self) -> tuple[date, ...]:
        return self.days[-HALF:]

    @property
    def last(self) -> date:
        return self.days[-1]

    def early(self, hour: int, minute: int = 0) -> datetime:
        """An instant of the last day in the fields, in UTC."""
        return start_of(self.field_days[-1]) + timedelta(hours=hour, minutes=minute)

    def late(self, hour: int, minute: int = 0) -> datetime:
        """An instant of the very last day, in UTC."""
        return start_of(self.last) + timedelta(hours=hour, minutes=minute)


def windows(today: date) -> Iterator[Window]:
    """The stretches since the middle of the third month back, as far as they are over.

    While the month of ``today`` has none yet, its people have worked in the days just before.
    """
    month = today.replace(day=1)
    for _ in range(FULL_MONTHS):
        month = previous_month(month)
    number = 0
    for month_number in range(FULL_MONTHS + 1):
        for first in FIRST_DAYS[month_number == 0 :]:
            found = _window(number, month.replace(day=first), month_number, first)
            if found.last < today:
                yield found
                number += 1
        month = next_month(month)
    if today.day <= FIRST_DAYS[0] + LENGTH - 1:
        first_day = today - timedelta(days=LENGTH)
        yield _window(number, first_day, FULL_MONTHS, FIRST_DAYS[1])


def _window(number: int, first_day: date, month_number: int, starts_on: int) -> Window:
    days = tuple(first_day + timedelta(days=offset) for offset in range(LENGTH))
    return Window(number, days, month_number, starts_on == FIRST_DAYS[1])
