"""What self-built systems and channels sent each day. The register: ``system_register``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from psycopg.types.json import Jsonb

from enterprises.actor import Actor
from enterprises.models import Docking, RecordKind, SelfBuiltSystem, SystemDay
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules.systems import due_kinds
from shilian.clock import start_of
from shilian.db.ids import new_id
from shilian.db.together import Statement, execute_together
from shilian.problems import Problem, Rejected

# When a day's figures arrive that are told as a whole.
USUAL_HOUR = timedelta(hours=22)


@dataclass(frozen=True, slots=True)
class DayDraft:
    """What the system sent on one business day, and what became of it."""

    day: date
    sent_count: int
    accepted_count: int
    late: int = 0
    duplicates: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def record_system_days(
    *, by: Actor, system: SelfBuiltSystem, days: Sequence[DayDraft], at: datetime
) -> list[SystemDay]:
    """Keep what the system sent on each day; a day sent again replaces that day's figures.

    Raises: Rejected when more rows were accepted than sent.
    """
    by.require(Permission.IMPORT_RECORDS, on=system.operator)
    if problems := [
        Problem("accepted_more_than_sent", "accepted_count", "接收条数不能多于上传条数。", row=row)
        for row, draft in enumerate(days, start=1)
        if not 0 <= draft.accepted_count <= draft.sent_count
    ]:
        raise Rejected(problems)
    rows = SystemDay.objects.bulk_create(
        [_day_of(system, draft) for draft in days],
        update_conflicts=True,
        unique_fields=["system", "day"],
        update_fields=[
            "sent_count",
            "accepted_count",
            "late_count",
            "duplicate_count",
            "due_count",
            "errors",
            "last_at",
        ],
    )
    audit.append(
        by=by, at=at, event="system_days_recorded", about=system.operator, subject="system",
        subject_id=system.pk, count=len(rows),
    )  # fmt: skip
    return rows


def _day_of(system: SelfBuiltSystem, draft: DayDraft) -> SystemDay:
    return SystemDay(
        system=system,
        day=draft.day,
        sent_count=draft.sent_count,
        accepted_count=draft.accepted_count,
        late_count=draft.late,
        duplicate_count=draft.duplicates,
        due_count=max(draft.accepted_count - draft.duplicates, 0),
        errors=dict(draft.errors),
        last_at=start_of(draft.day) + USUAL_HOUR,
    )


def check_kind(system: SelfBuiltSystem, kind: str) -> None:
    """Raises: Rejected for a kind of record that the register has not approved for the system."""
    if kind not in system.record_kinds:
        message = (
            f"这个系统登记时没有选“{RecordKind(kind).label}”，不能上传；"
            "请在“我的—自建系统和渠道”里申请变更“上传的记录”，审核通过后再传。"
        )
        raise Rejected([Problem("kind_not_registered", "", message)])


def is_due(system: SelfBuiltSystem, kind: str) -> bool:
    """Whether records of the kind are owed every due day, and not only when there are new ones."""
    return kind in due_kinds(system.record_kinds)


def check_docking(system: SelfBuiltSystem, docking: Docking) -> None:
    """Raises: Rejected for a way of handing records over that the system is not registered for."""
    if system.docking != docking:
        message = (
            f"这个系统登记的对接方式是“{system.get_docking_display()}”，不是“{docking.label}”；"
            "请在“我的—自建系统和渠道”里申请变更“对接方式”，审核通过后再传。"
        )
        raise Rejected([Problem("docking_not_registered", "", message)])


def count_upload(
    system_id: int,
    day: date,
    *,
    sent: int,
    accepted: int,
    late: int = 0,
    duplicates: int = 0,
    errors: Mapping[str, int],
    at: datetime,
    is_due: bool = True,
    along: Sequence[Statement] = (),
) -> None:
    """Add one upload to the system's figures of the business day on which it arrived.

    ``accepted`` counts the rows that are in the ledger now, those that were there before included
    (``duplicates`` of them); ``late`` those of them recorded after the allowed days; ``errors`` the
    refused rows by their first problem's code. No permission is asked: whoever took the rows in has
    been asked already. Safe for many uploads at once; best called when the rows are written, since
    the day's row stays locked until the transaction ends.
    New rows of a kind that is owed (``is_due``) close an open alert of silence. The statements
    ``along`` are executed before, in the same message. Cost: one query.
    """
    due = max(accepted - duplicates, 0) if is_due else 0
    # The first data end a silence.
    heard = (Statement(_HEARD, (at, system_id)),) if due else ()
    counted = (sent, accepted, late, duplicates, due, Jsonb(dict(errors)), at)
    sql = _COUNT + _COUNT_ERRORS if errors else _COUNT
    execute_together(*along, *heard, Statement(sql, (new_id(), system_id, day, *counted)))


_HEARD = (
    "UPDATE enterprises_systemalert SET closed_at = %s WHERE system_id = %s AND closed_at IS NULL"
)
_COUNT = """
INSERT INTO enterprises_systemday AS kept (id, system_id, day, sent_count, accepted_count,
  late_count, duplicate_count, due_count, errors, last_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (system_id, day) DO UPDATE SET
  sent_count = kept.sent_count + excluded.sent_count,
  accepted_count = kept.accepted_count + excluded.accepted_count,
  late_count = kept.late_count + excluded.late_count,
  duplicate_count = kept.duplicate_count + excluded.duplicate_count,
  due_count = kept.due_count + excluded.due_count,
  last_at = greatest(kept.last_at, excluded.last_at)"""
_COUNT_ERRORS = """,
  errors = (SELECT coalesce(jsonb_object_agg(code, count), '{}') FROM (
    SELECT code, sum(value::bigint) AS count FROM (
      SELECT * FROM jsonb_each_text(kept.errors)
      UNION ALL SELECT * FROM jsonb_each_text(excluded.errors)) AS each(code, value)
    GROUP BY code) AS summed)"""
