"""The operator's GLNs and capture jobs, for its page."""

from __future__ import annotations

from django.conf import settings

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
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


def captures_of(actor: Actor) -> list[EpcisCapture]:
    """The latest captures that the actor sees."""
    rows = EpcisCapture.objects.visible_to(actor).defer("document").order_by("-pk")
    return list(rows[:ANSWERED])


def find_capture(actor: Actor, capture_id: int) -> EpcisCapture:
    """Raises: OutOfScope."""
    rows = EpcisCapture.objects.visible_to(actor).defer("document")
    found = rows.filter(pk=capture_id).first()
    if found is None:
        raise OutOfScope
    return found


def operator_for(actor: Actor, credit_code: str) -> Operator:
    """The operator the actor captures for: its own, or the named client of a channel.

    Raises: OutOfScope.
    """
    rows = Operator.objects.visible_to(actor)
    named = rows.filter(credit_code=credit_code) if credit_code else rows
    found = named.filter(pk__in=actor.scope.operator_ids)
    operator = found.first() if credit_code else found.filter(pk=actor.operator_id or 0).first()
    if operator is None:
        raise OutOfScope
    return operator


def root() -> str:
    """The address of the interface."""
    return f"{settings.SITE_ADDRESS}/epcis/v2"
