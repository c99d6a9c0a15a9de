"""Cells and rows as every part of the platform knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

KINDS = {
    "n": "number",
    "d": "date",
    "t": "time",
    "b": "boolean",
    "e": "error",
    "f": "formula",
}
# As the reading process writes them; see ``inside/wire.py``, which cannot be imported here.
UNIT = "\x1f"
BREAK = "\x1d"
MARK = "\x01"
# Greater than nothing and than whatever begins with the mark; no text begins with either.
ABOVE_MARK = "\x02"
REMEMBERED = 20_000


class Cell(NamedTuple):
    """``text`` is what the sender sees; ``kind`` is text, empty, or one of the values of ``KINDS``.

    An error's text is the error (#N/A); a cell of kind formula holds no result, its text is the
    formula. A tuple because a hundred thousand rows make a million of them.
    """

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


class Merged(NamedTuple):
    """A merged range; rows from 1, columns from 0, both ends within."""

    first_row_no: int
    left: int
    last_row_no: int
    right: int


class _Others(dict[str, Cell]):
    """Cells that are no text; amounts and days repeat, so each is made once and kept for a while."""

    def __missing__(self, said: str) -> Cell:
        if len(self) > REMEMBERED:
            self.clear()
        cell = self[said] = Cell(said[2:], KINDS.get(said[1:2], "text")) if said else EMPTY
        return cell


def row_of(row_no: int, said: Sequence[str]) -> SheetRow:
    """The row with these cells as the reading process wrote them."""
    return next(rows_of([f"{row_no}{UNIT}{UNIT.join(said)}\n"]))


def rows_of(lines: Iterable[str]) -> Iterator[SheetRow]:
    """The rows that the reading process wrote, a line each."""
    others = _Others()
    for line in lines:
        row_no, _, said = line[:-1].partition(UNIT)
        cells = _cells(said.split(UNIT), others)
        if BREAK in said:
            cells = [Cell(cell.text.replace(BREAK, "\n"), cell.kind) for cell in cells]
        yield SheetRow(int(row_no), cells)


def _cells(said: Sequence[str], others: _Others) -> list[Cell]:
    # Not Cell(text, "text"): its detour takes as long as all the rest of reading a row.
    new = tuple.__new__
    return [new(Cell, (text, "text")) if text > ABOVE_MARK else others[text] for text in said]
