"""The table in an uploaded file: where it is, what its columns hold, and its rows as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any

from shilian.ahead import Ahead
from shilian.problems import Problem
from shilian.sheets import headers, reader
from shilian.sheets.annotate import NOTES_TITLE
from shilian.sheets.cells import since_1900
from shilian.sheets.headers import SEARCHED_ROWS, Header
from shilian.sheets.reader import EMPTY, Cell, SheetRow, SheetRows
from shilian.text import normalise
from traceability.rules import quantities
from traceability.sheets.base import Cells, Line, SheetKind
from traceability.sheets.quick import QuickReader

SAMPLE = 20
DAYS = ("purchased_on", "produced_on", "sold_on", "inspected_on", "licence_valid_until")
LIFE_UNITS = frozenset({"小时", "天", "日", "周", "月", "个月", "年"})
MERGED_CODE = "cell_merged"
LEFT_OUT = "合计、签名、小标题、页码、重复的表头或示例行，不导入。"
UNREADABLE = {
    "error": (
        "cell_error",
        "{title}这一格是表格软件的错误值“{text}”，请改成真正的内容。",
    ),
    "formula": (
        "formula_without_result",
        "{title}这一格是没有算出结果的公式，请在 Excel 或 WPS 里打开、保存后再上传，或直接填写数值。",
    ),
}


MERGED = (
    "{title}这一格与上下的行合并了，看不出每行各是多少；请取消合并单元格，逐行填写{title}后再上传。"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what, ready to be kept with the import."""

    sheet: str
    header_row_no: int
    indexes: dict[str, int]
    labels: list[str]
    fingerprint: str
    missing: tuple[str, ...] = ()
    is_sure: bool = False
    other_sheets: list[str] = field(default_factory=list)
    sample: list[list[Any]] = field(default_factory=list)

    def as_mapping(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "header_row_no": self.header_row_no,
            "indexes": self.indexes,
            "labels": self.labels,
            "fingerprint": self.fingerprint,
            "missing": list(self.missing),
            "other_sheets": self.other_sheets,
            "sample": self.sample,
        }


@dataclass(slots=True)
class Opened:
    """A file whose first rows have been read, and whose others are still to come."""

    kind: SheetKind
    named: SheetRows
    head: list[SheetRow]
    rest: Iterator[SheetRow]

    def layout(self) -> Layout:
        """Where the table is, as far as the names of its columns tell.

        Raises: Refused when there is no table in the sheet.
        """
        found = headers.find_header(self.head, self.kind.columns, self.named.merged)
        header = _without_notes(found)
        below = [row for row in self.head if row.row_no > header.last_row_no]
        return Layout(
            sheet=self.named.sheet,
            header_row_no=header.last_row_no,
            indexes=header.indexes,
            labels=header.labels,
            fingerprint=headers.fingerprint(header),
            missing=header.missing,
            is_sure=_is_sure(header, self.kind),
            other_sheets=self.named.other_sheets,
            sample=[[row.row_no, *(cell.text for cell in row.cells)] for row in below[:SAMPLE]],
        )

    def table(self, layout: Mapping[str, Any], month: date) -> Table:
        """The rows below the header, once."""
        first = layout["header_row_no"]
        below = [row for row in self.head if row.row_no > first]
        return Table(self.kind, layout, month, chain(below, self.rest), self.named.is_1904)


@contextmanager
def open_file(
    path: Path, kind: SheetKind, *, sheet: str = "", is_inspected: bool = False
) -> Iterator[Opened]:
    """The sheet of that title, or the one that suits the kind best.

    Raises: Refused, possibly after many rows.
    """
    lines = reader.stream_sheet(path, sheet=sheet, columns=kind.columns, is_inspected=is_inspected)
    try:
        named = next(lines)
        yield Opened(kind, named, list(islice(lines, SEARCHED_ROWS + SAMPLE)), lines)
    finally:
        lines.close()


