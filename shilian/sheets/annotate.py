"""The sheet as it was sent, with every fault marked in its cell, for the sender to put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from shilian.sheets.rows import SheetRow

NOTES_TITLE = "问题说明"
MAX_COMMENT = 1000
_FILLS = {"error": "#F8CBC6", "warning": "#FFE7B3"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One fault: ``index`` is the column, None when the whole row is meant."""

    index: int | None
    message: str
    severity: str = "error"


def write_annotated(
    stream: IO[bytes],
    rows: Iterable[SheetRow],
    marks: Mapping[int, Sequence[Mark]],
    *,
    header_row_no: int,
    width: int,
    sheet: str = "",
) -> None:
    """Write the rows at their own row numbers; every cell is text, so nothing can run or be rounded.

    Faulty cells are coloured and carry a comment; a last column says everything in words, so that
    colour is never the only sign. The result can be corrected and uploaded again as it is.
    """
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    page = book.add_worksheet(_sheet_name(sheet))
    formats = _Formats(book)
    page.set_comments_author("食链")
    page.set_column(0, max(width - 1, 0), 16)
    page.set_column(width, width, 60)
    page.freeze_panes(header_row_no, 0)
    for row in rows:
        is_head = row.row_no <= header_row_no
        _write_row(page, row, marks.get(row.row_no, ()), formats, width, is_head)
        if row.row_no == header_row_no:
            page.write_string(row.row_no - 1, width, NOTES_TITLE, formats.head)
    book.close()


class _Formats:
    def __init__(self, book: Any) -> None:
        base = {"num_format": "@", "valign": "top"}
        self.plain = book.add_format(base)
        self.head = book.add_format(
            {**base, "bold": True, "text_wrap": True, "bg_color": "#E4F1EF"}
        )
        self.notes = book.add_format({**base, "text_wrap": True, "font_color": "#8A1C15"})
        self.faults = {
            name: book.add_format({**base, "bg_color": fill}) for name, fill in _FILLS.items()
        }


def _write_row(
    page: Any,
    row: SheetRow,
    marks: Sequence[Mark],
    formats: _Formats,
    width: int,
    is_head: bool,
) -> None:
    at = row.row_no - 1
    by_column: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.index is not None:
            by_column.setdefault(mark.index, []).append(mark)
    for index in range(max([len(row.cells), *(index + 1 for index in by_column)])):
        own = by_column.get(index, [])
        page.write_string(at, index, row.cell(index).text, _format(own, formats, is_head))
        if own:
            page.write_comment(at, index, "\n".join(m.message for m in own)[:MAX_COMMENT])
    if marks:
        page.write_string(
            at, width, "；".join(m.message.rstrip("。") for m in marks), formats.notes
        )


def _format(marks: Sequence[Mark], formats: _Formats, is_head: bool) -> Any:
    if any(mark.severity == "error" for mark in marks):
        return formats.faults["error"]
    if marks:
        return formats.faults["warning"]
    return formats.head if is_head else formats.plain


def _sheet_name(name: str) -> str:
    kept = "".join(char for char in name if char not in "[]:*?/\\'")[:31]
    return kept or "Sheet1"
