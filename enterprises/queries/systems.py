"""The register of systems, as its operators and the bureau see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from enterprises.actor import Actor, OutOfScope
from enterprises.models import (
    Operator,
    SelfBuiltSystem,
    Stage,
    SystemAlert,
    SystemClient,
    SystemDay,
    SystemStep,
)
from enterprises.models.systems import SystemQuerySet
from enterprises.roles import Role
from shilian.db.spelling import part_of

State = SelfBuiltSystem.State
STAGE_OF_ROLE = {
    Role.COUNTY_OFFICER: Stage.COUNTY,
    Role.CITY_OFFICER: Stage.CITY,
    Role.PROVINCE_OFFICER: Stage.PROVINCE,
}


def list_systems(actor: Actor, filters: dict[str, Any]) -> SystemQuerySet:
    """The register in the actor's sight, each with its last upload and whether it is silent.

    Filters: ``state``, ``sector``, ``kind``, ``docking``, ``search``, ``show`` (mine: what waits
    for this actor; silent: those with an open alert).
    """
    found = _with_signs(SelfBuiltSystem.objects.visible_to(actor)).select_related(
        "operator__county__parent", "operator__division"
    )
    for name in ("state", "sector", "kind", "docking"):
        if value := filters.get(name):
            found = found.filter(**{name: value})
    if filters.get("show") == "mine":
        found = found.filter(_turn_of(actor))
    if filters.get("show") == "silent":
        found = found.filter(Exists(_open_alert()))
    if text := filters.get("search"):
        found = found.filter(
            part_of("name", text)
            | part_of("operator__name", text)
            | Q(operator__credit_code__startswith=text.upper())
        )
    return found


def _with_signs(found: SystemQuerySet) -> SystemQuerySet:
    came = SystemDay.objects.filter(system=OuterRef("pk"), sent_count__gt=0)
    return found.annotate(
        last_day=Subquery(came.order_by("-day").values("day")[:1]), is_silent=Exists(_open_alert())
    )


def _open_alert() -> QuerySet[SystemAlert]:
    return SystemAlert.objects.open().filter(system=OuterRef("pk"))


def _turn_of(actor: Actor) -> Q:
    stages = [stage for role, stage in STAGE_OF_ROLE.items() if role in actor.roles]
    waits = Q(stage__in=stages)
    if actor.sectors:
        waits &= ~Q(stage=Stage.PROVINCE) | Q(sector__in=actor.sectors)
    return waits


@dataclass(frozen=True, slots=True)
class Calls:
    """How many systems wait for an officer's decision, and how many fell silent."""

    waiting: int
    silent: int


def calls_for(actor: Actor) -> Calls:
    """What the register asks of the actor now. Cost: one query over the jurisdiction's systems."""
    seen = SelfBuiltSystem.objects.visible_to(actor)
    counted = seen.aggregate(
        waiting=Count("pk", distinct=True, filter=_turn_of(actor)),
        silent=Count("pk", distinct=True, filter=Q(alerts__isnull=False, alerts__closed_at=None)),
    )
    return Calls(counted["waiting"], counted["silent"])


def find_system(actor: Actor, system_id: int) -> SelfBuiltSystem:
    """Raises: OutOfScope when it does not exist for the actor. Cost: two queries."""
    steps = Prefetch("steps", SystemStep.objects.order_by("id"))
    found = (
        SelfBuiltSystem.objects.visible_to(actor)
        .select_related("operator__county__parent", "operator__division")
        .prefetch_related(steps)
        .filter(pk=system_id)
        .first()
    )
    if found is None:
        raise OutOfScope
    return found


def own_systems(operator: Operator) -> list[SelfBuiltSystem]:
    """The operator's systems, those in use first. Cost: one query."""
    found = _with_signs(SelfBuiltSystem.objects.filter(operator=operator))
    order = [State.IN_SERVICE, State.APPLIED, State.REFUSED, State.WITHDRAWN, State.ENDED]
    return sorted(found.order_by("-pk"), key=lambda system: order.index(State(system.state)))


def calling_systems(operator: Operator, *, since: datetime) -> list[SelfBuiltSystem]:
    """The operator's systems with news: fallen silent, or sent back since then and not tried again.

    Each with ``silent_since`` and, where it was sent back, ``reason``. Cost: one query.
    """
    steps = SystemStep.objects.filter(system=OuterRef("pk"), action=SystemStep.Action.REFUSED)
    again = SelfBuiltSystem.objects.filter(
        operator=operator, name=OuterRef("name"), pk__gt=OuterRef("pk")
    )
    found = SelfBuiltSystem.objects.filter(operator=operator).annotate(
        silent_since=Subquery(_open_alert().values("silent_since")[:1]),
        sent_back_at=Subquery(steps.order_by("-id").values("at")[:1]),
        reason=Subquery(steps.order_by("-id").values("note")[:1]),
    )
    was_sent_back = Q(state=State.REFUSED, sent_back_at__gte=since) & ~Exists(again)
    return list(found.filter(was_sent_back | Q(silent_since__isnull=False)).order_by("pk"))


def clients_of(actor: Actor, system: SelfBuiltSystem) -> QuerySet[SystemClient]:
    """For whom a channel uploads or asked to, newest first; an officer sees the own jurisdiction.

    Raises: OutOfScope when the actor does not see the channel.
    """
    if not actor.sees(system.operator):
        raise OutOfScope
    found = SystemClient.objects.filter(system=system)
    if not actor.is_operator:
        found = found.visible_to(actor)
    return found.select_related("operator").order_by("-pk")


def channels_of(operator: Operator) -> list[SystemClient]:
    """Channels that upload for the operator or ask to. Cost: one query."""
    live = (SystemClient.State.CLAIMED, SystemClient.State.CONFIRMED)
    found = SystemClient.objects.filter(operator=operator, state__in=live)
    return list(found.select_related("system__operator").order_by("-pk"))


def find_claim(actor: Actor, client_id: int) -> SystemClient:
    """Of the shop that the actor acts for, or of its channel. Raises: OutOfScope."""
    acting = actor.operator_id or 0
    own = Q(operator_id=acting) | Q(system__operator_id=acting)
    found = (
        SystemClient.objects.filter(own, pk=client_id)
        .select_related("system__operator", "operator")
        .first()
    )
    if found is None:
        raise OutOfScope
    return found


def keys_of(system: SelfBuiltSystem) -> list[Any]:
    """The keys that sign or signed for the system, newest first. Cost: one query."""
    return list(system.keys.order_by("-pk"))
