"""Read an uploaded .xlsx or .csv: every cell as text with its kind, rows as the sender counts them.

Rows that a filter or a person has hidden are read: they are records all the same. Hidden columns
are read too; hidden sheets only when every sheet is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from shilian.sheets import headers, preflight, sandbox
from shilian.sheets.headers import Column
from shilian.sheets.refusals import Refused
from shilian.sheets.rows import EMPTY, KINDS, Cell, Merged, SheetRow, row_of, rows_of

__all__ = [
    "EMPTY", "KINDS", "Book", "Cell", "Merged", "SheetHead", "SheetRow", "SheetRows",
    "book_of", "read_sheet", "stream_sheet",
]  # fmt: skip
MAX_LISTED_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class SheetHead:
    """A sheet by its title, with its first rows that are not blank."""

    title: str
    rows: list[SheetRow]
    merged: tuple[Merged, ...] = ()
    is_1904: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """Every sheet that people see in the file; a .csv is one sheet without a title."""

    kind: preflight.Kind
    sheets: list[SheetHead]


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of one sheet; ``other_sheets`` have content too and were not read.

    ``is_1904``: the workbook counts its days from 1904, as old Macs did.
    """

    sheet: str
    rows: list[SheetRow]
    other_sheets: list[str] = field(default_factory=list)
    merged: tuple[Merged, ...] = ()
    is_1904: bool = False


def book_of(path: Path) -> Book:
    """Every sheet with its first rows, for a person to choose from.

    Raises: Refused with one sentence for the sender.
    """
    kind = preflight.inspect(path)
    found: list[SheetHead] = []

    def look(heads: sandbox.Heads) -> None:
        found.extend(_heads(heads))

    for _ in sandbox.lines_of(path, kind, look):
        raise AssertionError("no sheet was asked for")
    return Book(kind, found)


def read_sheet(
    path: Path,
    *,
    sheet: str = "",
    columns: Sequence[Column] = (),
    max_rows: int = MAX_LISTED_ROWS,
) -> SheetRows:
    """Every row of the sheet, in memory.

    Raises: Refused with one sentence for the sender.
    """
    lines = stream_sheet(path, sheet=sheet, columns=columns)
    first = next(lines)
    rows = list(islice(lines, max_rows + 1))
    lines.close()
    if len(rows) > max_rows:
        raise Refused("sheet_too_long", f"（一次最多 {max_rows:,} 行）")
    return SheetRows(first.sheet, rows, first.other_sheets, first.merged, first.is_1904)


def stream_sheet(
    path: Path, *, sheet: str = "", columns: Sequence[Column] = (), is_inspected: bool = False
) -> Any:
    """A generator: first a ``SheetRows`` without rows that names the sheet, then each ``SheetRow``.

    The sheet is the one of that title; else the one whose header names most of the ``columns``;
    else the first with content. For files of any length: memory stays flat. Close the generator to
    end early. ``is_inspected``: the file lies where only inspected ones are kept.
    Raises: Refused, possibly after many rows.
    """
    kind = preflight.kind_of(path) if is_inspected else preflight.inspect(path)
    return _stream(path, kind, sheet, columns)


def _stream(
    path: Path, kind: preflight.Kind, wanted: str, columns: Sequence[Column]
) -> Iterator[SheetRows | SheetRow]:
    named: list[SheetRows] = []

    def choose(found: sandbox.Heads) -> str:
        heads = [head for head in _heads(found) if head.rows]
        chosen = _chosen(heads, wanted, columns)
        others = [head.title for head in heads if head is not chosen]
        named.append(SheetRows(chosen.title, [], others, chosen.merged, chosen.is_1904))
        return chosen.title

    lines = sandbox.lines_of(path, kind, choose)
    try:
        for row in rows_of(lines):
            if named:
                yield named.pop()
            yield row
    finally:
        lines.close()


def _chosen(heads: list[SheetHead], wanted: str, columns: Sequence[Column]) -> SheetHead:
    for head in heads:
        if wanted and head.title == wanted:
            return head
    if columns and len(heads) > 1:
        return max(heads, key=lambda head: headers.fit(head.rows, columns, head.merged))
    return heads[0]


def _heads(found: sandbox.Heads) -> list[SheetHead]:
    return [
        SheetHead(
            str(head["title"]),
            [row_of(row_no, said) for row_no, said in head["rows"]],
            tuple(Merged(*merged) for merged in head["merged"]),
            bool(head["is_1904"]),
        )
        for head in found
    ]
