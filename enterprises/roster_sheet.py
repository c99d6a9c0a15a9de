"""The roster's sheets that go out: the sent one with its faults marked, and the empty template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from enterprises.models import ImportRow, ImportSession
from enterprises.operations import roster
from enterprises.sheets import ROSTER_COLUMNS
from shilian.sheets.annotate import Mark, write_annotated
from shilian.sheets.reader import Cell, SheetRow, stream_sheet

EXAMPLE = {
    "name": "历下区示例粮油店",
    "credit_code": "92370102MA00000009",
    "licence_kind": "食品经营许可",
    "licence_number": "JY13701020000000",
    "legal_person": "张三",
    "contact_name": "张三",
    "contact_phone": "13800000000",
    "sector": "流通",
    "kind": "个体工商户",
    "address": "济南市历下区解放路街道1号",
    "division": "370102001",
    "township": "解放路街道",
    "station": "解放路监管所",
    "issued_on": "2024-05-03",
    "valid_until": "2029-05-02",
    "standing": "正常",
    "wholesale": "否",
}


def write_marked(stream: IO[bytes], session: ImportSession, rows: Iterable[ImportRow]) -> None:
    """Read the file again in its own process and mark every cell that has a problem.

    Raises: Refused, FileNotFoundError.
    """
    where = session.mapping
    marks = {row.row_no: _marks(row, where["indexes"]) for row in rows if row.problems}
    lines = stream_sheet(roster.file_of(session))
    try:
        named = next(lines)
        write_annotated(
            stream,
            lines,
            marks,
            header_row_no=where["header_row_no"],
            width=where["width"],
            sheet=where["sheet"],
            is_1904=named.is_1904,
        )
    finally:
        lines.close()


def _marks(row: ImportRow, indexes: dict[str, int]) -> list[Mark]:
    return [
        Mark(indexes.get(problem["field"]), problem["message"], problem["severity"])
        for problem in row.problems
    ]


def write_template(stream: IO[bytes]) -> None:
    """An empty roster with our column names and one row to show how it is filled in."""
    write_annotated(stream, _template_rows(), {}, header_row_no=1, width=len(ROSTER_COLUMNS))


def _template_rows() -> Iterator[SheetRow]:
    yield SheetRow(1, [Cell(column.title, "text") for column in ROSTER_COLUMNS])
    yield SheetRow(2, [Cell(EXAMPLE[column.field], "text") for column in ROSTER_COLUMNS])
