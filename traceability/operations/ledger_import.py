"""A wholesaler's purchase ledger from a spreadsheet: read, judged row by row, recorded in chunks.

The session and its rows are the record of the work: whoever takes the job up again goes on where
the last committed chunk ended, so nothing is lost and nothing is recorded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.jobs import JobFailed, Run
from enterprises.models import ImportRow, ImportSession, Job, Operator
from enterprises.operations import audit, jobs
from enterprises.roles import Permission
from shilian.clock import business_day, month_of
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected, errors
from shilian.sheets import annotate, preflight, reader
from shilian.sheets.annotate import Mark
from shilian.sheets.refusals import Refused
from traceability import sheets
from traceability.models import Channel, Purchase
from traceability.operations import ledger_books, ledger_rows, purchases, writing
from traceability.queries import ledger_imports

KIND = "ledger"
JOB_KIND = "ledger_import"
FOLDER = "imports"
CHUNK = 1_000
State, Outcome = ImportSession.State, ImportRow.Outcome


def start_ledger_import(
    *,
    by: Actor,
    operator: Operator,
    upload: BinaryIO,
    file_name: str,
    month: date,
    at: datetime,
) -> ImportSession:
    """Keep the file and put its import to work; the same file again finds the earlier import.

    ``month`` completes days that are written without a year.
    Raises: Rejected when the file is no sheet.
    """
    by.require(Permission.IMPORT_RECORDS, on=operator)
    content = upload.read(preflight.MAX_FILE_BYTES + 1)
    digest = sha256(content).hexdigest()
    mapping = {"month": month_of(month).isoformat()}
    session = ImportSession(
        kind=KIND,
        file_name=file_name[:200],
        file_path=_keep(content, digest, file_name),
        sha256=digest,
        person_id=by.person_id,
        operator_id=operator.pk,
        county_id=operator.county_id,
        mapping=mapping,
        created_at=at,
    )
    return _begin(by, operator, session, at)


@transaction.atomic
def _begin(by: Actor, operator: Operator, session: ImportSession, at: datetime) -> ImportSession:
    writing.take_turns(operator)
    earlier = ledger_imports.same_file(by, operator, session.sha256, session.mapping)
    if earlier is not None:
        return earlier
    job = jobs.enqueue(
        by=by, kind=JOB_KIND, payload={"session_id": session.pk}, operator=operator, at=at
    )
    session.job_id = job.pk
    session.save(force_insert=True)
    audit.append(
        by=by,
        at=at,
        event="ledger_import_started",
        about=operator,
        subject="ImportSession",
        subject_id=session.pk,
    )
    return session


def _keep(content: bytes, digest: str, file_name: str) -> str:
    """Write the file under its hash and look at it before anything parses it.

    Raises: Rejected; then nothing is kept.
    """
    folder = Path(settings.FILES_DIR) / FOLDER / digest[:2]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / digest
    draft = path.with_name(f"{digest}.{new_id()}.part")
    draft.write_bytes(content)
    try:
        preflight.inspect(draft)
        preflight.check_name(file_name)
    except Refused as refused:
        draft.unlink()
        raise Rejected([Problem(refused.code, "file", refused.sentence)]) from refused
    draft.replace(path)
    return str(path.relative_to(settings.FILES_DIR))


def run_import(run: Run, *, at: datetime) -> dict[str, Any]:
    """Take the import up where it is: read and judge the file, then record the good rows.

    Each chunk and its progress are one transaction. Returns: the session's summary.
    Raises: JobFailed with a sentence when the file holds no ledger.
    """
    session = ImportSession.objects.get(pk=run.payload["session_id"])
    by = run.actor(channel=Channel.SHEET)
    operator = Operator.objects.get(pk=run.operator_id)  # type: ignore[misc]
    by.require(Permission.IMPORT_RECORDS, on=operator)
    if session.state == State.READING:
        _read(run, session, operator, at)
    while rows := _waiting_rows(session):
        with transaction.atomic():
            _record(by, operator, rows, at)
            run.progress(run.done_count + len(rows), message="正在写入台账")
        run.pause_if_due()
    return _finish(by, operator, session, at)


def _read(run: Run, session: ImportSession, operator: Operator, at: datetime) -> None:
    """Judge the whole file into rows; entering what the books lack belongs to the same step."""
    month = date.fromisoformat(session.mapping["month"])
    try:
        ledger = sheets.read_ledger(Path(settings.FILES_DIR) / session.file_path, month=month)
    except Refused as refused:
        _refuse(session, refused.sentence, at)
        raise JobFailed(refused.sentence) from refused
    if ledger.header.missing:
        names = "、".join(sheets.TITLES[name] for name in ledger.header.missing)
        _refuse(session, f"表格里没有找到这些列：{names}。请补上后重新上传。", at)
        raise JobFailed(session.message)
    with transaction.atomic():
        books, judged = ledger_rows.judge(operator, ledger, today=business_day(at))
        good = [item.line for item in judged if item.outcome == Outcome.NEW]
        products, partners = ledger_books.enter_missing(operator, books, good, at)
        ledger_rows.write_rows(session, ledger, books, judged)
        session.state = State.WRITING
        session.summary = {"new_products": products, "new_partners": partners}
        session.mapping |= {
            "sheet": ledger.sheet,
            "header_row_no": ledger.header.last_row_no,
            "columns": {name: ledger.header.label(name) for name in ledger.header.indexes},
        }
        session.save(update_fields=["state", "summary", "mapping"])
        run.progress(0, len(good), "已读完，开始写入")


def _refuse(session: ImportSession, sentence: str, at: datetime) -> None:
    session.message = sentence[:300]
    ImportSession.objects.filter(pk=session.pk, state=State.READING).update(
        state=State.REFUSED, message=session.message, finished_at=at
    )


@transaction.atomic
def cancel_ledger_import(*, by: Actor, session: ImportSession, at: datetime) -> None:
    """Stop the import; what was recorded by then stays in the ledger, and its sender reads so.

    Each chunk is whole by itself, so the work may end after any of them.
    Raises: Rejected when it is over; OutOfScope when it is somebody else's.
    """
    by.require(Permission.IMPORT_RECORDS)
    seen = ImportSession.objects.visible_to(by).filter(pk=session.pk, kind=KIND)
    # The session first and then the job, as the worker's chunks lock them.
    locked = seen.select_for_update().first()
    if locked is None:
        raise OutOfScope
    if locked.state not in (State.READING, State.WRITING) or not _is_stopped(by, locked, at):
        raise Rejected([Problem("import_over", "", "已经做完了，不用取消。请刷新页面查看。")])
    counted = ledger_imports.count_outcomes(by, locked)
    locked.state, locked.finished_at = State.CANCELLED, at
    locked.summary |= counted
    locked.message = _cancelled_sentence(counted["written"])
    locked.save(update_fields=["state", "finished_at", "summary", "message"])
    audit.append(
        by=by,
        at=at,
        event="ledger_import_cancelled",
        subject="ImportSession",
        subject_id=locked.pk,
        written=counted["written"],
    )


def _is_stopped(by: Actor, session: ImportSession, at: datetime) -> bool:
    """Stop the import's job, if it still works; False when it has committed its last chunk."""
    job = Job.objects.open().filter(pk=session.job_id or 0).first()
    return job is None or jobs.cancel(by=by, job=job, at=at)


