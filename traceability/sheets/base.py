"""One kind of sheet as a declared object: the same for a file, an API batch and an EPCIS event.

A door turns what it was sent into cells by field and calls ``read`` on each item; ``judge`` looks at
many lines at once and writes nothing; ``record`` writes the good ones, all or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.problems import Problem
from shilian.sheets.headers import Column
from shilian.sheets.reader import EMPTY, Cell

Cells = Mapping[str, Cell]


class Outcome(StrEnum):
    """What becomes of a line; the values are those of ``ImportRow.Outcome``."""

    NEW = "new"
    SAME = "same"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Line:
    """One item as far as it could be understood.

    ``raw`` is what was typed, by the sender's own column names, set by the door; ``values`` is what
    it means, by field: dates, decimals and tidy text. Fields that say nothing are absent. A sum, a
    signature or a header again is no record, and nobody judges it. Lines that share one ``alike``
    say the same in the first part of ``Quick``.
    """

    row_no: int
    raw: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_record: bool = True
    alike: object = None

    @property
    def is_readable(self) -> bool:
        """Whether nothing in it stops a record."""
        return not self.problems or all(problem.is_warning for problem in self.problems)

    def add(self, code: str, field_: str, message: str, *, warning: bool = False) -> None:
        severity: Any = "warning" if warning else "error"
        self.problems.append(Problem(code, field_, message, self.row_no, severity))


@dataclass(slots=True)
class Judged:
    """A line with its outcome and every reason for it.

    ``draft`` is what the kind's ``record`` needs of a new line. ``record_id`` is the record that a
    line of outcome ``same`` repeats, when it is one record. ``record`` may leave in ``batch`` the id
    and the salt of the batch that a new record is about; ``is_matched`` when the record took in
    goods that a registered seller had announced.
    """

    line: Line
    outcome: Outcome
    problems: list[Problem]
    draft: Any = None
    record_id: int | None = None
    batch: tuple[int, int] | None = None
    is_matched: bool = False

    @property
    def is_new(self) -> bool:
        return self.outcome is Outcome.NEW


Read = Callable[[Cells, int, date], Line]
Judge = Callable[[Actor, Operator, Sequence[Line], datetime], list[Judged]]
Record = Callable[[Actor, Operator, Sequence[Judged], datetime], list[int]]
Belongs = Callable[[Sequence[Line], Line], bool]


@dataclass(frozen=True, slots=True)
class Quick:
    """What a kind's rows are made of, for sheets so long that most rows repeat others.

    ``parts`` are groups of fields, each understood apart from the others; the first holds what
    rows about the same goods and people agree in. ``codes`` differ from row to row; ``code_of``
    gives what the text of one means, or None where there is any doubt. Rows that say anything in
    another field are read in full.
    """

    parts: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...]
    code_of: Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class SheetKind:
    """One kind of sheet.

    ``read`` gets the cells that are not empty by field, the row number and the month that completes
    days written without a year. ``judge`` returns one verdict for each line, in their order.
    ``record`` gets only new lines and returns the ids of their records in the same order, or raises
    Rejected with problems that name rows and leaves nothing. ``identity`` names the fields in which
    two rows of one file agree when they tell the same thing twice; without it no row is a repeat.
    ``shown_at`` says in which column a fault of another field is shown. ``belongs`` says whether a
    row tells more of the record of the rows above it; such rows are never taken in apart. ``counted``
    are the fields that a cell merged over several rows cannot tell of each. ``event_day`` is the field
    of the day on which what the row tells happened. ``quick`` is for kinds
    that come by the hundred thousand.
    """

    code: str
    name: str
    permission: Permission
    columns: tuple[Column, ...]
    read: Read
    judge: Judge
    record: Record
    example: tuple[dict[str, str], ...] = ()
    identity: tuple[str, ...] = ()
    shown_at: Mapping[str, str] = field(default_factory=dict)
    belongs: Belongs | None = None
    counted: tuple[str, ...] = ("quantity",)
    event_day: str = ""
    quick: Quick | None = None

    @property
    def titles(self) -> dict[str, str]:
        """Our own name of every column, by field."""
        return {column.field: column.title for column in self.columns}

    def column_field(self, problem_field: str) -> str:
        """The field of the column in which the fault is shown."""
        return self.shown_at.get(problem_field, problem_field)


# What goods' barcodes are called at the head of a column, in whatever kind of sheet.
GTIN_TITLES = (
    "商品条码",
    "条码",
    "条形码",
    "国际条码",
    "69码",
    "GTIN",
    "商品条形码",
    "产品条码",
    "国条码",
)
KINDS: dict[str, SheetKind] = {}


class UnknownSheet(LookupError):
    """No kind of sheet has this code."""


def register(kind: SheetKind) -> SheetKind:
    """Put the kind where every door finds it by its code."""
    KINDS[kind.code] = kind
    return kind


def find_kind(code: str) -> SheetKind:
    """Raises: UnknownSheet."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownSheet(code) from None


def cells_of(said: Mapping[str, Any]) -> dict[str, Cell]:
    """An item of named values as cells: what ``read`` takes from a door that has no sheet."""
    return {name: cell for name, value in said.items() if (cell := _cell(value)).kind != "empty"}


def _cell(value: Any) -> Cell:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return Cell("是" if value else "否", "boolean")
    return Cell(str(value), "text")
