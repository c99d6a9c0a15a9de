"""Looks and exports that leave a trace: who saw whose records, who took which list away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import AuditEntry, Operator
from enterprises.operations import audit
from enterprises.roles import Permission


@transaction.atomic
def note_export(
    *, by: Actor, at: datetime, what: str, count: int, county_id: int | None
) -> AuditEntry:
    """Write that a list left the platform; the entry's id stands in the file.

    Raises: Forbidden.
    """
    by.require(Permission.EXPORT_LISTS)
    return audit.append(
        by=by, at=at, event="list_exported", subject=what, county_id=county_id, count=count
    )


@transaction.atomic
def note_records_seen(*, by: Actor, at: datetime, operator: Operator, what: str) -> AuditEntry:
    """Write that an officer opened an operator's records; the operator can read it.

    Raises: OutOfScope, Forbidden.
    Source: the launch speech's promise that no trade partner's data leaks.
    """
    by.require(Permission.VIEW_RECORDS, on=operator)
    return audit.append(by=by, at=at, event="records_seen", about=operator, kind=what)
