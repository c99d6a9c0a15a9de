"""A small jurisdiction with a month of records, and clients signed in to look at it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client

from enterprises.models import Division, Operator, OperatorState, Station
from enterprises.roles import Role
from supervision.rollups import rebuild
from tests.builders import enterprises as build
from tests.builders.numbers import make_purchase, noon

MONTH = date(2026, 10, 1)
TODAY = date(2026, 11, 10)
LISTED = {"listed_at": noon(date(2026, 8, 1)), "activated_at": noon(date(2026, 8, 1))}


def signed_in(
    role: Role, *, division: Division | None = None, station: Station | None = None
) -> Client:
    """A client of a person who holds the role there."""
    person = build.make_person(name="监管员")
    build.give_role(person, role, division=division, station=station)
    client = Client()
    client.force_login(person)
    return client


def county_client() -> Client:
    return signed_in(Role.COUNTY_OFFICER, division=build.make_county())


def shop(name: str = "", **facts: Any) -> Operator:
    """An activated shop of the county, on the register since August."""
    return build.make_operator(name=name, **(LISTED | facts))


def unregistered_shop(name: str = "", **facts: Any) -> Operator:
    facts = {"listed_at": noon(date(2026, 8, 1)), "activated_at": None} | facts
    return build.make_operator(name=name, state=OperatorState.LISTED, **facts)


def buys_on(operator: Operator, *days: int, month: date = MONTH) -> None:
    """A complete record, written down the same day, on each of the days."""
    for day in days:
        make_purchase(operator, on=month.replace(day=day))


def count_numbers() -> None:
    """Bring the tallies up to date, as the filler does."""
    rebuild.rebuild(MONTH, at=noon(date(2026, 10, 31)))
    rebuild.rebuild(date(2026, 11, 1), at=noon(TODAY))
