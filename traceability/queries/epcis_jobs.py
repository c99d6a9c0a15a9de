"""The operator's GLNs and capture jobs, for its page."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.roles import Role
from traceability.models import EpcisCapture, OperatorNumber

SHOWN, ANSWERED = 20, 100


def numbers_of(operator: Operator) -> list[str]:
    """Cost: one query."""
    rows = OperatorNumber.objects.filter(operator=operator).order_by("gln")
    return list(rows.values_list("gln", flat=True))


def latest_captures(operator: Operator) -> list[EpcisCapture]:
    """The latest captures without their documents. Cost: one query."""
    rows = EpcisCapture.objects.filter(operator=operator).defer("document").order_by("-pk")
    return list(rows[:SHOWN])


def captures_of(actor: Actor, system_id: int | None = None) -> list[EpcisCapture]:
    """The latest captures that the actor sees; ``system_id`` is the system whose key it is."""
    return list(_in_sight(actor, system_id).order_by("-pk")[:ANSWERED])


def find_capture(actor: Actor, capture_id: int, system_id: int | None = None) -> EpcisCapture:
    """Raises: OutOfScope."""
    found = _in_sight(actor, system_id).filter(pk=capture_id).first()
    if found is None:
        raise OutOfScope
    return found


def _in_sight(actor: Actor, system_id: int | None) -> QuerySet[EpcisCapture]:
    """Without their documents; of a channel's clients only what the channel itself handed over."""
    rows = EpcisCapture.objects.visible_to(actor).defer("document")
    if Role.SYSTEM_KEY not in actor.roles:
        return rows
    own = Q(operator_id=actor.operator_id)
    return rows.filter(own | Q(system_id=system_id) if system_id is not None else own)


def operator_for(actor: Actor, credit_code: str) -> Operator:
    """The operator the actor captures for: its own, or the named client of a channel.

    A person's rights are those held at the operator acted for, and go for no other.
    Raises: OutOfScope.
    """
    rows = Operator.objects.visible_to(actor)
    found = rows.filter(pk__in=actor.scope.operator_ids)
    if credit_code:
        found = found.filter(credit_code=credit_code)
    if not credit_code or actor.person_id is not None:
        found = found.filter(pk=actor.operator_id or 0)
    operator = found.first()
    if operator is None:
        raise OutOfScope
    return operator


def root() -> str:
    """The address of the interface."""
    return f"{settings.SITE_ADDRESS}/epcis/v2"
