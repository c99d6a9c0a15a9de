"""Importing a sheet: upload, confirm its columns, look at the preview, write, cancel, resume.

The session is the record of the work. Its states: reading → (columns to confirm) → checking →
preview → writing → done; a straight import goes on by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import IO, Any, BinaryIO

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import ImportSession, Job, Operator
from enterprises.models.imports import ImportMapping
from enterprises.operations import audit, jobs
from enterprises.roles import Permission
from shilian.clock import month_of
from shilian.problems import Problem, Rejected
from shilian.sheets import annotate, reader
from shilian.sheets.annotate import Mark
from traceability.operations import import_files, import_said, import_table, writing
from traceability.queries import imports as found
from traceability.sheets.base import SheetKind, find_kind

JOB_KIND = "sheet_import"
# All or nothing is one transaction, which has to end within a worker's time limit.
MAX_AT_ONCE = 500_000
State, Mode = ImportSession.State, ImportSession.Mode


def start_import(
    *,
    by: Actor,
    operator: Operator,
    kind: SheetKind,
    upload: BinaryIO,
    file_name: str,
    month: date,
    at: datetime,
    mode: str = "",
) -> ImportSession:
    """Keep the file and have it read; the same file again finds the earlier import.

    ``month`` completes days that are written without a year. With a ``mode`` nobody is asked: what
    the columns' names tell is taken as it is, and the rows are written at once. An import that was
    there before has an earlier ``created_at`` than ``at``.
    Raises: Rejected when the file is no sheet.
    """
    _require(by, operator, kind)
    kept = import_files.keep(upload, file_name)
    session = ImportSession(
        kind=kind.code,
        file_name=file_name[:200],
        file_path=kept.path,
        sha256=kept.sha256,
        person_id=by.person_id,
        operator_id=operator.pk,
        county_id=operator.county_id,
        mapping={"month": month_of(month).isoformat()},
        mode=mode,
        created_at=at,
    )
    with transaction.atomic():
        writing.take_turns(operator)
        earlier = found.same_file(by, operator, kind.code, kept.sha256, month_of(month))
        if earlier is not None:
            return earlier
        session.save(force_insert=True)
        _put_to_work(by, operator, session, at)
        _note(by, operator, session, "sheet_import_started", at)
    return session


def _require(by: Actor, operator: Operator, kind: SheetKind) -> None:
    by.require(Permission.IMPORT_RECORDS, on=operator)
    by.require(kind.permission, on=operator)


def _put_to_work(
    by: Actor,
    operator: Operator,
    session: ImportSession,
    at: datetime,
    so_far: Mapping[str, Any] | None = None,
) -> None:
    job = jobs.enqueue(
        by=by,
        kind=JOB_KIND,
        payload={"session_id": session.pk, "so_far": dict(so_far or {})},
        operator=operator,
        queue=import_files.queue_of(session),
        at=at,
    )
    session.job_id = job.pk
    session.save(update_fields=["job_id"])


def _note(by: Actor, operator: Operator, session: ImportSession, event: str, at: datetime) -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        about=operator,
        subject="ImportSession",
        subject_id=session.pk,
        kind=find_kind(session.kind).name,
    )


@transaction.atomic
def confirm_mapping(
    *, by: Actor, session: ImportSession, columns: Mapping[str, int], at: datetime
) -> ImportSession:
    """Say which column holds what, and have the rows checked; remembered for this form of sheet.

    Raises: Rejected when a required column is missing, one is named twice or lies outside the sheet,
    or the import is not waiting for its columns; OutOfScope.
    """
    locked, operator, kind = _locked(by, session)
    if locked.state not in (State.MAPPING, State.PREVIEW):
        raise Rejected(
            [Problem("import_not_waiting", "", "这个文件现在不用确认列。请刷新页面查看。")]
        )
    problems = _check_columns(kind, columns, len(locked.mapping["labels"]))
    if problems:
        raise Rejected(problems)
    ImportMapping.objects.update_or_create(
        operator_id=operator.pk,
        kind=kind.code,
        fingerprint=locked.mapping["fingerprint"],
        defaults={
            "columns": dict(columns),
            "person_id": by.person_id,
            "confirmed_at": at,
        },
    )
    locked.mapping |= {"indexes": dict(columns), "missing": []}
    locked.rows.all().delete()
    return _go_on(by, operator, locked, State.CHECKING, at)


def _check_columns(kind: SheetKind, columns: Mapping[str, int], width: int) -> list[Problem]:
    titles = kind.titles
    problems = [
        Problem("column_unknown", name, "没有这一项，请从列表里选择。")
        for name in columns
        if name not in titles
    ]
    problems += [
        Problem("column_missing", column.field, f"请选择哪一列是{column.title}。")
        for column in kind.columns
        if column.is_required and column.field not in columns
    ]
    chosen = list(columns.values())
    for name, index in columns.items():
        if not 0 <= index < width:
            problems.append(Problem("column_outside", name, "表格里没有这一列，请重新选择。"))
        elif chosen.count(index) > 1:
            message = "同一列只能选一次，请核对后重新选择。"
            problems.append(Problem("column_twice", name, message))
    return problems


@transaction.atomic
def commit_import(*, by: Actor, session: ImportSession, mode: str, at: datetime) -> ImportSession:
    """Write what the preview showed: the good rows now, or everything only if nothing is wrong.

    Raises: Rejected when the import is not waiting in its preview, or when ``all_or_nothing`` is
    wanted and rows are wrong; OutOfScope.
    """
    locked, operator, _ = _locked(by, session)
    if locked.state != State.PREVIEW:
        raise Rejected(
            [Problem("import_not_waiting", "", "这个文件现在不能导入。请刷新页面查看。")]
        )
    if mode not in Mode.values:
        raise Rejected([Problem("mode_unknown", "mode", "请选择怎样导入。")])
    bad = locked.summary.get("bad", 0)
    if mode == Mode.ALL_OR_NOTHING and bad:
        message = f"还有 {bad:,} 行有错误。请改正后重新上传，或者先导入没有问题的行。"
        raise Rejected([Problem("rows_are_bad", "mode", message)])
    if mode == Mode.ALL_OR_NOTHING and locked.summary.get("rows", 0) > MAX_AT_ONCE:
        message = f"超过 {MAX_AT_ONCE:,} 行的表格不能整批一次写入，请选择先导入没有问题的行。"
        raise Rejected([Problem("too_many_at_once", "mode", message)])
    if not locked.summary.get("new"):
        raise Rejected([Problem("nothing_to_import", "mode", "没有可以导入的行。")])
    locked.mode = mode
    return _go_on(by, operator, locked, State.WRITING, at)


def _go_on(
    by: Actor, operator: Operator, session: ImportSession, state: str, at: datetime
) -> ImportSession:
    _require_file(session)
    session.state, session.message, session.seen_at = state, "", None
    session.finished_at = None
    session.save()
    _put_to_work(by, operator, session, at)
    return session


def reserve(session: ImportSession, *, until: datetime) -> None:
    """Keep its job from the workers until then, for a process that does it by itself."""
    queued = Job.objects.filter(pk=session.job_id or 0, state=Job.State.QUEUED)
    queued.update(lease_until=until)


def _require_file(session: ImportSession) -> None:
    if not import_files.file_of(session).exists():
        raise Rejected([Problem("file_gone", "", import_said.FILE_GONE)])


@transaction.atomic
def cancel_import(*, by: Actor, session: ImportSession, at: datetime) -> ImportSession:
    """Stop the import; what was recorded by then stays, and its sender reads so.

    Each chunk is whole by itself, so the work may end after any of them.
    Raises: Rejected when it is over; OutOfScope when it is somebody else's.
    """
    locked, operator, _ = _locked(by, session)
    is_open = locked.state in found.RUNNING | found.WAITING
    if not is_open or not _is_stopped(by, locked, at):
        raise Rejected([Problem("import_over", "", "已经做完了，不用取消。请刷新页面查看。")])
    so_far = _so_far(locked)
    counted = so_far.get("counted", locked.summary) if locked.state == State.WRITING else {}
    locked.mapping |= {"cancelled_in": locked.state, "so_far": so_far}
    locked.state, locked.finished_at = State.CANCELLED, at
    # How many rows the file has is known from its check, and not from what was written of it.
    locked.summary |= {name: count for name, count in counted.items() if name != "rows"}
    locked.message = import_said.cancelled(counted.get("written", 0))
    locked.save()
    audit.append(
        by=by,
        at=at,
        event="sheet_import_cancelled",
        about=operator,
        subject="ImportSession",
        subject_id=locked.pk,
        written=counted.get("written", 0),
    )
    return locked


def _is_stopped(by: Actor, session: ImportSession, at: datetime) -> bool:
    """Stop the import's job, if it still works; False when it has committed its last chunk."""
    job = Job.objects.open().filter(pk=session.job_id or 0).first()
    return job is None or jobs.cancel(by=by, job=job, at=at)


