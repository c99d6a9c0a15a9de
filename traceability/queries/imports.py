"""Imports of sheets: what came of each file and row, how far one is, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from enterprises.actor import Actor
from enterprises.models import ImportRow, ImportSession, Job, Operator
from enterprises.models.imports import ImportQuerySet
from traceability.models import Partner, Product
from traceability.sheets.base import KINDS

State = ImportSession.State
RUNNING = frozenset({State.READING, State.CHECKING, State.WRITING})
WAITING = frozenset({State.MAPPING, State.PREVIEW})
OVER = frozenset({State.DONE, State.REFUSED, State.CANCELLED})
FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; ``total`` and ``seconds_left`` are None while nobody knows."""

    done: int
    total: int | None
    rows_per_second: int
    seconds_left: int | None
    message: str


def list_imports(actor: Actor, operator: Operator, *, kind: str = "") -> ImportQuerySet:
    """The operator's imports, the latest first; page them by ``-id``."""
    kinds = [kind] if kind else list(KINDS)
    mine = ImportSession.objects.visible_to(actor)
    return mine.filter(kind__in=kinds, operator_id=operator.pk).order_by("-id")


def find_import(actor: Actor, id_: int) -> ImportSession | None:
    """The import, when it lies in the actor's sight."""
    return ImportSession.objects.visible_to(actor).filter(kind__in=list(KINDS), pk=id_).first()


def same_file(
    actor: Actor, operator: Operator, kind: str, digest: str, month: date
) -> ImportSession | None:
    """The latest import of exactly this file for this month that is done, waits or is under way.

    One whose job was given up is no longer under way: the file may be sent again.
    """
    latest = (
        list_imports(actor, operator, kind=kind)
        .filter(sha256=digest, mapping__month=month.isoformat())
        .exclude(state__in=[State.REFUSED, State.CANCELLED])
        .first()
    )
    if latest is None or latest.state not in RUNNING:
        return latest
    return latest if Job.objects.open().filter(pk=latest.job_id or 0).exists() else None


def progress_of(actor: Actor, session: ImportSession, *, at: datetime) -> Progress | None:
    """How far the running import is; None when nothing runs."""
    job = Job.objects.visible_to(actor).filter(pk=session.job_id or 0).first()
    if job is None or job.is_over:
        return None
    spent = (at - job.started_at).total_seconds() if job.started_at else 0
    speed = job.done_count / spent if spent > 0 else 0
    left = None
    if job.total_count and speed:
        left = round((job.total_count - job.done_count) / speed)
    return Progress(job.done_count, job.total_count or None, round(speed), left, job.message)


def is_stuck(actor: Actor, session: ImportSession) -> bool:
    """Whether the work was given up although the import is not over; it may be resumed."""
    if session.state not in RUNNING:
        return False
    return not Job.objects.visible_to(actor).open().filter(pk=session.job_id or 0).exists()


def faulty_rows(actor: Actor, session: ImportSession, *, bad_only: bool = False) -> list[ImportRow]:
    """The first rows with something to say, in the sheet's order."""
    found = _told(actor, session)
    if bad_only:
        found = found.filter(outcome=ImportRow.Outcome.BAD)
    return list(found[:FAULTS_SHOWN])


def row_problems(
    actor: Actor, session: ImportSession
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Row number and problems of every row with something to say."""
    return _told(actor, session).values_list("row_no", "problems").iterator()


def _told(actor: Actor, session: ImportSession) -> QuerySet[ImportRow]:
    seen = ImportSession.objects.visible_to(actor).filter(pk=session.pk)
    return ImportRow.objects.filter(session__in=seen).exclude(problems=[]).order_by("row_no")


def record_ids(actor: Actor, session: ImportSession) -> QuerySet[ImportRow]:
    """The rows that became records, with their ids, in the sheet's order."""
    seen = ImportSession.objects.visible_to(actor).filter(pk=session.pk)
    rows = ImportRow.objects.filter(session__in=seen, outcome=ImportRow.Outcome.WRITTEN)
    return rows.order_by("row_no")


def unseen(actor: Actor, operator: Operator) -> list[ImportSession]:
    """What this person uploaded, and has not looked at since it ended or came to wait for it."""
    return list(
        list_imports(actor, operator).filter(
            person_id=actor.person_id, seen_at=None, state__in=[*WAITING, *OVER]
        )[:10]
    )


def products_to_review(operator: Operator) -> QuerySet[Product]:
    """The products that an upload entered and nobody has looked at, the newest first."""
    return Product.objects.filter(operator=operator, needs_review=True).in_use().order_by("-pk")


def partners_to_review(operator: Operator) -> QuerySet[Partner]:
    """The partners that an upload entered and nobody has looked at, the newest first."""
    rows = Partner.objects.filter(operator=operator, needs_review=True, is_retired=False)
    return rows.order_by("-pk")
