"""Self-built systems of some factories and wholesalers, and what they sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from enterprises.actor import actor_for_operator
from enterprises.operations import systems
from enterprises.operations.systems import DayDraft, SystemDraft
from shilian.clock import start_of
from supervision.demonstration.roster import Member
from supervision.demonstration.shops import Shop
from traceability.models import Channel

# One in so many of the operators that may have one.
EVERY = 6
TRADES = ("factory", "city_wholesaler", "wholesaler")


def register(members: Sequence[Member], since: date, today: date) -> None:
    """Register the systems and keep their days; most of them send what is due."""
    candidates = [member for member in members if member.plan.trade.key in TRADES]
    for number, member in enumerate(candidates[::EVERY]):
        shop = Shop(member.plan, member.operator, seed=number)
        actor = actor_for_operator(member.operator, channel=Channel.DEMO)
        at = start_of(since)
        system = systems.register_system(
            by=actor,
            operator=member.operator,
            draft=SystemDraft(
                name="企业进销存系统（演示）", vendor="演示软件公司", in_service_since=since
            ),
            at=at,
        )
        misses = 0.3 if number % 7 == 0 else 0.02
        days = [
            _day(shop, since + timedelta(days=offset))
            for offset in range((today - since).days)
            if shop.random.random() >= misses
        ]
        systems.record_system_days(by=actor, system=system, days=days, at=at)


def _day(shop: Shop, day: date) -> DayDraft:
    sent = shop.random.randint(20, 80)
    return DayDraft(day, sent, sent - (shop.random.random() < 0.1))