def _so_far(session: ImportSession) -> dict[str, Any]:
    """The last committed row and what was counted, as the job left it.

    A job that was given up before its first chunk leaves it as it was told.
    """
    jobs_ = Job.objects.filter(pk=session.job_id or 0)
    result, payload = jobs_.values_list("result", "payload").first() or ({}, {})
    known = result or payload.get("so_far") or {}
    return {name: known[name] for name in ("row_no", "counted") if name in known}


@transaction.atomic
def resume_import(*, by: Actor, session: ImportSession, at: datetime) -> ImportSession:
    """Go on where a cancelled or given-up import stopped; what is recorded is not recorded again.

    Raises: Rejected when there is nothing to go on with; OutOfScope.
    """
    locked, operator, _ = _locked(by, session)
    stopped = locked.mapping.get("cancelled_in", "") if locked.state == State.CANCELLED else ""
    if not stopped and not found.is_stuck(by, locked):
        raise Rejected([Problem("import_not_stopped", "", "这个导入没有停下来，不用继续。")])
    _require_file(locked)
    so_far = locked.mapping.pop("so_far", None) if stopped else _so_far(locked)
    locked.mapping.pop("cancelled_in", None)
    locked.state = State(stopped or locked.state)
    locked.finished_at, locked.message, locked.seen_at = None, "", None
    locked.save()
    if locked.state in found.RUNNING:
        _put_to_work(by, operator, locked, at, so_far)
    return locked


