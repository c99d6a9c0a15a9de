"""The audit trail: one row for each operation and for each look at something sensitive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from psycopg.types.json import Jsonb

from enterprises.actor import Actor
from enterprises.models import AuditEntry, Operator
from shilian.db.together import Statement, execute_together

# Written out, because every operation ends here: the ORM took half of the time of a small one.
_NAMES = [field.attname for field in AuditEntry._meta.concrete_fields]
_INSERT = (
    f"INSERT INTO {AuditEntry._meta.db_table} ({', '.join(_NAMES)})"
    f" VALUES ({', '.join(['%s'] * len(_NAMES))})"
)


def append(
    *,
    by: Actor,
    at: datetime,
    event: str,
    about: Operator | None = None,
    subject: str = "",
    subject_id: int | None = None,
    county_id: int | None = None,
    count: int = 1,
    reason: str = "",
    along: Sequence[Statement] = (),
    **details: Any,
) -> AuditEntry:
    """Write who did what to which operator or other subject; inside the caller's transaction.

    ``subject`` names another kind of thing (a model's name) with its ``subject_id``; the statements
    ``along`` are executed before, in the same message.
    Cost: one INSERT.
    """
    entry = AuditEntry(
        at=at,
        event=event,
        person_id=by.person_id,
        actor_name=by.name,
        channel=by.channel,
        address=by.address,
        request_id=by.request_id,
        operator_id=about.pk if about else by.operator_id,
        county_id=about.county_id if about else county_id,
        about=subject,
        about_id=subject_id,
        count=count,
        reason=reason,
        details=details,
    )
    values = (getattr(entry, name) for name in _NAMES[:-1])
    execute_together(*along, Statement(_INSERT, (*values, Jsonb(details))))
    entry._state.adding, entry._state.db = False, DEFAULT_DB_ALIAS
    return entry
