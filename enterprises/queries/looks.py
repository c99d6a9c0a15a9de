"""Who of the bureaus looked at an operator's data, for the operator itself."""

from __future__ import annotations

from enterprises.actor import Actor
from enterprises.models import AuditEntry, Operator
from enterprises.models.access import AuditQuerySet
from enterprises.roles import Permission

LOOKS = (
    "records_seen",
    "contact_revealed",
    "standing_changed",
    "month_excluded",
    "month_upheld",
    "month_readmitted",
)


def looks_at(actor: Actor, operator: Operator) -> AuditQuerySet:
    """The officers' looks and decisions about one's own operator, for a keyset page.

    Raises: OutOfScope, Forbidden.
    Source: the launch speech's promise that every look is visible to the data's owner.
    """
    actor.require(Permission.VIEW_OWN_RECORDS, on=operator)
    return AuditEntry.objects.filter(operator_id=operator.pk, event__in=LOOKS)