def mark_seen(*, by: Actor, session: ImportSession, at: datetime) -> None:
    """Whoever uploaded it has looked at where it stands; only once it waits or is over."""
    if session.person_id == by.person_id and session.state not in found.RUNNING:
        ImportSession.objects.visible_to(by).filter(pk=session.pk, seen_at=None).update(seen_at=at)


def _locked(by: Actor, session: ImportSession) -> tuple[ImportSession, Operator, SheetKind]:
    """The session as it stands, kept from others; raises OutOfScope when it is not the actor's."""
    seen = ImportSession.objects.visible_to(by).filter(pk=session.pk)
    locked = seen.select_for_update().first()
    if locked is None:
        raise OutOfScope
    operator = Operator.objects.get(pk=locked.operator_id or 0)
    kind = find_kind(locked.kind)
    _require(by, operator, kind)
    return locked, operator, kind


def write_annotated(by: Actor, session: ImportSession, stream: IO[bytes]) -> None:
    """The sheet as it was sent, every fault marked in its cell and said in words.

    Raises: Refused or FileNotFoundError when the file can no longer be read.
    """
    sheet = reader.read_sheet(import_files.file_of(session), sheet=session.mapping.get("sheet", ""))
    marks = {
        row_no: [_mark(problem) for problem in problems]
        for row_no, problems in found.row_problems(by, session)
    }
    annotate.write_annotated(
        stream,
        sheet.rows,
        marks,
        header_row_no=session.mapping.get("header_row_no", 1),
        width=len(session.mapping.get("labels", ())),
        sheet=sheet.sheet,
        is_1904=sheet.is_1904,
    )


def _mark(problem: dict[str, Any]) -> Mark:
    return Mark(
        problem["column"],
        problem["message"],
        problem["severity"],
        empties=problem["code"] == import_table.MERGED_CODE,
    )
