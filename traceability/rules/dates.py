"""Dates of goods and records that cannot be, or should make somebody look twice."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from shilian.clock import add_months
from shilian.problems import Problem

# Older goods exist (aged liquor), older typed dates are slips.
EARLIEST_PRODUCTION = date(1950, 1, 1)
OLDEST_RECORD_MONTHS = 12


def spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@lru_cache(maxsize=8)
def earliest_event(today: date) -> date:
    """The longest ago that something may have happened and still be recorded."""
    return add_months(today, -OLDEST_RECORD_MONTHS)


def check_event_day(day: date, *, field: str, name: str, today: date) -> list[Problem]:
    """The day something happened: not to come, and not longer ago than a year."""
    if day > today:
        message = f"{name}{spoken(day)}还没有到，请填写今天（{spoken(today)}）或更早的日期。"
        return [Problem(f"{field}_in_future", field, message)]
    if day < earliest_event(today):
        message = f"{name}{spoken(day)}已超过一年，不能再补录，请检查年份。"
        return [Problem(f"{field}_too_long_ago", field, message)]
    return []


def check_production_day(
    produced_on: date, *, event_on: date, event_name: str, today: date, field: str = "produced_on"
) -> list[Problem]:
    """Goods are made before they are received or sold."""
    if produced_on > today:
        message = f"生产日期{spoken(produced_on)}还没有到，请按包装上的日期填写。"
        return [Problem("produced_in_future", field, message)]
    if produced_on > event_on:
        message = (
            f"生产日期{spoken(produced_on)}晚于{event_name}{spoken(event_on)}，请核对这两个日期。"
        )
        return [Problem("produced_after_event", field, message)]
    if produced_on < EARLIEST_PRODUCTION:
        message = f"生产日期{spoken(produced_on)}太早，请检查年份。"
        return [Problem("produced_too_long_ago", field, message)]
    return []


def check_not_expired(
    expires_on: date | None, *, event_on: date, event_name: str, field: str = "produced_on"
) -> list[Problem]:
    """Goods already past their shelf life are recorded as they were found, with a warning."""
    if expires_on is None or expires_on >= event_on:
        return []
    message = (
        f"这批货的保质期到{spoken(expires_on)}，{event_name}时已经过期。"
        "请核对日期；确已过期的不得销售、使用，请做好退货或销毁。"
    )
    return [Problem("already_expired", field, message, severity="warning")]