def _without_notes(header: Header) -> Header:
    """The header as its sender made it: a sheet that went back with our notes keeps its columns."""
    labels = header.labels
    if labels and labels[-1].rpartition("/")[2] == NOTES_TITLE:
        return replace(header, labels=labels[:-1])
    return header


def unit_in_heading(labels: Sequence[str], indexes: Mapping[str, int]) -> str:
    """The unit that stands in brackets behind the name of the quantity's column, if it is one."""
    return quantities.known_unit(_note(labels, indexes, "quantity")) or ""


def life_in_heading(labels: Sequence[str], indexes: Mapping[str, int]) -> str:
    """The same of the shelf life's column: 个月 in 保质期(月), nothing for 保质期(月/天)."""
    note = _note(labels, indexes, "shelf_life")
    return note if note in LIFE_UNITS else ""


def _note(labels: Sequence[str], indexes: Mapping[str, int], field_name: str) -> str:
    note = Header(0, 0, dict(indexes), list(labels)).note(field_name)
    return note.removeprefix("单位").lstrip(":： ")


def _is_sure(header: Header, kind: SheetKind) -> bool:
    """Whether every required column bears exactly one of its names, so that nobody need confirm."""
    for column in kind.columns:
        if column.is_required:
            label = headers.plain(header.label(column.field))
            if label not in {headers.plain(name) for name in column.names}:
                return False
    return True


