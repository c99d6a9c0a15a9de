"""Who stands in a month's denominators, and how many days of records are asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cache, lru_cache

from shilian.clock import next_month
from shilian.working_days import workdays
from supervision.rules.parameters import Parameters

# The stored codes of enterprises.models; a rule knows no model.
NORMAL, SUSPENDED = "normal", "suspended"
DAYS_BY_SECTOR = {
    "production": "production_days",
    "catering": "catering_days",
    "farm": "farm_days",
    "special": "special_days",
    "circulation": "retail_days",
}
TRADING = ("circulation", "special")


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """What the register says of one operator, with the dates it says it from."""

    sector: str
    catering_class: str
    is_wholesale: bool
    standing: str
    standing_since: date | None
    listed_on: date
    activated_on: date | None


@lru_cache(maxsize=64)
def last_day(month: date) -> date:
    # Asked several times for each operator of a month.
    return next_month(month) - timedelta(days=1)


def is_listed(facts: RegisterFacts, month: date) -> bool:
    """Whether the operator was on the register at the month's end."""
    return facts.listed_on <= last_day(month)


def is_activated(facts: RegisterFacts, month: date) -> bool:
    """Whether the account was activated by the month's end. Source: domain.md section 5, 注册率."""
    return facts.activated_on is not None and facts.activated_on <= last_day(month)


def excluding_standing(facts: RegisterFacts, month: date) -> str:
    """The standing that takes the operator out of the month, or NORMAL.

    A suspension counts only when it fills the whole month, or all of it since the operator was
    listed; the others count from the day they begin.
    Source: domain.md section 5 (exclusions).
    """
    if facts.standing == NORMAL:
        return NORMAL
    latest = max(month, facts.listed_on) if facts.standing == SUSPENDED else last_day(month)
    if facts.standing_since is None or facts.standing_since <= latest:
        return facts.standing
    return NORMAL


@lru_cache(maxsize=4096)
def required_days(facts: RegisterFacts, month: date, parameters: Parameters) -> int:
    """On how many distinct days valid records are asked for; 0 when the operator is not obliged.

    An operator that was activated or suspended within the month is asked pro rata of its open
    days; school canteens and their like for a share of the working days.
    Source: domain.md section 5 (active).
    """
    if not is_activated(facts, month):
        return 0
    first, last = open_days(facts, month)
    if first > last:
        return 0
    if facts.catering_class:
        return _up(workdays_in(first, last) * parameters.canteen_workday_percent / 100)
    whole = Decimal(last_day(month).day)
    return max(1, _up(_days_of_sector(facts, parameters) * ((last - first).days + 1) / whole))


def open_days(facts: RegisterFacts, month: date) -> tuple[date, date]:
    """The first and the last day of the month on which records could be expected."""
    first, last = month, last_day(month)
    if facts.activated_on is not None:
        first = max(first, facts.activated_on)
    if facts.standing == SUSPENDED and facts.standing_since is not None:
        last = min(last, facts.standing_since - timedelta(days=1))
    return first, last


@cache
def workdays_in(first: date, last: date) -> int:
    return workdays(first, last)


def _days_of_sector(facts: RegisterFacts, parameters: Parameters) -> int:
    if facts.is_wholesale and facts.sector in TRADING:
        return parameters.wholesale_days
    days: int = getattr(parameters, DAYS_BY_SECTOR[facts.sector])
    return days


def _up(days: Decimal) -> int:
    return int(days.to_integral_value(rounding=ROUND_CEILING))
