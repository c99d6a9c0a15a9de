"""A county with a finished month behind it, and people who sign in to look at it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from enterprises.models import Division, Operator, OperatorState, Person
from enterprises.roles import Role
from shilian import clock
from supervision.rollups import rebuild
from tests.builders import enterprises as build
from tests.builders.numbers import make_purchase, noon

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "jian-guan-2026"


def last_month() -> date:
    """The newest month that may be frozen: before the 3rd not yet the one that has just ended."""
    return clock.previous_month(clock.today() - timedelta(days=2))


def make_month() -> Division:
    """The county after a month in which one shop was active, one silent and one not registered."""
    month, county = last_month(), build.make_county()
    listed_at = noon(clock.previous_month(month))
    active = _shop("聚源超市", listed_at)
    _shop("安静菜店", listed_at)
    unregistered = _shop("未注册粮油店", listed_at, state=OperatorState.LISTED)
    unregistered.contact_phone = "13812345678"
    unregistered.save(update_fields=["contact_phone"])
    for day in range(3, 9):
        make_purchase(active, on=month.replace(day=day))
    for counted in (clock.previous_month(month), month, clock.month_of(clock.today())):
        rebuild.rebuild(counted, at=clock.now())
    return county


def _shop(
    name: str, listed_at: datetime, state: OperatorState = OperatorState.ACTIVATED
) -> Operator:
    activated_at = None if state == OperatorState.LISTED else listed_at
    return build.make_operator(
        name=name, state=state, listed_at=listed_at, activated_at=activated_at
    )


def make_officer(login: str, role: Role, division: Division) -> Person:
    person = build.make_person(login=login, name="王科长", password=PASSWORD)
    build.give_role(person, role, division=division)
    return person


def sign_in(page: Page, login: str, path: str) -> None:
    """Ask for the path, be sent to the login page, and arrive."""
    page.goto(path)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"**{path}*")
