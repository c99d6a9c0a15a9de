"""Puts the planned operators on the roster and activates those that take part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from enterprises.actor import Actor
from enterprises.models import Division, Operator, Standing, Station
from enterprises.operations import operators
from enterprises.operations.operators import LicenceDraft, OperatorDraft
from enterprises.rules.licences import kind_of
from shilian.clock import start_of
from supervision.demonstration.province import PlannedOperator, plan_county

LICENCE_YEARS = 5
ACTIVATION_DAY = 2
# Every licence was issued before the first records of the demonstration.
FIRST_RECORDS_DAYS = 160


@dataclass(frozen=True, slots=True)
class Member:
    """A planned operator together with its row on the roster."""

    plan: PlannedOperator
    operator: Operator


def plan_province(*, seed: int) -> list[PlannedOperator]:
    """Every operator of every county and zone, in the order of the division codes."""
    townships = defaultdict(list)
    for township in Division.objects.townships().order_by("code"):
        townships[township.parent_id].append(township)
    planned: list[PlannedOperator] = []
    seen_cities: set[int | None] = set()
    counties = Division.objects.counties().select_related("parent").order_by("code")
    for index, county in enumerate(counties):
        planned += plan_county(
            county,
            townships[county.pk],
            index=index,
            is_first=county.parent_id not in seen_cities,
            seed=seed,
        )
        seen_cities.add(county.parent_id)
    return planned


def fill_roster(
    *, by: Actor, seed: int, at: datetime, today: date, months: Sequence[date]
) -> list[Member]:
    """List every planned operator, activate most month by month, and take out the suspended ones.

    Some licences lapse soon or have lapsed, so that the lists of expiring papers show something.
    """
    planned = plan_province(seed=seed)
    stations = _stations_by_township()
    random = Random(f"{seed}:licences")
    drafts = [
        _draft(plan, stations.get(plan.township.pk), _licence_until(random, today))
        for plan in planned
    ]
    listed = operators.list_operators(by=by, drafts=drafts, at=at, is_demonstration=True)
    members = [Member(plan, row) for plan, row in zip(planned, listed, strict=True)]
    _activate(by, members, at, today, months)
    for member in members:
        if member.plan.conduct == "suspended":
            operators.change_standing(
                by=by,
                operator=member.operator,
                standing=Standing.SUSPENDED,
                reason="演示数据：已办理停业备案",
                at=at + timedelta(days=2),
            )
    return members


def _activate(
    by: Actor, members: Sequence[Member], at: datetime, today: date, months: Sequence[date]
) -> None:
    """The first right after they were listed, the others early in their month."""
    for number, month in enumerate(months):
        day = month.replace(day=ACTIVATION_DAY)
        ready = [
            member.operator
            for member in members
            if member.plan.is_using and member.plan.activated_in == number
        ]
        if ready and day < today:
            moment = start_of(day) + timedelta(hours=10) if number else at + timedelta(days=1)
            operators.activate_operators(by=by, operators=ready, at=moment)


def _stations_by_township() -> dict[int, int]:
    through = Station.townships.through
    return dict(through.objects.order_by("station_id").values_list("division_id", "station_id"))


def _licence_until(random: Random, today: date) -> date:
    return today + timedelta(days=random.randint(-20, 365 * LICENCE_YEARS - FIRST_RECORDS_DAYS))


def _draft(plan: PlannedOperator, station_id: int | None, licence_until: date) -> OperatorDraft:
    number = plan.licence_number
    licence = LicenceDraft(
        number=number,
        kind=kind_of(number),
        issued_on=licence_until - timedelta(days=365 * LICENCE_YEARS),
        valid_until=licence_until,
    )
    trade = plan.trade
    return OperatorDraft(
        name=plan.name,
        credit_code=plan.credit_code,
        sector=trade.sector,
        kind=trade.kind,
        division_id=plan.township.pk,
        station_id=station_id,
        address=plan.address,
        legal_person=plan.legal_person,
        contact_name=plan.legal_person,
        contact_phone=plan.phone,
        licences=(licence,),
        catering_class=trade.catering_class,
        goods_classes=trade.goods_classes,
        is_wholesale=trade.is_wholesale,
    )
