"""Import a licence roster: looked at row by row first, written only when somebody says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from enterprises.actor import Actor, OutOfScope
from enterprises.models import ImportRow, ImportSession, Job
from enterprises.operations import audit, jobs, roster_rows
from enterprises.queries import imports
from enterprises.roles import Permission
from enterprises.rules import roster as rules
from enterprises.rules.roster import RosterEntry
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected
from shilian.sheets import preflight
from shilian.sheets.refusals import Refused
from shilian.text import normalise

KIND = imports.ROSTER
READ_JOB, WRITE_JOB = "roster_read", "roster_write"
State = ImportSession.State
Outcome = ImportRow.Outcome
CANCELLABLE = (State.READING, State.PREVIEW, State.WRITING)


def upload_roster(
    *, by: Actor, file_name: str, content: Iterable[bytes], at: datetime
) -> ImportSession:
    """Keep the file and have it read; nothing is written to the register yet.

    Raises: Rejected when the file is no sheet that can be read.
    Cost: the file is looked at, not parsed; that is a job's work.
    """
    by.require(Permission.IMPORT_ROSTER)
    path, digest = _keep(content)
    try:
        kind = preflight.inspect(path)
        preflight.check_name(file_name, kind)
    except Refused as refusal:
        path.unlink(missing_ok=True)
        raise Rejected([Problem(refusal.code, "file", refusal.sentence)]) from None
    return _open(by, normalise(file_name)[:200] or "名录", path, digest, at)


def _keep(content: Iterable[bytes]) -> tuple[Path, str]:
    """Write the upload under a name of our own; stops beyond the limit of size."""
    folder = settings.FILES_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path, digest, size = folder / f"{new_id()}.sheet", hashlib.sha256(), 0
    with path.open("xb") as file:
        for chunk in content:
            size += len(chunk)
            if size > preflight.MAX_FILE_BYTES + 1:
                break
            digest.update(chunk)
            file.write(chunk)
    return path, digest.hexdigest()


@transaction.atomic
def _open(by: Actor, file_name: str, path: Path, digest: str, at: datetime) -> ImportSession:
    session = ImportSession.objects.create(
        kind=KIND,
        file_name=file_name,
        file_path=path.name,
        sha256=digest,
        state=State.READING,
        person_id=by.person_id,
        county_id=by.division_id,
        scope_path=by.scope.paths[0] if by.scope.paths else "",
        created_at=at,
    )
    job = jobs.enqueue(
        by=by, kind=READ_JOB, payload={"session": session.pk}, at=at, division_id=by.division_id
    )
    session.job_id = job.pk
    session.save(update_fields=["job_id"])
    audit.append(
        by=by, at=at, event="roster_uploaded", subject="ImportSession", subject_id=session.pk,
        county_id=by.division_id, file=file_name,
    )  # fmt: skip
    return session


def file_of(session: ImportSession) -> Path:
    """Where the uploaded file lies."""
    return Path(settings.FILES_DIR) / "imports" / session.file_path


def start_reading(session: ImportSession, *, mapping: dict[str, Any]) -> None:
    """Keep where the table is, so that the marked sheet can be made later."""
    session.mapping = mapping
    session.save(update_fields=["mapping"])


def stage_rows(*, by: Actor, session: ImportSession, entries: Sequence[RosterEntry]) -> None:
    """Keep a chunk of rows with what each would do; inside the caller's transaction.

    Cost: a fixed number of queries. Staging the same rows again changes nothing.
    """
    entries = _without_repeated(session, entries)
    held = roster_rows.registered(by, [entry.credit_code for entry in entries])
    rows = []
    for entry in entries:
        matched = rules.match(entry, held.get(entry.credit_code))
        rows.append(
            ImportRow(
                session=session,
                row_no=entry.row_no,
                outcome=matched.outcome,
                raw=dict(entry.raw),
                values=dict(entry.values) | {"county_id": entry.county_id},
                changes=matched.changes,
                problems=[_kept(problem) for problem in matched.problems],
            )
        )
    ImportRow.objects.bulk_create(rows, ignore_conflicts=True)


def _without_repeated(session: ImportSession, entries: Sequence[RosterEntry]) -> list[RosterEntry]:
    """The rows, each that repeats an earlier row's code marked with that row's number."""
    codes = {entry.credit_code for entry in entries if entry.credit_code}
    first = dict(
        ImportRow.objects.filter(session=session, values__credit_code__in=codes)
        .exclude(outcome=Outcome.SKIPPED)
        .order_by("-row_no")
        .values_list("values__credit_code", "row_no")
    )
    kept = []
    for entry in entries:
        code = "" if entry.is_outside else entry.credit_code
        earlier = first.setdefault(code, entry.row_no) if code else entry.row_no
        if earlier < entry.row_no:
            message = f"与第{earlier}行是同一个统一社会信用代码，只导入前面一行，请删掉多余的一行。"
            again = Problem("credit_code_repeated", "credit_code", message, entry.row_no)
            entry = replace(entry, problems=(*entry.problems, again))
        kept.append(entry)
    return kept


def _kept(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "field": problem.field,
        "message": problem.message,
        "severity": problem.severity,
    }


def finish_reading(*, session: ImportSession, note: str = "") -> None:
    """Open the preview: how many rows are new, changed, the same, faulty and of other places.

    A file that was put aside meanwhile stays so.
    """
    ImportSession.objects.filter(pk=session.pk, state=State.READING).update(
        summary=_counted(session), state=State.PREVIEW, message=note[:300]
    )


def _counted(session: ImportSession) -> dict[str, int]:
    """How many rows came to each outcome, and how many of them have a warning."""
    rows = ImportRow.objects.filter(session=session)
    counted = rows.values_list("outcome").annotate(rows=Count("pk")).order_by("outcome")
    return dict(counted) | {"warned": imports.rows_of(session, only_warned=True).count()}


def refuse_reading(*, session: ImportSession, sentence: str, at: datetime) -> None:
    """The file could not be taken in; its sender reads why."""
    ImportSession.objects.filter(pk=session.pk, state=State.READING).update(
        state=State.REFUSED, message=sentence[:300], finished_at=at
    )


@transaction.atomic
def commit_roster(*, by: Actor, session: ImportSession, at: datetime) -> Job:
    """Have the previewed rows written; faulty ones stay out.

    Raises: Rejected when the session is not at its preview, or nothing in it is to be written.
    """
    locked = _lock(by, session, State.PREVIEW)
    total = ImportRow.objects.filter(
        session=locked, outcome__in=(Outcome.NEW, Outcome.CHANGE)
    ).count()
    if not total:
        message = "没有新增或变更的行，不用写入。"
        raise Rejected([Problem("nothing_to_write", "", message)])
    job = jobs.enqueue(
        by=by, kind=WRITE_JOB, payload={"session": locked.pk}, at=at,
        division_id=by.division_id, total=total,
    )  # fmt: skip
    locked.state = State.WRITING
    locked.job_id = job.pk
    locked.save(update_fields=["state", "job_id"])
    return job


@transaction.atomic
def cancel_roster(*, by: Actor, session: ImportSession, at: datetime) -> None:
    """Put the file aside; what was written by then stays in the register, and its sender reads so.

    Each chunk is whole by itself, so the work may end after any of them.
    Raises: Rejected when it is over; OutOfScope while a job works for somebody else.
    """
    locked = _lock(by, session, *CANCELLABLE)
    # The session first and then the job, as the worker's chunks lock them.
    if not _is_stopped(by, locked, at):
        message = "已经写完了，不用取消。请刷新页面查看。"
        raise Rejected([Problem("import_over", "", message)])
    locked.summary = _counted(locked)
    written = locked.summary.get(Outcome.WRITTEN, 0)
    locked.state, locked.finished_at = State.CANCELLED, at
    locked.message = _cancelled_sentence(written)
    locked.save(update_fields=["state", "finished_at", "summary", "message"])
    audit.append(
        by=by, at=at, event="roster_cancelled", subject="ImportSession", subject_id=locked.pk,
        written=written,
    )  # fmt: skip


def _is_stopped(by: Actor, session: ImportSession, at: datetime) -> bool:
    """Stop the session's job, if one still works; False when it has committed its last chunk."""
    job = Job.objects.open().filter(pk=session.job_id or 0).first()
    return job is None or jobs.cancel(by=by, job=job, at=at)