@dataclass(slots=True)
class Table:
    """The rows below the header, read one after the other."""

    kind: SheetKind
    layout: Mapping[str, Any]
    month: date
    rows: Iterator[SheetRow]
    is_1904: bool = False
    _fields: list[tuple[str, int]] = field(init=False)
    _labels: list[str] = field(init=False)
    _header: Header = field(init=False)
    # Of the quantity, where its heading says one: 数量(公斤).
    _unit: str = field(init=False)
    # Of the shelf life in the same way: 保质期(月).
    _life: str = field(init=False)
    # Each required field with the heading of its column.
    _required: list[tuple[str, str]] = field(init=False)
    _examples: list[dict[str, str]] = field(init=False)
    _quick: QuickReader | None = field(init=False, default=None)
    _lines: Ahead[Line] = field(init=False)

    def __post_init__(self) -> None:
        indexes: dict[str, int] = self.layout["indexes"]
        labels = list(self.layout["labels"])
        self._fields = [(name, index) for name, index in indexes.items() if index is not None]
        self._labels = _distinct(labels)
        self._header = Header(0, self.layout["header_row_no"], indexes, labels)
        self._unit = unit_in_heading(labels, indexes)
        self._life = life_in_heading(labels, indexes)
        self._required = [
            (column.field, self._header.label(column.field))
            for column in self.kind.columns
            if column.is_required
        ]
        self._examples = [dict(example) for example in self.kind.example]
        self._lines = Ahead(map(self.line, self.rows))
        # What is remembered of a number must not depend on where its days are counted from.
        if self.kind.quick is not None and not self.is_1904:
            places = dict(self._fields)
            self._quick = QuickReader(
                self.kind, places, dict(self._required), self._labels, self._understand
            )

    def chunks(self, size: int) -> Iterator[list[Line]]:
        """So many lines at a time.

        A row that sums up, signs or repeats the header is a line of its own with a note, and without
        values. Rows that belong to one record stay together.
        """
        while lines := list(islice(self._lines, size)):
            if self.kind.belongs:
                self._take_what_belongs(lines)
            yield lines

    def read_ahead(self, count: int, *, most: int) -> None:
        """Read so many lines before they are asked for, until ``most`` are waiting."""
        self._lines.fetch(count, most=most)

    def _take_what_belongs(self, lines: list[Line]) -> None:
        """Add the next rows as long as each tells more of the last record."""
        belongs = self.kind.belongs
        for line in self._lines:
            if belongs is None or not belongs(lines, line):
                self._lines.put_back(line)
                return
            lines.append(line)

    def line(self, row: SheetRow) -> Line:
        """What the row says; ``raw`` by the sender's own column names."""
        line = self._quick.line(row) if self._quick is not None else None
        return self.read_in_full(row) if line is None else line

    def read_in_full(self, row: SheetRow) -> Line:
        """The same, whatever the row's cells hold."""
        cells, count = row.cells, len(row.cells)
        said: dict[str, Cell] = {}
        broken: list[Problem] = []
        for name, index in self._fields:
            if index < count and (cell := cells[index])[0]:
                if cell[1] in UNREADABLE:
                    broken.append(self._broken(name, cell, row.row_no))
                elif cell.is_merged and name in self.kind.counted:
                    message = MERGED.format(title=self.kind.titles[name])
                    broken.append(Problem(MERGED_CODE, name, message, row.row_no))
                else:
                    is_old_day = self.is_1904 and name in DAYS
                    said[name] = since_1900(cell) if is_old_day else cell
        if self._is_no_record(row, said):
            return self._left_out(row)
        line = self._understand(said, row.row_no)
        if broken:
            fields = {problem.field for problem in broken}
            line.problems = broken + [p for p in line.problems if p.field not in fields]
        line.raw = {
            label: cell[0]
            for label, cell in zip(self._labels, cells, strict=False)
            if cell[0] and label
        }
        return line

    def _understand(self, said: Cells, row_no: int = 0) -> Line:
        """What the cells say, with the units that stand in the headings."""
        if self._unit and _has_no_unit(said):
            said = {**said, "unit": Cell(self._unit, "text")}
        if self._life and (life := normalise(said.get("shelf_life", EMPTY).text)).isdecimal():
            said = {**said, "shelf_life": Cell(f"{life}{self._life}", "text")}
        return self.kind.read(said, row_no, self.month)

    def _broken(self, name: str, cell: Cell, row_no: int) -> Problem:
        code, message = UNREADABLE[cell.kind]
        said = message.format(title=self.kind.titles[name], text=cell.text[:12])
        return Problem(code, name, said, row_no)

    def _is_no_record(self, row: SheetRow, said: Mapping[str, Cell]) -> bool:
        # A row with everything that is required is data, unless it repeats the header: looking at
        # each row more closely took longer than reading it.
        for name, label in self._required:
            cell = said.get(name)
            if cell is None or cell.is_merged or cell[0] == label:
                return not headers.is_record(row, self._header)
        return any(self._is_example(said, example) for example in self._examples)

    def _is_example(self, said: Mapping[str, Cell], example: Mapping[str, str]) -> bool:
        first = self._required[0][0]
        if said[first][0] != example.get(first):
            return False
        return {name: cell[0] for name, cell in said.items()} == example

    def _left_out(self, row: SheetRow) -> Line:
        said = next((cell.text for cell in row.cells if cell.text), "")
        line = Line(row.row_no, {"": said}, is_record=False)
        line.add("not_a_record", "", LEFT_OUT, warning=True)
        return line


def _has_no_unit(said: Mapping[str, Cell]) -> bool:
    """Whether the row names no unit of its own, neither in a cell nor behind the number."""
    quantity = said.get("quantity", EMPTY).text
    is_bare = quantity[-1:].isdigit() or not any(char.isdigit() for char in quantity)
    return "unit" not in said and is_bare


def _distinct(labels: Iterable[str]) -> list[str]:
    """The labels as keys of the raw text; empty for the note column of an annotated sheet."""
    found: dict[str, int] = {}
    names = []
    for place, said in enumerate(labels, start=1):
        label = said or f"第{place}列"
        found[label] = found.get(label, 0) + 1
        name = label if found[label] == 1 else f"{label}{found[label]}"
        names.append("" if said == NOTES_TITLE else name)
    return names
