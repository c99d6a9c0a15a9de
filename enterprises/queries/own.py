"""The operators a person keeps: the one the person acts for now, and the others to switch to."""

from __future__ import annotations

from enterprises.actor import Actor
from enterprises.models import Operator


def own_operator(actor: Actor) -> Operator | None:
    """The operator the actor acts for; None for somebody who keeps none. Cost: one query."""
    if actor.operator_id is None:
        return None
    return Operator.objects.visible_to(actor).filter(pk=actor.operator_id).first()


def own_operators(actor: Actor) -> list[Operator]:
    """Every operator the actor keeps, by name; the officers' wider sight is left out."""
    own = Operator.objects.visible_to(actor).filter(pk__in=actor.scope.operator_ids)
    return list(own.order_by("name", "pk"))