def _cancelled_sentence(written: int) -> str:
    if not written:
        return "已取消，一条也没有记入台账。"
    return (
        f"已取消。取消前记入的 {written:,} 条保留在台账里，其余没有记入。"
        "要接着记，请把这个文件再传一次，已记的不会重复。"
    )


def _waiting_rows(session: ImportSession) -> list[ImportRow]:
    waiting = session.rows.filter(outcome=Outcome.NEW).order_by("row_no")
    return list(waiting[:CHUNK])


def _record(by: Actor, operator: Operator, rows: list[ImportRow], at: datetime) -> None:
    """Record the rows; those that have become impossible since they were judged are marked."""
    try:
        made = _purchases(by, operator, rows, at)
    except Rejected as refused:
        bad = _mark_bad(rows, refused.problems)
        rows = [row for row in rows if row not in bad]
        made = _purchases(by, operator, rows, at)
    _mark_written([row.pk for row in rows], [purchase.pk for purchase in made])


def _mark_written(row_ids: list[int], record_ids: list[int]) -> None:
    # One statement over two arrays: Django's bulk_update took longer than recording the rows.
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ImportRow._meta.db_table} AS kept"
            " SET outcome = %s, record_id = made.record_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS made(id, record_id)"
            " WHERE kept.id = made.id",
            [Outcome.WRITTEN.value, row_ids, record_ids],
        )


