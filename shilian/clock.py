"""The one place that reads the clock: business days are Asia/Shanghai, instants are UTC."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def business_day(at: datetime) -> date:
    """The Asia/Shanghai calendar day that contains the instant."""
    return at.astimezone(SHANGHAI).date()


def today() -> date:
    return business_day(now())


def start_of(day: date) -> datetime:
    """The instant at which the business day begins, in UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def month_of(day: date) -> date:
    """The first day of the month, which names the month everywhere."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def previous_month(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months on, or that month's last day when it is shorter.

    31 August + 6 months is the last day of February.
    """
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
