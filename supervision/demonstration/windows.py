"""When the demonstration's people work: two stretches of four days in each month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shilian.clock import next_month, previous_month, start_of

FULL_MONTHS = 3
# Four days each and recorded on the fourth, so every record is made within three days; two
# stretches give the eight days that wholesalers, caterers and farms owe.
FIRST_DAYS = (5, 16)
LENGTH = 4


@dataclass(frozen=True, slots=True)
class Window:
    """Four days in a row, and the evening of the last one, when the records are made."""

    number: int
    days: tuple[date, ...]
    month_number: int

    @property
    def last(self) -> date:
        return self.days[-1]

    def at(self, hour: int, minute: int = 0) -> datetime:
        """An instant of the last day, in UTC."""
        return start_of(self.last) + timedelta(hours=hour, minutes=minute)

    @property
    def is_second(self) -> bool:
        return self.days[0].day == FIRST_DAYS[1]


def windows(today: date) -> Iterator[Window]:
    """The stretches since the middle of the third month back, as far as they are over."""
    month = today.replace(day=1)
    for _ in range(FULL_MONTHS):
        month = previous_month(month)
    number = 0
    for month_number in range(FULL_MONTHS + 1):
        for first in FIRST_DAYS[month_number == 0 :]:
            days = tuple(month.replace(day=first + offset) for offset in range(LENGTH))
            if days[-1] < today:
                yield Window(number, days, month_number)
                number += 1
        month = next_month(month)
