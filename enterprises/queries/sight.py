"""One operator by its id, for somebody who may see it."""

from __future__ import annotations

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator


def operator_in_sight(actor: Actor, operator_id: int) -> Operator:
    """Raises: OutOfScope when it does not exist for the actor. Cost: one query."""
    operator = Operator.objects.visible_to(actor).filter(pk=operator_id).first()
    if operator is None:
        raise OutOfScope
    return operator
