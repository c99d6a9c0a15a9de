"""The two jobs of a roster: read the file into a preview, write the preview into the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.db import transaction

from enterprises.actor import Actor
from enterprises.jobs import JobFailed, Run, handler
from enterprises.models import Job
from enterprises.operations import roster
from enterprises.queries import imports
from enterprises.sheets import ROSTER_COLUMNS, RowReader
from shilian import clock
from shilian.sheets.headers import SEARCHED_ROWS, Header, find_header, is_total_row
from shilian.sheets.reader import SheetRow, SheetRows, stream_sheet
from shilian.sheets.refusals import Refused

CHUNK = 1000


@handler(roster.READ_JOB, queue=Job.Queue.SMALL, may_cancel=True)
def read_roster(run: Run) -> dict[str, Any]:
    """Read the file row by row and keep what each would do."""
    actor = run.actor()
    session = imports.find_session_by_id(actor, roster.KIND, run.payload["session"])
    if session is None:
        raise JobFailed("名录已不在您的辖区内，没有读取。")
    lines = stream_sheet(roster.file_of(session))
    try:
        named = next(lines)
        head = list(islice(lines, SEARCHED_ROWS + 1))
        header = _header(head)
        roster.start_reading(session, mapping=_mapping(named, header))
        reader = RowReader(
            header, imports.places_for(actor), today=clock.today(), is_1904=named.is_1904
        )
        skipped = _stage(run, actor, session, header, reader, _chained(head, lines))
    except Refused as refusal:
        roster.refuse_reading(session=session, sentence=refusal.sentence, at=clock.now())
        raise JobFailed(refusal.sentence) from None
    finally:
        lines.close()
    roster.finish_reading(session=session, note=_note(named, skipped))
    return {"rows": run.done_count}


def _chained(head: list[SheetRow], lines: Iterator[SheetRow]) -> Iterator[SheetRow]:
    yield from head
    yield from lines


def _header(head: list[SheetRow]) -> Header:
    """Raises: Refused, naming the required columns that the header lacks."""
    header = find_header(head, ROSTER_COLUMNS)
    if header.missing:
        titles = "、".join(c.title for c in ROSTER_COLUMNS if c.field in header.missing)
        raise Refused("header_missing", f"（缺少：{titles}）")
    return header


def _mapping(named: SheetRows, header: Header) -> dict[str, Any]:
    return {
        "sheet": named.sheet,
        "header_row_no": header.last_row_no,
        "indexes": header.indexes,
        "width": max(len(header.labels), max(header.indexes.values()) + 1),
    }


def _stage(
    run: Run,
    actor: Actor,
    session: Any,
    header: Header,
    reader: RowReader,
    rows: Iterator[SheetRow],
) -> int:
    """Keep the rows chunk by chunk; gives how many totals rows were left out.

    ``done_count`` is the last row number that was committed, so a restart skips what is kept.
    """
    skipped = 0
    table = (row for row in rows if row.row_no > header.last_row_no)
    while chunk := list(islice(table, CHUNK)):
        data = [row for row in chunk if not is_total_row(row)]
        skipped += len(chunk) - len(data)
        if chunk[-1].row_no <= run.done_count:
            continue
        fresh = [row for row in data if row.row_no > run.done_count]
        with transaction.atomic():
            roster.stage_rows(
                by=actor, session=session, entries=[reader.read(row) for row in fresh]
            )
            run.progress(chunk[-1].row_no, 0, f"已读到第 {chunk[-1].row_no} 行")
        run.pause_if_due()
    return skipped


def _note(named: SheetRows, skipped: int) -> str:
    notes = []
    if skipped:
        notes.append(f"合计等说明行 {skipped} 行没有导入。")
    if named.other_sheets:
        notes.append(f"只读取了工作表“{named.sheet}”，其他工作表没有读取。")
    return "".join(notes)


@handler(roster.WRITE_JOB, queue=Job.Queue.SMALL, may_cancel=True)
def write_roster(run: Run) -> dict[str, Any]:
    """Write the preview in chunks; every chunk commits with its progress."""
    actor = run.actor()
    session = imports.find_session_by_id(actor, roster.KIND, run.payload["session"])
    if session is None:
        raise JobFailed("名录已不在您的辖区内，没有写入。")
    written = int(run.result.get("written", 0))
    while rows := imports.rows_to_write(actor, session, CHUNK):
        with transaction.atomic():
            written += roster.write_rows(by=actor, session=session, rows=rows, at=clock.now())
            done = min(run.done_count + len(rows), run.total_count)
            run.progress(done, message=f"已写入 {written} 户", written=written)
        run.pause_if_due()
    roster.finish_writing(by=actor, session=session, at=clock.now())
    return {"written": written, "on": date.isoformat(clock.today())}
