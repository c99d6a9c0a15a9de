"""Merged cells: what is written once beside several rows is said of each of them.

The file keeps the text in the range's first cell alone. The rows below get it marked as repeated, so
that whoever reads them can tell a name that holds for all from an amount that cannot.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from . import wire

# No honest sheet has more; each is kept as one number, so that sixty sheets take 100 MB at most.
MAX_DOWN = 200_000
# A name, a day, an address; whoever merges more than this has written a remark.
MAX_TEXT = 400
# Rows and columns are packed into one number in this order, so that numbers sort as ranges do.
_ROW_BITS, _COLUMN_BITS = 20, 8

Range = tuple[int, int, int, int]


class Down:
    """The ranges that reach over several rows, in little memory."""

    def __init__(self) -> None:
        self._packed = array("Q")

    def __bool__(self) -> bool:
        return bool(self._packed)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """First row, last row and column of each, from the top."""
        rows, columns = (1 << _ROW_BITS) - 1, (1 << _COLUMN_BITS) - 1
        for packed in sorted(self._packed):
            first, last = packed >> _ROW_BITS + _COLUMN_BITS, packed >> _COLUMN_BITS & rows
            yield first, last, packed & columns

    def add(self, found: Range) -> None:
        """Keep the range when it reaches over rows that can be read.

        Raises: Stop when there are too many.
        """
        first, left, last, _ = found
        last = min(last, (1 << _ROW_BITS) - 1)
        if not 0 < first < last or left >= wire.MAX_COLUMNS:
            return
        if len(self._packed) >= MAX_DOWN:
            raise wire.Stop("too_many_merged")
        self._packed.append((first << _ROW_BITS | last) << _COLUMN_BITS | left)


def repeated(rows: Iterable[wire.Row], ranges: Down) -> Iterator[wire.Row]:
    """The rows, each with what ranges that began above say in its empty cells; none may be blank."""
    filling = _Filling(ranges)
    above: wire.Row | None = None
    for row in rows:
        firsts = filling.fill(row)
        if above is not None:
            _mark(above, firsts)
            yield above
        filling.begin(row)
        above = row
    if above is not None:
        yield above


def _mark(row: wire.Row, firsts: Iterable[tuple[int, int]]) -> None:
    """Say of the row's first cells of ranges that the next row repeats them."""
    for row_no, column in firsts:
        if row_no == row[0] and column < len(row[1]) and not wire.is_merged(row[1][column]):
            row[1][column] = wire.merged_cell(row[1][column], is_repeated=False)


class _Filling:
    """What reaches down to the row that is being read."""

    def __init__(self, ranges: Down) -> None:
        self._coming = iter(ranges)
        self._next = next(self._coming, None)
        # By column: first row, last row, and the text.
        self._open: dict[int, tuple[int, int, str]] = {}

    def fill(self, row: wire.Row) -> list[tuple[int, int]]:
        """Fill the row's empty cells; gives the row and column that each text was taken from."""
        row_no, cells = row
        taken = []
        for column, (first, last, text) in list(self._open.items()):
            if row_no > last:
                del self._open[column]
                continue
            if column >= len(cells):
                cells.extend([""] * (column + 1 - len(cells)))
            if not cells[column] or cells[column].isspace():
                cells[column] = wire.merged_cell(text, is_repeated=True)
                taken.append((first, column))
        return taken

    def begin(self, row: wire.Row) -> None:
        """Open the ranges that begin in the row; those that began in a blank one say nothing."""
        row_no, cells = row
        while self._next is not None and self._next[0] <= row_no:
            first, last, column = self._next
            text = cells[column] if column < len(cells) else ""
            if first == row_no and _is_worth_repeating(text):
                self._open[column] = (first, last, text)
            self._next = next(self._coming, None)


def _is_worth_repeating(text: str) -> bool:
    return 0 < len(text) <= MAX_TEXT and not text.isspace() and not wire.is_merged(text)
