"""Uploaded rosters as their bureau sees them, and the places their rows may name."""

from __future__ import annotations

from typing import Any

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, ImportRow, ImportSession, Job
from enterprises.models.imports import ImportQuerySet
from enterprises.rules.roster import Places

Outcome = ImportRow.Outcome
ROSTER = "roster"


def list_sessions(actor: Actor, kind: str) -> ImportQuerySet:
    return ImportSession.objects.visible_to(actor).filter(kind=kind)


def find_session_by_id(actor: Actor, kind: str, session_id: int) -> ImportSession | None:
    """The session in the actor's sight. Cost: one query."""
    return list_sessions(actor, kind).filter(pk=session_id).first()


def find_session(actor: Actor, kind: str, session_id: int) -> ImportSession:
    """Raises: OutOfScope when it does not exist for the actor."""
    session = find_session_by_id(actor, kind, session_id)
    if session is None:
        raise OutOfScope
    return session


def earlier_import(actor: Actor, session: ImportSession) -> ImportSession | None:
    """The session that brought the very same file in before. Cost: one query."""
    same = list_sessions(actor, session.kind).filter(
        sha256=session.sha256, state=ImportSession.State.DONE, pk__lt=session.pk
    )
    return same.order_by("-pk").first()


def rows_of(session: ImportSession, *, outcome: str = "", only_warned: bool = False) -> Any:
    """The rows of a session that its caller may see, narrowed to an outcome or to warnings."""
    rows = ImportRow.objects.filter(session=session)
    if outcome:
        rows = rows.filter(outcome=outcome)
    if only_warned:
        rows = rows.filter(problems__contains=[{"severity": "warning"}]).exclude(
            outcome=Outcome.SKIPPED
        )
    return rows


def rows_to_write(actor: Actor, session: ImportSession, size: int) -> list[ImportRow]:
    """The next rows that wait to be written, in the order of the sheet. Cost: one query."""
    waiting = ImportRow.objects.filter(session=session, outcome__in=(Outcome.NEW, Outcome.CHANGE))
    return list(waiting.order_by("row_no")[:size])


def job_of(actor: Actor, session: ImportSession) -> Job | None:
    """The job that works on the session now. Cost: one query."""
    return Job.objects.visible_to(actor).filter(pk=session.job_id or 0).first()


def places_for(actor: Actor) -> Places:
    """Every county and township by code, and by name those in the actor's sight. Cost: one query."""
    rows = list(
        Division.objects.in_use()
        .exclude(level__in=(Division.Level.PROVINCE, Division.Level.CITY))
        .values_list("pk", "code", "name", "level", "path")
    )
    by_name: dict[str, tuple[int, ...]] = {}
    for pk, _, name, level, path in rows:
        if level == Division.Level.TOWNSHIP and actor.scope.covers_path(path):
            by_name[name] = (*by_name.get(name, ()), pk)
    return Places(
        paths_by_code={code: (pk, path) for pk, code, _, _, path in rows},
        townships_by_name=by_name,
        paths_by_id={pk: path for pk, _, _, _, path in rows},
        in_sight=actor.scope.paths,
    )


def division_names(ids: set[int]) -> dict[int, str]:
    """Names of divisions for a page of changes. Cost: one query."""
    return dict(Division.objects.filter(pk__in=ids).values_list("pk", "name"))
