"""Read an uploaded .xlsx or .csv: every cell as text with its kind, rows as the sender counts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

from shilian.sheets import preflight, sandbox
from shilian.sheets.refusals import Refused

KINDS = {
    "": "empty",
    "s": "text",
    "n": "number",
    "d": "date",
    "t": "time",
    "b": "boolean",
    "e": "error",
}
MAX_LISTED_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` is what the sender sees; ``kind`` is one of the values of ``KINDS``."""

    text: str = ""
    kind: str = "empty"

    @property
    def value(self) -> str | date | datetime | Decimal | None:
        """The text, a date, a number, or None for an empty cell and for an error."""
        if self.kind == "date":
            moment = datetime.fromisoformat(self.text)
            return moment.date() if len(self.text) == 10 else moment
        if self.kind == "number":
            try:
                return Decimal(self.text)
            except InvalidOperation:
                return None
        return self.text if self.kind in ("text", "boolean", "time") else None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank; ``row_no`` is the sheet's own number, from 1."""

    row_no: int
    cells: list[Cell]

    def cell(self, index: int | None) -> Cell:
        """The cell at the column index; an empty one beyond the end or without an index."""
        if index is None or not 0 <= index < len(self.cells):
            return EMPTY
        return self.cells[index]


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of the first visible sheet with content; ``other_sheets`` were not read."""

    sheet: str
    rows: list[SheetRow]
    other_sheets: list[str] = field(default_factory=list)


def read_sheet(path: Path, *, sheet: str = "", max_rows: int = MAX_LISTED_ROWS) -> SheetRows:
    """Every row of the sheet, in memory.

    Raises: Refused with one sentence for the sender.
    """
    lines = stream_sheet(path, sheet=sheet)
    first = next(lines)
    assert isinstance(first, SheetRows)
    rows = [row for row in islice(lines, max_rows + 1) if isinstance(row, SheetRow)]
    lines.close()
    if len(rows) > max_rows:
        raise Refused("sheet_too_long", f"（一次最多 {max_rows:,} 行）")
    return SheetRows(first.sheet, rows, first.other_sheets)


def stream_sheet(path: Path, *, sheet: str = "") -> Any:
    """A generator: first a ``SheetRows`` without rows that names the sheet, then each ``SheetRow``.

    For files of any length: memory stays flat. Close the generator to end early.
    Raises: Refused, possibly after many rows.
    """
    kind = preflight.inspect(path)
    return _rows(sandbox.lines_of(path, kind, sheet))


def _rows(lines: Iterator[Any]) -> Iterator[SheetRows | SheetRow]:
    for line in lines:
        if isinstance(line, dict):
            yield SheetRows(line["sheet"], [], line["others"])
        else:
            row_no, cells = line
            yield SheetRow(
                row_no, [Cell(text, KINDS[kind]) if text else EMPTY for kind, text in cells]
            )
