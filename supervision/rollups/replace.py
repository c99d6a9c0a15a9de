"""Replacing operator-month rows, and carrying the difference into the divisions' tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection

from shilian.db.copy import copy_lines, copy_rows
from supervision.metrics.base import TALLIES, select_tallies
from supervision.models import DivisionDay, DivisionMonth, OperatorMonth, OperatorMonthDays
from supervision.rollups import areas
from supervision.rollups.rows import COLUMNS, Row

# Any number that no other lock of the platform uses: one writer of the numbers at a time.
LOCK_KEY = 7_208_001

Key = tuple[Any, ...]
Tally = dict[Key, tuple[int, ...]]

MONTH_KEY = ("division_id", "month", "sector", "county_id")
DAY_KEY = ("division_id", "day", "county_id")
DAY_COUNTS = ("record_count", "active_count")
DATES = ("month", "day")


def lock_numbers() -> None:
    """Wait to be the only writer of the numbers until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def replace_rows(month: date, operator_ids: Sequence[int], rows: Sequence[Row]) -> None:
    """Put the rows in the place of these operators' old ones and move the tallies along.

    The caller holds ``lock_numbers``. Cost: a fixed number of statements.
    """
    before = _months_of(month, operator_ids), _days_of(month, operator_ids)
    for model in (OperatorMonth, OperatorMonthDays):
        _delete(model._meta.db_table, month, operator_ids)
    write_rows(rows)
    after = _months_of(month, operator_ids), _days_of(month, operator_ids)
    moved = _difference(before[0], after[0])
    _add(DivisionMonth._meta.db_table, MONTH_KEY, tuple(TALLIES), moved)
    areas.add(moved)
    _add(DivisionDay._meta.db_table, DAY_KEY, DAY_COUNTS, _difference(before[1], after[1]))


def write_rows(rows: Sequence[Row]) -> None:
    table = OperatorMonth._meta.db_table
    copy_rows(DEFAULT_DB_ALIAS, table, COLUMNS, (row.values() for row in rows))
    copy_lines(
        DEFAULT_DB_ALIAS,
        OperatorMonthDays._meta.db_table,
        ["operator_id", "month", "counts"],
        (_days_line(row) for row in rows if row.by_day),
    )


def _days_line(row: Row) -> str:
    """As COPY's text form has it: for an array it takes a third of the time of the binary one."""
    return f"{row.operator_id}\t{row.month}\t{{{','.join(map(str, row.day_counts()))}}}\n"


def month_tallies(where: str, arguments: Sequence[Any]) -> Tally:
    """What DivisionMonth should hold for the operator-month rows of the condition."""
    keys = ", ".join(MONTH_KEY)
    columns = ", ".join(TALLIES)
    return _tally(
        f"SELECT {keys}, {columns} FROM ({select_tallies(where)}) t", arguments, len(MONTH_KEY)
    )


def area_tallies(where: str, arguments: Sequence[Any]) -> Tally:
    """What AreaMonth should hold for the operator-month rows of the condition."""
    return _tally(areas.select_areas(select_tallies(where)), arguments, len(areas.KEY))


def day_tallies(where: str, arguments: Sequence[Any]) -> Tally:
    """What DivisionDay should hold for the operator-month rows ``m`` of the condition."""
    return _tally(
        "SELECT m.division_id, m.month + n - 1, max(m.county_id), sum(d.counts[n])::int,"
        " count(*) FILTER (WHERE m.days >> (n - 1) & 1 = 1)"
        " FROM supervision_operatormonth m JOIN supervision_operatormonthdays d"
        " ON d.operator_id = m.operator_id AND d.month = m.month"
        " CROSS JOIN LATERAL generate_series(1, cardinality(d.counts)) n"
        f" WHERE m.in_scope AND d.counts[n] > 0 AND {where} GROUP BY 1, 2",
        arguments,
        len(DAY_KEY),
    )


def _months_of(month: date, operator_ids: Sequence[int]) -> Tally:
    return month_tallies("month = %s AND operator_id = ANY(%s)", [month, list(operator_ids)])


def _days_of(month: date, operator_ids: Sequence[int]) -> Tally:
    return day_tallies("m.month = %s AND m.operator_id = ANY(%s)", [month, list(operator_ids)])


def _tally(query: str, arguments: Sequence[Any], key_size: int) -> Tally:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return {row[:key_size]: row[key_size:] for row in cursor.fetchall()}


def _delete(table: str, month: date, operator_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE month = %s AND operator_id = ANY(%s)",
            [month, list(operator_ids)],
        )


def _difference(before: Tally, after: Tally) -> Tally:
    """After minus before, for the keys on which they differ."""
    found: Tally = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old != new:
            size = len(old or new or ())
            old, new = old or (0,) * size, new or (0,) * size
            found[key] = tuple(b - a for a, b in zip(old, new, strict=True))
    return found


def _add(table: str, keys: Sequence[str], counts: Sequence[str], difference: Tally) -> None:
    """Add the differences to the tallies, making rows that are not there yet. Cost: one query."""
    if not difference:
        return
    names = [*keys, *counts]
    columns = zip(*(key + values for key, values in sorted(difference.items())), strict=True)
    types = ("date" if name in DATES else "bigint" for name in names)
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    # The county follows the division; it is carried, not part of what identifies the row.
    unique = ", ".join(key for key in keys if key != "county_id")
    moved = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name in counts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS t ({', '.join(names)}) SELECT * FROM unnest({arrays})"
            f" ON CONFLICT ({unique}) DO UPDATE SET county_id = EXCLUDED.county_id, {moved}",
            [list(column) for column in columns],
        )
