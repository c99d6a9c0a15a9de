"""Rows of a kind of sheet as every door reads them, for the tests of the kinds."""

from __future__ import annotations

from typing import Any

from enterprises.models import Operator
from tests.builders.enterprises import AT, owner_of
from tests.builders.traceability import TODAY
from traceability.operations import intake
from traceability.sheets.base import Judged, Line, SheetKind, cells_of

FIRST_ROW = 3


def read(kind: SheetKind, said: dict[str, Any], row_no: int = FIRST_ROW) -> Line:
    return kind.read(cells_of(said), row_no, TODAY.replace(day=1))


def judge(kind: SheetKind, operator: Operator, *rows: dict[str, Any]) -> list[Judged]:
    """The verdicts on the rows, the first being the sheet's third row."""
    lines = [read(kind, said, FIRST_ROW + place) for place, said in enumerate(rows)]
    for line, said in zip(lines, rows, strict=True):
        line.raw = {kind.titles[name]: str(value) for name, value in said.items()}
    by = owner_of(operator)
    return intake.judge_lines(kind, by=by, operator=operator, lines=lines, at=AT)


def record(kind: SheetKind, operator: Operator, *rows: dict[str, Any]) -> list[int]:
    """Judge the rows, expect all of them to be good, and record them."""
    verdicts = judge(kind, operator, *rows)
    assert [told(each) for each in verdicts if not each.is_new] == []
    return kind.record(owner_of(operator), operator, verdicts, AT)


def told(verdict: Judged) -> tuple[str, list[tuple[str, str]]]:
    """The outcome, and where which problem lies."""
    return verdict.outcome.value, [(each.code, each.field) for each in verdict.problems]


def codes_of(kind: SheetKind, operator: Operator, said: dict[str, Any]) -> list[tuple[str, str]]:
    """The errors of one row, as code and column."""
    [verdict] = judge(kind, operator, said)
    return [
        (each.code, kind.column_field(each.field))
        for each in verdict.problems
        if not each.is_warning
    ]