def _purchases(
    by: Actor, operator: Operator, rows: list[ImportRow], at: datetime
) -> list[Purchase]:
    drafts = [ledger_rows.draft_from(row) for row in rows]
    return purchases.record_purchases(by=by, operator=operator, drafts=drafts, at=at)


def _mark_bad(rows: list[ImportRow], problems: Sequence[Problem]) -> list[ImportRow]:
    faults: dict[int | None, list[Problem]] = {}
    for problem in errors(problems):
        faults.setdefault(problem.row, []).append(problem)
    bad = [row for row in rows if row.row_no in faults]
    for row in bad:
        row.outcome = Outcome.BAD
        row.problems += [
            {
                "code": problem.code,
                "field": problem.field,
                "message": problem.message,
                "severity": "error",
                "column": None,
            }
            for problem in faults[row.row_no]
        ]
    ImportRow.objects.bulk_update(bad, ["outcome", "problems"])
    return bad


def _finish(by: Actor, operator: Operator, session: ImportSession, at: datetime) -> dict[str, Any]:
    counted = ledger_imports.count_outcomes(by, session)
    session.summary |= counted
    with transaction.atomic():
        finished = ImportSession.objects.filter(pk=session.pk, state=State.WRITING).update(
            state=State.DONE, finished_at=at, summary=session.summary, message=_sentence(counted)
        )
        if not finished:
            # It was cancelled before this worker knew.
            return {}
        audit.append(
            by=by,
            at=at,
            event="ledger_imported",
            about=operator,
            subject="ImportSession",
            subject_id=session.pk,
            count=counted["written"],
            bad=counted["bad"],
        )
    return dict(session.summary)


def _sentence(counted: dict[str, int]) -> str:
    parts = [f"已记入 {counted['written']:,} 条"]
    if counted["bad"]:
        parts.append(f"{counted['bad']:,} 行有错误，没有记入")
    if counted["same"]:
        parts.append(f"{counted['same']:,} 行台账里已有，没有重复记")
    if counted["skipped"]:
        parts.append(f"{counted['skipped']:,} 行不用导入（合计行、重复行）")
    return "，".join(parts) + "。"


def write_annotated(by: Actor, session: ImportSession, stream: IO[bytes]) -> None:
    """The sheet as it was sent, every fault marked in its cell and said in words."""
    path = Path(settings.FILES_DIR) / session.file_path
    sheet = reader.read_sheet(path, sheet=session.mapping.get("sheet", ""))
    marks = {
        row_no: [Mark(p["column"], p["message"], p["severity"]) for p in problems]
        for row_no, problems in ledger_imports.row_problems(by, session)
    }
    annotate.write_annotated(
        stream,
        sheet.rows,
        marks,
        header_row_no=session.mapping.get("header_row_no", 1),
        width=max((len(row.cells) for row in sheet.rows), default=0),
        sheet=sheet.sheet,
    )
