"""Self-built systems of some factories and wholesalers, and what they sent.

Each went through the whole register: its owner applied, county, city and province approved. The
chain belongs to no real person, so every level has an actor of its own here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from enterprises.actor import Actor, actor_for_operator, permissions_of
from enterprises.models import Operator, SelfBuiltSystem
from enterprises.operations import system_alerts, system_register, systems
from enterprises.operations.systems import DayDraft
from enterprises.roles import Role
from enterprises.rules.systems import SystemDraft
from enterprises.scope import Scope
from shilian.clock import now, start_of
from supervision.demonstration.roster import Member
from supervision.demonstration.shops import Shop
from traceability.models import Channel

# One in so many of the operators that may have one.
EVERY = 12
TRADES = ("factory", "city_wholesaler", "wholesaler")
# One in so many of those fell silent some days ago.
SILENT_EVERY, SILENT_DAYS = 9, 5
FAULTS = ("quantity_missing", "unit_unknown", "supplier_name_missing")
LEVELS = (
    (Role.COUNTY_OFFICER, "县区局人员（演示）", 3),
    (Role.CITY_OFFICER, "市局人员（演示）", 2),
    (Role.PROVINCE_OFFICER, "省局业务处人员（演示）", 1),
)
DRAFT = SystemDraft(
    name="企业进销存系统（演示）",
    vendor="演示软件公司",
    docking="api",
    record_kinds=("purchases", "sales"),
    contact_name="演示联系人",
    contact_phone="13800000000",
)


def register(members: Sequence[Member], since: date, today: date) -> None:
    """Register the systems and keep their days; most of them send what is due."""
    candidates = [member for member in members if member.plan.trade.key in TRADES]
    for number, member in enumerate(candidates[::EVERY]):
        shop = Shop(member.plan, member.operator, seed=number)
        actor = actor_for_operator(member.operator, channel=Channel.DEMO, name="演示负责人")
        system = _registered(actor, member.operator, since)
        systems.record_system_days(
            by=actor, system=system, days=_days(shop, number, since, today), at=start_of(today)
        )
    system_alerts.watch_silence(by=_officer(*LEVELS[2][:2], path="/"), at=now())


def _registered(owner: Actor, operator: Operator, since: date) -> SelfBuiltSystem:
    """The system after the whole chain, in service from that day."""
    at = start_of(since) - timedelta(days=1)
    draft = replace(DRAFT, sector=operator.sector)
    system = system_register.apply_for_system(by=owner, operator=operator, draft=draft, at=at)
    for role, name, depth in LEVELS:
        steps = operator.division_path.split("/")[: depth + 1]
        officer = _officer(role, name, path="/".join(steps) + "/")
        system = system_register.decide_system(
            by=officer, system=system, approves=True, note="", at=at
        )
    return system


def _officer(role: Role, name: str, *, path: str) -> Actor:
    roles = frozenset({role})
    return Actor(
        name=name,
        roles=roles,
        scope=Scope(paths=(path,)),
        channel=Channel.DEMO,
        permissions=permissions_of(roles),
    )


def _days(shop: Shop, number: int, since: date, today: date) -> list[DayDraft]:
    until = SILENT_DAYS if number % SILENT_EVERY == SILENT_EVERY - 1 else 0
    misses = 0.3 if number % 7 == 0 else 0.02
    return [
        _day(shop, since + timedelta(days=offset))
        for offset in range((today - since).days - until)
        if shop.random.random() >= misses
    ]


def _day(shop: Shop, day: date) -> DayDraft:
    sent = shop.random.randint(20, 80)
    refused = int(shop.random.random() < 0.1)
    errors = {shop.random.choice(FAULTS): refused} if refused else {}
    return DayDraft(
        day,
        sent,
        sent - refused,
        late=int(shop.random.random() < 0.2),
        duplicates=int(shop.random.random() < 0.1),
        errors=errors,
    )
