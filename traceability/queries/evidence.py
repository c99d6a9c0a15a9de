"""Papers (凭证) as an actor may see them."""

from __future__ import annotations

from enterprises.actor import Actor, Forbidden
from enterprises.roles import Permission
from traceability.models import EvidenceDocument


def find_evidence(actor: Actor, id_: int) -> EvidenceDocument | None:
    """The paper, when it lies in the actor's sight; None otherwise.

    Raises: Forbidden for actors who may not read records.
    """
    if not (actor.may(Permission.VIEW_RECORDS) or actor.may(Permission.VIEW_OWN_RECORDS)):
        raise Forbidden(Permission.VIEW_RECORDS)
    return EvidenceDocument.objects.visible_to(actor).filter(pk=id_).first()
