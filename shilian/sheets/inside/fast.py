"""The fast reader: calamine, which holds a whole sheet, for sheets that the scan found it fit for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from . import wire
from .scan import Scan


class Fast:
    """Reads the sheets of one workbook; keeps the one it read last."""

    def __init__(self, path: Path) -> None:
        self._book = CalamineWorkbook.from_path(str(path))
        self._held: tuple[str, Any] | None = None

    def rows(self, title: str, scan: Scan) -> Iterator[wire.Row]:
        """Every row from the first that has a cell, with the cells that calamine leaves blank."""
        sheet = self._sheet(title)
        if sheet.start is None:
            yield from sorted((no, _placed([], marked)) for no, marked in scan.marked.items())
            return
        # calamine begins its rows with the first column that has a cell, but with the first row.
        left = [""] * sheet.start[1]
        known: dict[Any, str] = {}
        row_no = 0
        for row_no, values in enumerate(sheet.iter_rows(), start=1):
            cells = left + [v if v.__class__ is str else _other(v, known) for v in values]
            if row_no in scan.marked:
                cells = _placed(cells, scan.marked[row_no])
            yield row_no, cells
        beyond = sorted(number for number in scan.marked if number > row_no)
        yield from ((number, _placed([], scan.marked[number])) for number in beyond)

    def _sheet(self, title: str) -> Any:
        if self._held is None or self._held[0] != title:
            self._held = None
            self._held = (title, self._book.get_sheet_by_name(title))
        return self._held[1]


def _other(value: Any, known: dict[Any, str]) -> str:
    """Amounts and days repeat from row to row; each is put into words once."""
    # True equals 1 and a day equals no moment, so the class belongs to what is looked up.
    key = (value.__class__, value)
    said = known.get(key)
    if said is None:
        if len(known) > 50_000:
            known.clear()
        said = known[key] = wire.other_cell(value)
    return said


def _placed(cells: list[str], marked: dict[int, str]) -> list[str]:
    for index, text in marked.items():
        if index >= len(cells):
            cells.extend([""] * (index + 1 - len(cells)))
        if not cells[index]:
            cells[index] = text
    return cells
