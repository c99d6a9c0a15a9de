"""Taking a recall out as a sheet: what leaves the platform stands in the audit trail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from traceability.documents.recall_sheet import SheetParts
from traceability.queries import recalls

MOST_ROWS = 200_000


@transaction.atomic
def export_recall(*, by: Actor, recall_id: int, at: datetime) -> SheetParts:
    """Everything of the recall that the actor sees.

    Raises: Forbidden; OutOfScope.
    """
    by.require(Permission.EXPORT_LISTS)
    by.require(Permission.TRACE_BATCHES)
    page = recalls.find_recall(by, recall_id, at=at)
    rows = recalls.notices_in_sight(by, page.recall).order_by("county_id", "operator_id")
    notices = list(rows[:MOST_ROWS])
    audit.append(
        by=by,
        at=at,
        event="list_exported",
        subject="recall",
        subject_id=recall_id,
        county_id=by.division_id,
        count=len(notices),
    )
    return SheetParts(page, notices)
