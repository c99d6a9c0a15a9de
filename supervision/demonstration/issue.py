"""The demonstration's bulletins: the month before last issued, last month's open for comments."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from enterprises.actor import Actor, actor_for
from enterprises.models import Membership, Person
from enterprises.roles import Role
from shilian import clock
from supervision.models import PROVINCE_PATH, Bulletin
from supervision.operations import bulletin_issue, bulletins
from supervision.queries.parameters import parameters_in_force
from supervision.rules.bulletins import due_on
from supervision.rules.months import publish_by
from supervision.rules.register import last_day

COMMENT_DAYS = 3
COMMENT = "我市部分食堂当月停业改造，建议核对应上传天数后再定稿。"


def tell_bulletins(*, by: Actor, months: list[date], at: datetime) -> None:
    """Issue the earlier of the closed months and put the newest before the cities.

    Nothing is told twice: a month that has a bulletin is left as it is.
    """
    closed = sorted(months)[-2:]
    for month in closed:
        if Bulletin.objects.of(PROVINCE_PATH, month).exists():
            continue
        made = bulletins.draft_bulletin(by=by, month=month, at=at)
        member, city = _person(Role.TASK_FORCE), _person(Role.CITY_OFFICER)
        if member is None:
            continue
        if month != closed[-1]:
            _issue(made, member, at)
        elif city is not None:
            _put_before_cities(made, member, city, at)


def _issue(bulletin: Bulletin, member: Actor, at: datetime) -> None:
    """Reviewed by the member and issued on the day it was due, or today."""
    bulletin_issue.review_bulletin(by=member, bulletin=bulletin, at=at)
    due = due_on(publish_by(bulletin.month, parameters_in_force(last_day(bulletin.month))))
    day = min(due, clock.business_day(at))
    bulletin_issue.publish_bulletin(
        by=member,
        bulletin=bulletin,
        number=f"演示追溯通报〔{day.year}〕{bulletin.month.month}号",
        issued_on=day,
        at=at,
    )


def _put_before_cities(bulletin: Bulletin, member: Actor, city: Actor, at: datetime) -> None:
    until = clock.business_day(at) + timedelta(days=COMMENT_DAYS)
    bulletin_issue.ask_for_comments(by=member, bulletin=bulletin, until=until, at=at)
    bulletin_issue.comment_on_bulletin(by=city, bulletin=bulletin, text=COMMENT, at=at)


def _person(role: Role) -> Actor | None:
    """The demonstration's person of the role, as far as accounts were opened."""
    held = Membership.objects.filter(role=role).order_by("pk").values_list("person_id", flat=True)
    person = Person.objects.filter(pk__in=held[:1]).first()
    return actor_for(person, channel="demo") if person else None
