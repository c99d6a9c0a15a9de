"""Carrying what moves in the leaf divisions' tallies into those of every division above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from supervision.metrics.base import TALLIES
from supervision.models import AreaMonth, DivisionMonth

KEY = ("division_id", "month", "sector")
_COLUMNS = ", ".join((*KEY, *TALLIES))
_TABLE = AreaMonth._meta.db_table


def on_path_of(leaf: str) -> str:
    """SQL that joins the rows ``leaf`` with ``part.code``, each division from the province down.

    A path holds the codes, and a code's value is its division's id.
    """
    return (
        f"JOIN enterprises_division d ON d.id = {leaf}.division_id"
        " CROSS JOIN unnest(string_to_array(trim('/' FROM d.path), '/')) AS part(code)"
    )


def select_areas(leaves: str) -> str:
    """SQL that sums leaf rows, with the columns of DivisionMonth, for each division on their paths."""
    sums = ", ".join(f"sum(l.{name})::int AS {name}" for name in TALLIES)
    return (
        f"SELECT part.code::bigint AS division_id, l.month, l.sector, {sums}"
        f" FROM ({leaves}) l {on_path_of('l')}"
        " GROUP BY part.code, l.month, l.sector"
    )


def add(difference: Mapping[tuple[Any, ...], tuple[int, ...]]) -> None:
    """Add the leaves' differences, by division, month, link and county, to all divisions above.

    The caller holds ``lock_numbers``. Cost: one query.
    """
    if not difference:
        return
    rows = (key[: len(KEY)] + counts for key, counts in sorted(difference.items()))
    types = ("date" if name == "month" else "bigint" for name in (*KEY, *TALLIES))
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    moved = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name in TALLIES)
    leaves = f"SELECT * FROM unnest({arrays}) AS u ({_COLUMNS})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} AS t ({_COLUMNS}) {select_areas(leaves)}"
            f" ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {moved}",
            [list(column) for column in zip(*rows, strict=True)],
        )


def sum_up(months: Sequence[date]) -> None:
    """Sum the leaves' rows of the months up again, whatever was there. Cost: two queries."""
    leaves = f"SELECT * FROM {DivisionMonth._meta.db_table} WHERE month = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE} WHERE month = ANY(%s)", [list(months)])
        cursor.execute(
            f"INSERT INTO {_TABLE} ({_COLUMNS}) {select_areas(leaves)}",
            [list(months)],
        )
