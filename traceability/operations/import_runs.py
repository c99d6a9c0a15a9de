"""What the workers do for an import: find the table, check every row, write the good ones.

A file is read as a stream, chunk by chunk; each chunk commits with its progress, and whoever takes
the job up again goes on behind the last committed row. Nothing holds the whole file but one number
for each row, by which a repeat is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from enterprises.actor import Actor
from enterprises.jobs import JobFailed, Run
from enterprises.models import ImportSession, Operator
from enterprises.models.imports import ImportMapping
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian import clock
from shilian.ahead import meanwhile
from shilian.problems import Rejected
from shilian.sheets import preflight
from shilian.sheets.refusals import Refused
from shilian.thrift import collecting_rarely
from traceability.models import Channel
from traceability.operations import (
    import_counts,
    import_files,
    import_rows,
    import_said,
    import_table,
    intake,
    writing,
)
from traceability.operations.import_table import Layout, Opened, Table
from traceability.operations.side_progress import SideProgress
from traceability.sheets.base import Judged, Line, SheetKind, find_kind

State, Mode = ImportSession.State, ImportSession.Mode
CHUNK = 2_000
# While the database stores a piece of a chunk, so many lines of the next are read.
AHEAD = CHUNK // 12
# Gets the verdicts of each chunk with the columns' places, once its rows are done with.
Watch = Callable[[SheetKind, Sequence[Judged], Mapping[str, Any]], None]
_watch: ContextVar[Watch | None] = ContextVar("import_watch", default=None)


@dataclass(slots=True)
class Work:
    """One import in the hands of one worker."""

    run: Run
    session: ImportSession
    kind: SheetKind
    operator: Operator
    by: Actor
    seen: intake.Seen = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    # The last row of the sheet whose chunk is committed.
    row_no: int = 0

    def __post_init__(self) -> None:
        so_far = self.run.result or self.run.payload.get("so_far", {})
        self.row_no = so_far.get("row_no", 0)
        self.counted = Counter(so_far.get("counted", {}))

    @property
    def rows(self) -> int:
        return self.counted["rows"]

    @property
    def month(self) -> date:
        return date.fromisoformat(self.session.mapping["month"])

    @property
    def is_all_or_nothing(self) -> bool:
        return bool(self.session.mode == Mode.ALL_OR_NOTHING)

    def count(self, found: Counter[str], last_row_no: int, lines: int) -> None:
        self.counted += found
        self.counted["rows"] += lines
        self.row_no = last_row_no

    @property
    def so_far(self) -> dict[str, Any]:
        return {"row_no": self.row_no, "counted": dict(self.counted)}


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Within the block, let the imports that this process works on tell of every chunk."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def check_file(
    by: Actor, operator: Operator, kind: SheetKind, path: Path, month: date, watch: Watch
) -> str:
    """Judge every row of a file without keeping anything; gives what it comes to in a sentence.

    Raises: Refused when the file holds no table of this kind.
    """
    preflight.check_name(path.name, preflight.inspect(path))
    seen: intake.Seen = {}
    counted: Counter[str] = Counter()
    with collecting_rarely(), import_table.open_file(path, kind, is_inspected=True) as opened:
        layout = opened.layout()
        mapping = layout.as_mapping()
        remembered = _remembered(operator, kind, layout)
        if remembered is not None:
            mapping["indexes"] = remembered
        elif layout.missing:
            raise Refused("header_missing", import_said.missing_columns(kind, layout.missing))
        for lines in opened.table(mapping, month).chunks(CHUNK):
            judged = intake.look_over(
                kind, by=by, operator=operator, lines=lines, at=clock.now(), seen=seen
            )
            counted.update(item.outcome.value for item in judged)
            counted["rows"] += len(lines)
            watch(kind, judged, mapping)
    return import_said.checked(counted)


def run_import(run: Run) -> dict[str, Any]:
    """Take the import up where it is, until it waits for a person or is done.

    Returns: what was counted.
    Raises: JobFailed with a sentence when the file holds no table of this kind.
    """
    work = _work(run)
    try:
        with collecting_rarely(), _opened(work) as opened:
            if work.session.state == State.READING and not _learn_columns(work, opened):
                return {}
            table = opened.table(work.session.mapping, work.month)
            if work.session.state == State.CHECKING:
                _check(work, table)
            elif work.session.state == State.WRITING and not work.is_all_or_nothing:
                _write_chunks(work, table)
        if work.session.state == State.WRITING:
            if work.is_all_or_nothing:
                _write_at_once(work)
            _finish(work)
    except Refused as refused:
        import_said.refuse(work.session, refused.sentence, work.counted, clock.now())
        raise JobFailed(refused.sentence) from refused
    except FileNotFoundError as gone:
        import_said.refuse(work.session, import_said.FILE_GONE, work.counted, clock.now())
        raise JobFailed(import_said.FILE_GONE) from gone
    return dict(work.counted)


def _opened(work: Work) -> AbstractContextManager[Opened]:
    # It was inspected before it was kept.
    path = import_files.file_of(work.session)
    sheet = work.session.mapping.get("sheet", "")
    return import_table.open_file(path, work.kind, sheet=sheet, is_inspected=True)


def _work(run: Run) -> Work:
    session = ImportSession.objects.get(pk=run.payload["session_id"])
    by = run.actor(channel=Channel.SHEET)
    operator = Operator.objects.get(pk=session.operator_id or 0)
    by.require(Permission.IMPORT_RECORDS, on=operator)
    return Work(run, session, find_kind(session.kind), operator, by)


def _learn_columns(work: Work, opened: Opened) -> bool:
    """Learn the columns; False when a person has to confirm them first."""
    session, layout = work.session, opened.layout()
    mapping = session.mapping | layout.as_mapping()
    mapping["estimate"] = import_files.estimate_rows(import_files.file_of(session))
    remembered = _remembered(work.operator, work.kind, layout)
    if remembered is not None:
        mapping |= {"indexes": remembered, "missing": []}
    is_known = remembered is not None or layout.is_sure
    if not is_known and session.mode and layout.missing:
        raise Refused("header_missing", import_said.missing_columns(work.kind, layout.missing))
    state = State.CHECKING if is_known or session.mode else State.MAPPING
    # A straight import judges and writes in one go; all or nothing has to know everything first.
    if session.mode == Mode.GOOD_ROWS:
        state = State.WRITING
    found = ImportSession.objects.filter(pk=session.pk, state=State.READING)
    if not found.update(state=state, mapping=mapping):
        return False
    session.state, session.mapping = state, mapping
    return state != State.MAPPING


def _remembered(operator: Operator, kind: SheetKind, layout: Layout) -> dict[str, int] | None:
    """The columns that somebody of the operator confirmed for this form of sheet."""
    kept = ImportMapping.objects.filter(
        operator_id=operator.pk, kind=kind.code, fingerprint=layout.fingerprint
    ).first()
    return dict(kept.columns) if kept else None


def _check(work: Work, table: Table) -> None:
    """Judge every row; nothing is recorded."""
    for lines in table.chunks(CHUNK):
        if lines[-1].row_no <= work.row_no:
            _remember(work, lines)
            continue
        with transaction.atomic():
            lines = _behind(work, lines)
            judged = _judge(work, lines)
            found = import_rows.keep_rows(work.session, work.kind, judged, written=False)
            work.count(found, lines[-1].row_no, len(lines))
            _tell(work, f"已检查到第 {work.row_no:,} 行")
        _let_others_go(work)
    _end_check(work)


def _end_check(work: Work) -> None:
    session, counted = work.session, work.counted
    state = State.PREVIEW
    if session.mode == Mode.ALL_OR_NOTHING and not counted["bad"]:
        state = State.WRITING
    session.summary = dict(counted)
    session.message = import_said.checked(counted)
    found = ImportSession.objects.filter(pk=session.pk, state=State.CHECKING)
    mode = session.mode if state == State.WRITING else ""
    found.update(state=state, mode=mode, summary=session.summary, message=session.message)
    session.state, session.mode = state, mode


def _write_chunks(work: Work, table: Table) -> None:
    for lines in table.chunks(CHUNK):
        if lines[-1].row_no <= work.row_no:
            _remember(work, lines)
            continue
        with transaction.atomic(), meanwhile(partial(table.read_ahead, AHEAD, most=CHUNK)):
            _write_chunk(work, _behind(work, lines))
            _tell(work, "正在写入台账")
        _let_others_go(work)


def _write_at_once(work: Work) -> None:
    """Every row in one transaction; a row that has become impossible since undoes all of them."""
    side = SideProgress(work.run)
    work.row_no, work.counted, work.seen = 0, Counter(), {}
    try:
        with collecting_rarely(), transaction.atomic(), _opened(work) as opened:
            for lines in opened.table(work.session.mapping, work.month).chunks(CHUNK):
                _write_chunk(work, lines)
                side.tell(work.rows, "正在写入台账")
                if work.counted["bad"]:
                    raise Rejected([])
            _tell(work, "正在写入台账")
    except Rejected:
        import_said.nothing_written(work.session)
        raise JobFailed(import_said.NOTHING_WRITTEN) from None


def _write_chunk(work: Work, lines: list[Line]) -> None:
    """Judge, record and keep the rows, in the caller's transaction."""
    writing.take_turns(work.operator)
    import_rows.forget_rows(work.session, lines[0].row_no, lines[-1].row_no)
    judged = _judge(work, lines)
    intake.record_good(work.kind, by=work.by, operator=work.operator, judged=judged, at=clock.now())
    found = import_rows.keep_rows(work.session, work.kind, judged, written=True)
    found["matched"] = sum(item.is_matched for item in judged)
    found["late"] = import_counts.late_count(work.kind, judged, received_on=clock.today())
    work.count(found, lines[-1].row_no, len(lines))
    if (watch := _watch.get()) is not None:
        watch(work.kind, judged, work.session.mapping)


