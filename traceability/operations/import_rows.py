"""The rows of an import as they are kept: what was wrong with them, and what they became."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from psycopg.types.json import Jsonb

from enterprises.models import ImportRow, ImportSession
from shilian.db.copy import copy_lines, copy_rows
from shilian.db.ids import new_ids
from shilian.problems import Problem
from traceability.models import ShelfLifeUnit
from traceability.sheets.base import Judged, SheetKind

PLAIN = ("id", "session_id", "row_no", "outcome", "record_id")
TOLD = (*PLAIN, "raw", "values", "problems")
# An either-or column shows the faults of both of its fields.
EITHER = {"produced_on": "produced_on_or_batch", "batch_number": "produced_on_or_batch"}


def keep_rows(
    session: ImportSession, kind: SheetKind, judged: Sequence[Judged], *, written: bool
) -> Counter[str]:
    """Keep the rows, in the caller's transaction; gives how many came to each outcome.

    Of good rows only what they became is kept, and while a file is merely checked nothing at all.
    Each row of the file can be kept once: a second worker on the same rows fails and is undone.
    """
    counted: Counter[str] = Counter()
    plain: list[str] = []
    told: list[tuple[Any, ...]] = []
    ids = iter(new_ids(len(judged)))
    indexes = session.mapping["indexes"]
    for item in judged:
        outcome = "written" if item.is_new and written else item.outcome.value
        counted[outcome] += 1
        if item.problems:
            counted["warned"] += item.is_new
            head = (next(ids), session.pk, item.line.row_no, outcome, item.record_id)
            told.append((*head, *_said(item, kind, indexes)))
        elif written:
            record = r"\N" if item.record_id is None else item.record_id
            plain.append(f"{next(ids)}\t{session.pk}\t{item.line.row_no}\t{outcome}\t{record}\n")
    table = ImportRow._meta.db_table
    if plain:
        copy_lines(DEFAULT_DB_ALIAS, table, PLAIN, plain)
    if told:
        copy_rows(DEFAULT_DB_ALIAS, table, TOLD, told)
    return counted


def _said(item: Judged, kind: SheetKind, indexes: Mapping[str, int]) -> tuple[Jsonb, Jsonb, Jsonb]:
    problems = [shown(problem, kind, indexes) for problem in item.problems]
    return Jsonb(item.line.raw), Jsonb(plain_values(item.line.values)), Jsonb(problems)


def shown(problem: Problem, kind: SheetKind, indexes: Mapping[str, int]) -> dict[str, Any]:
    """The problem as a row keeps it, with the column of the sheet in which it lies."""
    name = kind.column_field(problem.field)
    column = indexes.get(name)
    if column is None:
        column = indexes.get(EITHER.get(name, ""))
    return {
        "code": problem.code,
        "field": name,
        "message": problem.message,
        "severity": problem.severity,
        "column": column,
    }


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON has them: days in ISO form, numbers as plain decimal text."""
    return {name: plain_value(value) for name, value in values.items()}


def plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        number, unit = value
        return f"{number}{ShelfLifeUnit(unit).label}"
    return value


def forget_rows(session: ImportSession, first: int, last: int) -> None:
    """Drop what a check said of these rows, before they are written. Cost: one query."""
    ImportRow.objects.filter(session=session, row_no__gte=first, row_no__lte=last).delete()