def _cancelled_sentence(written: int) -> str:
    if not written:
        return "已放弃，没有写入任何内容。"
    return (
        f"已取消。取消前写入的 {written:,} 户保留在名册里，其余没有写入。"
        "要接着写，请把这个文件再传一次，已写入的不会重复。"
    )


def _lock(by: Actor, session: ImportSession, *states: State) -> ImportSession:
    by.require(Permission.IMPORT_ROSTER)
    found = ImportSession.objects.visible_to(by).filter(pk=session.pk, kind=KIND)
    locked = found.select_for_update().first()
    if locked is None:
        raise OutOfScope
    if locked.state not in states:
        message = f"这份名录{locked.get_state_display()}，请刷新页面查看。"
        raise Rejected([Problem("import_not_waiting", "", message)])
    return locked


def write_rows(
    *, by: Actor, session: ImportSession, rows: Sequence[ImportRow], at: datetime
) -> int:
    """Write a chunk of previewed rows as the register stands now; inside the caller's transaction.

    Rows are matched again: what changed since the preview is respected, and a row that can no
    longer be written is marked faulty. Gives how many were written. Cost: fixed for a chunk.
    """
    by.require(Permission.IMPORT_ROSTER)
    entries = [roster_rows.entry_of(row) for row in rows]
    held = roster_rows.registered(by, [entry.credit_code for entry in entries], lock=True)
    stations = roster_rows.ensure_stations(entries)
    matched = [rules.match(entry, held.get(entry.credit_code)) for entry in entries]
    new = [e for e, m in zip(entries, matched, strict=True) if m.outcome == "new"]
    written = roster_rows.insert_new(by, new, stations, at)
    changed = [
        (entry, match.changes, held[entry.credit_code].operator_id)
        for entry, match in zip(entries, matched, strict=True)
        if match.outcome == "change"
    ]
    written |= roster_rows.apply_changes(by, changed, stations, at)
    for row, match in zip(rows, matched, strict=True):
        row.record_id = written.get(row.row_no)
        row.outcome = Outcome.WRITTEN if row.record_id else match.outcome
        row.problems = [_kept(problem) for problem in match.problems]
    ImportRow.objects.bulk_update(rows, ["outcome", "record_id", "problems"])
    return len(written)


@transaction.atomic
def finish_writing(*, by: Actor, session: ImportSession, at: datetime) -> None:
    """Close the session and write its one line into the audit trail; twice is as good as once."""
    updated = ImportSession.objects.filter(pk=session.pk, state=State.WRITING).update(
        state=State.DONE, finished_at=at
    )
    if not updated:
        return
    written = ImportRow.objects.filter(session=session, outcome=Outcome.WRITTEN).count()
    audit.append(
        by=by, at=at, event="roster_imported", subject="ImportSession", subject_id=session.pk,
        count=max(written, 1), county_id=session.county_id,
    )  # fmt: skip
