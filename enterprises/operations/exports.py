"""Lists that leave the platform as a sheet: who took what out is written down."""

from __future__ import annotations

from datetime import datetime

from enterprises.actor import Actor
from enterprises.models import AuditEntry
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.db.readonly import writes_allowed


def record_export(*, by: Actor, what: str, at: datetime, count: int = 1) -> AuditEntry:
    """Write down that a list of ``what`` (a model's name) was exported; its id marks the file.

    Raises: Forbidden.
    """
    by.require(Permission.EXPORT_LISTS)
    # An export is a GET: the file is only read, the entry is the one thing written.
    with writes_allowed():
        return audit.append(
            by=by, at=at, event="list_exported", subject=what, count=max(count, 1),
            county_id=by.division_id,
        )  # fmt: skip
