"""Cells and rows as every part of the platform knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
MERGED = f"{MARK}m"
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

    @property
    def is_merged(self) -> bool:
        """Whether the cell holds for several rows, of which each was given its text."""
        return False

    @property
    def is_repeated(self) -> bool:
        """Whether the text stands in a row above, in the first cell of a merged range."""
        return False


class MergedCell(Cell):
    """The first cell of a range that is merged over several rows."""

    @property
    def is_merged(self) -> bool:
        return True


class RepeatedCell(MergedCell):
    """A cell below the first of such a range."""

    @property
    def is_repeated(self) -> bool:
        return True


EMPTY = Cell()


class SheetRow:
    """One row that is not blank; ``row_no`` is the sheet's own number, from 1.

    ``said`` is each cell as the reading process wrote it, or None where only cells are known. They
    become cells when somebody asks: most rows of a long sheet are understood without.
    """

    __slots__ = ("_cells", "row_no", "said")

    def __init__(
        self, row_no: int, cells: list[Cell] | None = None, said: list[str] | None = None
    ) -> None:
        self.row_no, self.said, self._cells = row_no, said, cells

    def __repr__(self) -> str:
        return f"SheetRow({self.row_no}, {self.cells})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SheetRow):
            return NotImplemented
        return (self.row_no, self.cells) == (other.row_no, other.cells)

    __hash__ = None  # type: ignore[assignment]

    @property
    def cells(self) -> list[Cell]:
        if self._cells is None:
            self._cells = cells_of(self.said or ())
        return self._cells

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
        cell = self[said] = _cell_of(said) if said else EMPTY
        return cell


def _cell_of(said: str) -> Cell:
    if said.startswith(MERGED):
        kind = RepeatedCell if said[2:3] == "1" else MergedCell
        return kind(*_plain_cell(said[3:]))
    return _plain_cell(said)


def _plain_cell(said: str) -> Cell:
    if said > ABOVE_MARK:
        return Cell(said, "text")
    return Cell(said[2:], KINDS.get(said[1:2], "text"))


def row_of(row_no: int, said: Sequence[str]) -> SheetRow:
    """The row with these cells as the reading process wrote them."""
    return next(rows_of([f"{row_no}{UNIT}{UNIT.join(said)}\n"]))


def rows_of(lines: Iterable[str]) -> Iterator[SheetRow]:
    """The rows that the reading process wrote, a line each."""
    for line in lines:
        row_no, *said = line[:-1].split(UNIT)
        if BREAK in line or MERGED in line:
            # What is merged means more than its text, so no memory may understand it by that.
            yield SheetRow(int(row_no), [_unbroken(cell) for cell in cells_of(said)])
        else:
            yield SheetRow(int(row_no), None, said)


def _unbroken(cell: Cell) -> Cell:
    return cell._replace(text=cell.text.replace(BREAK, "\n")) if BREAK in cell.text else cell


def cells_of(said: Iterable[str]) -> list[Cell]:
    """The cells that the reading process wrote so."""
    # Not Cell(text, "text"): its detour takes as long as all the rest of reading a row.
    new, others = tuple.__new__, _others
    return [new(Cell, (text, "text")) if text > ABOVE_MARK else others[text] for text in said]


def said_text(said: str) -> str:
    """The text of the cell that the reading process wrote so."""
    return said if said > ABOVE_MARK else _others[said].text


_others = _Others()