def _judge(work: Work, lines: list[Line]) -> list[Judged]:
    return intake.look_over(
        work.kind,
        by=work.by,
        operator=work.operator,
        lines=lines,
        at=clock.now(),
        seen=work.seen,
    )


def _behind(work: Work, lines: list[Line]) -> list[Line]:
    """The lines that are not committed yet; the others are only remembered."""
    if lines[0].row_no > work.row_no:
        return lines
    _remember(work, [line for line in lines if line.row_no <= work.row_no])
    return [line for line in lines if line.row_no > work.row_no]


def _remember(work: Work, lines: list[Line]) -> None:
    """What an earlier slice did with the rows is done; later rows may still repeat them."""
    for line in lines:
        if line.is_record and work.kind.identity:
            intake.first_told(work.kind, line, work.seen)


def _tell(work: Work, message: str) -> None:
    """Commit how far it is with the chunk. Raises: LeaseLost."""
    total = work.session.summary.get("rows", 0)
    if total < work.rows:
        # A guess that the rows have overtaken must not look like the end.
        guess = work.session.mapping.get("estimate", 0)
        total = max(guess, work.rows + 1) if guess else 0
    work.run.progress(work.rows, total, message, **work.so_far)


def _let_others_go(work: Work) -> None:
    """Give the worker away after a while, when somebody else's file waits for it.

    Who comes back reads the file from its beginning, so nobody leaves without need.
    """
    if import_files.others_wait(work.session):
        work.run.pause_if_due()


def _finish(work: Work) -> None:
    session, counted = work.session, work.counted
    with transaction.atomic():
        summary = dict(counted) | import_said.entered(work.operator, session)
        found = ImportSession.objects.filter(pk=session.pk, state=State.WRITING)
        is_ours = found.update(
            state=State.DONE,
            finished_at=clock.now(),
            summary=summary,
            message=import_said.done(counted),
        )
        if is_ours:
            import_counts.count_file(session, work.kind, work.operator, counted, clock.now())
            audit.append(
                by=work.by,
                at=clock.now(),
                event="sheet_imported",
                about=work.operator,
                subject="ImportSession",
                subject_id=session.pk,
                count=counted["written"],
                bad=counted["bad"],
                kind=work.kind.name,
            )
