"""Find the table in a sheet as people keep them: title rows above, headers over two merged rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shilian.sheets.reader import SheetRow
from shilian.sheets.refusals import Refused
from shilian.text import normalise

SEARCHED_ROWS = 30
_NOISE = re.compile(r"[\s*:：·、,，。()（）\[\]【】\"'“”]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a sheet: the names senders give it, the first being ours."""

    field: str
    names: tuple[str, ...]
    is_required: bool = False

    @property
    def title(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table is: its last header row, and the column index of every field found."""

    first_row_no: int
    last_row_no: int
    indexes: dict[str, int]
    labels: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    def label(self, field_name: str) -> str:
        """The sender's own name for the field's column; empty when the sheet has none."""
        index = self.indexes.get(field_name)
        return self.labels[index] if index is not None else ""


@lru_cache(maxsize=4096)
def plain(label: str) -> str:
    """A column name without blanks, brackets and stars, for comparison."""
    return _NOISE.sub("", normalise(label)).lower()


def find_header(rows: Sequence[SheetRow], columns: Sequence[Column]) -> Header:
    """The header that names most of the columns, over one row or two.

    ``missing`` names the required fields it lacks.
    Raises: Refused when no row names at least two columns.
    """
    best: Header | None = None
    for at, row in enumerate(rows[:SEARCHED_ROWS]):
        below = rows[at + 1] if at + 1 < len(rows) else None
        for candidate in _candidates(row, below, columns):
            if best is None or _rank(candidate) > _rank(best):
                best = candidate
    if best is None or len(best.indexes) < 2:
        raise Refused("header_missing")
    return best


def _rank(header: Header) -> tuple[int, bool]:
    """More columns are better; of equals the single row, or a title would join the names."""
    return len(header.indexes), header.first_row_no == header.last_row_no


def _candidates(row: SheetRow, below: SheetRow | None, columns: Sequence[Column]) -> list[Header]:
    found = [_header(row.row_no, row.row_no, _labels(row), columns)]
    if below is not None and below.row_no == row.row_no + 1:
        found.append(_header(row.row_no, below.row_no, _joined(row, below), columns))
    return found


def _labels(row: SheetRow) -> list[str]:
    return [normalise(cell.text) for cell in row.cells]


def _joined(upper: SheetRow, lower: SheetRow) -> list[str]:
    """Labels over two rows: a name in the lower row belongs to the last name above or left of it."""
    labels: list[str] = []
    above = ""
    for index in range(max(len(upper.cells), len(lower.cells))):
        own, below = normalise(upper.cell(index).text), normalise(lower.cell(index).text)
        above = own or above
        labels.append(f"{above}/{below}" if below and above else own or below)
    return labels


def _header(first: int, last: int, labels: list[str], columns: Sequence[Column]) -> Header:
    wanted = [plain(label) for label in labels]
    indexes: dict[str, int] = {}
    # Whole names first, so that a loose match never takes another field's column.
    for is_match in (_is_same, _is_tail):
        for column in columns:
            if column.field in indexes:
                continue
            for index, label in enumerate(wanted):
                taken = index in indexes.values()
                if label and not taken and any(is_match(label, plain(n)) for n in column.names):
                    indexes[column.field] = index
                    break
    missing = tuple(c.field for c in columns if c.is_required and c.field not in indexes)
    return Header(first, last, indexes, labels, missing)


def _is_same(label: str, name: str) -> bool:
    return label == name


def _is_tail(label: str, name: str) -> bool:
    """Whether the lower of two joined labels is the name, or the label only adds a unit or note."""
    return label.rsplit("/", 1)[-1] == name or (len(name) >= 3 and label.startswith(name))


def is_total_row(row: SheetRow) -> bool:
    """Whether the row only sums up those above it."""
    first = next((cell.text for cell in row.cells if cell.text.strip()), "")
    return plain(first).startswith(("合计", "总计", "小计", "共计", "制表人", "填表人", "审核人"))
