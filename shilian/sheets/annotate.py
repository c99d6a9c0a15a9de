"""The sheet as it was sent, with every fault marked in its cell, for the sender to put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from shilian.sheets.rows import SheetRow

NOTES_TITLE = "问题说明"
MAX_COMMENT = 1000
NARROWEST, WIDEST, MEASURED_ROWS = 8, 40, 200
# Pixels: a comment's box, and how many characters fill one line of it.
COMMENT_WIDTH, COMMENT_LINE, COMMENT_CHARS = 240, 20, 17
_FILLS = {"error": "#F8CBC6", "warning": "#FFE7B3"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One fault: ``index`` is the column, None when the whole row is meant.

    ``empties``: what a merged range above says must not stand in the cell, or it would be believed
    when the sheet comes back.
    """

    index: int | None
    message: str
    severity: str = "error"
    empties: bool = False


def write_annotated(
    stream: IO[bytes],
    rows: Iterable[SheetRow],
    marks: Mapping[int, Sequence[Mark]],
    *,
    header_row_no: int,
    width: int,
    sheet: str = "",
    is_1904: bool = False,
) -> None:
    """Write the rows at their own row numbers; every cell is text, so nothing can run or be rounded.

    Faulty cells are coloured and carry a comment; a last column says everything in words, so that
    colour is never the only sign. The result can be corrected and uploaded again as it is; it counts
    days from where the sheet that was sent does.
    """
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "date_1904": is_1904,
        },
    )
    page = book.add_worksheet(_sheet_name(sheet))
    formats = _Formats(book)
    page.set_comments_author("食链")
    page.set_column(width, width, 60)
    page.freeze_panes(header_row_no, 0)
    widths, last = _Widths(header_row_no, width), header_row_no
    for row in rows:
        widths.look(row)
        last = row.row_no
        is_head = row.row_no <= header_row_no
        # What must be put right stands before what may stay.
        own = sorted(marks.get(row.row_no, ()), key=lambda mark: mark.severity != "error")
        _write_row(page, row, own, formats, width, is_head)
        if row.row_no == header_row_no:
            page.write_string(row.row_no - 1, width, NOTES_TITLE, formats.head)
    for index, wide in enumerate(widths.found):
        page.set_column(index, index, wide)
    # Among a hundred thousand rows the faulty ones are found by filtering the last column.
    page.autofilter(header_row_no - 1, 0, max(last, header_row_no) - 1, width)
    book.close()


class _Widths:
    """How wide each column has to be for its first rows; title rows reach over many columns."""

    def __init__(self, header_row_no: int, width: int) -> None:
        self.found = [NARROWEST] * width
        self._rows = range(header_row_no, header_row_no + MEASURED_ROWS)

    def look(self, row: SheetRow) -> None:
        if row.row_no in self._rows:
            for index in range(min(len(row.cells), len(self.found))):
                text = row.cell(index).text
                # A Chinese character is as wide as two digits.
                needed = 2 + sum(1 if char.isascii() else 2 for char in text[:WIDEST])
                self.found[index] = max(self.found[index], min(needed, WIDEST))


class _Formats:
    def __init__(self, book: Any) -> None:
        base = {"num_format": "@", "valign": "top"}
        self.plain = book.add_format(base)
        self.head = book.add_format(
            {**base, "bold": True, "text_wrap": True, "bg_color": "#E4F1EF"}
        )
        # A title stands in its first cell and reaches over its neighbours.
        self.title = book.add_format({**base, "bold": True})
        self.notes = {
            "error": book.add_format({**base, "text_wrap": True, "font_color": "#8A1C15"}),
            "warning": book.add_format({**base, "text_wrap": True, "font_color": "#51625F"}),
        }
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
    style = _style(row, formats, is_head)
    for index in range(max([len(row.cells), *(index + 1 for index in by_column)])):
        own = by_column.get(index, [])
        cell = row.cell(index)
        is_emptied = cell.is_repeated and (is_head or any(mark.empties for mark in own))
        text = "" if is_emptied else cell.text
        page.write_string(at, index, text, _format(own, formats, style))
        if own:
            _write_comment(page, at, index, "\n".join(map(_said, own))[:MAX_COMMENT])
    if marks:
        said = "；".join(_said(mark).rstrip("。") for mark in marks)
        page.write_string(at, width, said, formats.notes[marks[0].severity])


def _said(mark: Mark) -> str:
    return mark.message if mark.severity == "error" else f"提示：{mark.message}"


def _write_comment(page: Any, row: int, column: int, text: str) -> None:
    """In a box that shows all of it."""
    lines = sum(1 + len(line) // COMMENT_CHARS for line in text.split("\n"))
    size = {"width": COMMENT_WIDTH, "height": COMMENT_LINE * (lines + 1), "font_size": 10}
    page.write_comment(row, column, text, size)


def _style(row: SheetRow, formats: _Formats, is_head: bool) -> Any:
    """How the row's faultless cells look; a row above the table that says one thing is a title."""
    if not is_head:
        return formats.plain
    return formats.head if sum(bool(cell.text) for cell in row.cells) > 1 else formats.title


def _format(marks: Sequence[Mark], formats: _Formats, style: Any) -> Any:
    if any(mark.severity == "error" for mark in marks):
        return formats.faults["error"]
    return formats.faults["warning"] if marks else style


def _sheet_name(name: str) -> str:
    kept = "".join(char for char in name if char not in "[]:*?/\\'")[:31]
    return kept or "Sheet1"
