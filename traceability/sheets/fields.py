"""One row while it is read: what its cells mean by ``meanings``, gathered with every problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from shilian.problems import Problem
from shilian.sheets import cells
from shilian.sheets.headers import Column
from shilian.sheets.reader import EMPTY, Cell
from shilian.text import normalise
from traceability.rules import quantities
from traceability.sheets import meanings
from traceability.sheets.base import Line
from traceability.sheets.meanings import Meaning

YES = frozenset({"是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔"})
NO = frozenset({"否", "不是", "没有", "错", "n", "no", "false", "0", "×"})


class Fields:
    """The values of one row by field, and every reason why a part of it was not understood."""

    def __init__(
        self, columns: Sequence[Column], cells_: Mapping[str, Cell], row_no: int, month: date
    ) -> None:
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self._titles = {column.field: column.title for column in columns}
        self._cells, self._row_no, self._month = cells_, row_no, month

    def cell(self, field: str) -> Cell:
        return self._cells.get(field, EMPTY)

    def add(self, code: str, field: str, message: str, *, warning: bool = False) -> None:
        severity: Any = "warning" if warning else "error"
        self.take([Problem(code, field, message, severity=severity)])

    def take(self, problems: Iterable[Problem]) -> None:
        """Keep what a rule found."""
        self.problems += [problem.at_row(self._row_no) for problem in problems]

    def words(self, field: str, limit: int, *, required: bool = False) -> None:
        """A name or an address, as it was written."""
        title, cell = self._titles[field], self.cell(field)
        self._keep(field, meanings.words(field, title, limit, cell.text, cell.kind))
        if required:
            self._require(field, f"请填写{title}。")

    def text(self, field: str, limit: int) -> None:
        """A size or a note in half-width characters."""
        cell = self.cell(field)
        self._keep(field, meanings.plain(field, self._titles[field], limit, cell.text, cell.kind))

    def code(self, field: str, limit: int = 60) -> None:
        """A number of a paper, a batch or a person: text for ever."""
        cell = self.cell(field)
        self._keep(field, meanings.code(field, self._titles[field], limit, cell.text, cell.kind))

    def credit_code(self, field: str) -> None:
        cell = self.cell(field)
        self._keep(field, meanings.credit_code(field, self._titles[field], cell.text, cell.kind))

    def phone(self, field: str) -> None:
        cell = self.cell(field)
        self._keep(field, meanings.phone(field, self._titles[field], cell.text, cell.kind))

    def day(self, field: str, *, required: bool = False) -> None:
        """The day; one without its year lies in the year of the sheet's month."""
        title, cell = self._titles[field], self.cell(field)
        self._keep(field, meanings.day(field, title, self._month.year, cell.text, cell.kind))
        if required:
            self._require(field, f"请填写{title}，例如 2026-04-01。")

    def last_day(self, field: str) -> None:
        """The last day of a paper; one that holds for ever has none."""
        if not cells.is_endless(self.cell(field)):
            self.day(field)

    def amount(self, field: str, unit_field: str) -> None:
        """A quantity; a unit written behind the number counts where its own cell is empty."""
        cell = self.cell(field)
        amount, behind, found = meanings.amount(field, cell.text, cell.kind)
        own = cells.text_of(self.cell(unit_field))
        unit = own or behind
        self.take(quantities.check_units_agree(behind, own, field=field))
        self.values[field] = amount
        self.take(found)
        self._keep(unit_field, meanings.unit(unit_field, unit))
        if amount is not None:
            stored = self.values[unit_field]
            self.take(quantities.check_quantity(amount, stored, field=field))

    def unit(self, field: str) -> None:
        self._keep(field, meanings.unit(field, cells.text_of(self.cell(field))))

    def shelf_life(self, field: str) -> None:
        """The shelf life as number and unit, under ``<field>_value`` and ``<field>_unit``."""
        cell = self.cell(field)
        found, problems = meanings.shelf_life(field, cell.text, cell.kind)
        self.values[f"{field}_value"], self.values[f"{field}_unit"] = found or (None, "")
        self.take(problems)

    def flag(self, field: str, yes: Sequence[str] = (), no: Sequence[str] = ()) -> None:
        """是 or 否, or in words of the column's own: 进口 and 国产. An empty cell says nothing."""
        said = normalise(self.cell(field).text).lower()
        if said in YES or said in NO or said in (*yes, *no):
            self.values[field] = said in YES or said in yes
        elif cells.text_of(self.cell(field)):
            self.add("flag_unclear", field, f"{self._titles[field]}请填“是”或“否”。")

    def line(self) -> Line:
        said = {name: value for name, value in self.values.items() if value not in ("", None)}
        return Line(self._row_no, values=said, problems=self.problems)

    def _keep(self, field: str, meaning: Meaning) -> None:
        self.values[field], problems = meaning
        self.take(problems)

    def _require(self, field: str, message: str) -> None:
        is_said = self.values[field] or any(p.field == field for p in self.problems)
        if not is_said:
            self.add(f"{field}_missing", field, message)
