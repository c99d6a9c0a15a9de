"""Columns of any number of rows by id, packed by the database as the trace packs its links.

A trace reaches a quarter million batches: a row of the driver for each would take longer than the
trace. The columns must be whole numbers and not null.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import TypeAlias

import numpy as np
from django.db import connection
from msgspec import json
from numpy.typing import NDArray

# 64-bit numbers; of ids, days as ordinals, places in another column.
Column: TypeAlias = NDArray[np.int64]
NOTHING: Column = np.empty(0, np.int64)

# The array stands in a subquery, where the planner does not look at each of its ids; the bounds
# keep to the months between the first and the last. The index is then read once from end to end,
# three times as fast as one probe for each id (measured: 150,000 ids over five months).
_COLUMNS = """
    SELECT string_agg(int8send(b.id), ''), {columns}
    FROM {table} b
    WHERE b.id = ANY ((SELECT %s::bigint[])::bigint[]) AND b.id >= %s AND b.id <= %s"""


def columns_of(table: str, ids: Collection[int], expressions: Sequence[str]) -> list[Column]:
    """Each expression (SQL over the row ``b``) as a column beside the ids, in their order.

    A zero where the table has no such row. Cost: one query, none for no ids.
    """
    found, columns = rows_of(table, ids, expressions)
    if not len(found):
        return [np.zeros(len(ids), np.int64) for _ in expressions]
    places, is_there = places_in(found, as_column(ids))
    return [np.where(is_there, values[places], 0) for values in columns]


def rows_of(
    table: str, ids: Collection[int], expressions: Sequence[str]
) -> tuple[Column, list[Column]]:
    """The ids that the table has, by size, and beside them each expression as a column."""
    if not len(ids):
        return NOTHING, [NOTHING for _ in expressions]
    packed = ", ".join(f"string_agg(int8send(({text})::bigint), '')" for text in expressions)
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS.format(table=table, columns=packed), asked_for(ids))
        found, *columns = (unpacked(values) for values in cursor.fetchone())
    if (found[1:] < found[:-1]).any():
        # A table too small for its index is read as it lies.
        order = np.argsort(found)
        return found[order], [values[order] for values in columns]
    return found, columns


def as_column(values: Collection[int]) -> Column:
    """The numbers as a column; arrays and columns are not copied."""
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, array):
        return np.frombuffer(values, np.int64)
    return np.fromiter(values, np.int64, len(values))


def unpacked(packed: memoryview | None) -> Column:
    """64-bit numbers in PostgreSQL's byte order; None is an aggregate over no rows."""
    return NOTHING if packed is None else np.frombuffer(packed, ">i8").astype(np.int64)


def distinct(values: Column) -> Column:
    """Each number once, by size; ``np.unique`` hashes them, which takes three times as long."""
    ordered = np.sort(values)
    is_new: NDArray[np.bool_] = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[is_new]


def places_in(ordered: Column, wanted: Column) -> tuple[Column, NDArray[np.bool_]]:
    """Where in the ordered column, which is not empty, each wanted number stands; and whether."""
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return places, ordered[places] == wanted


def asked_for(ids: Collection[int]) -> tuple[str, int, int]:
    """The ids as ``written``, the first and the last of them."""
    ordered = np.sort(as_column(ids)).tolist()
    return array_text(ordered), ordered[0], ordered[-1]


def written(ids: Collection[int]) -> str:
    """The ids as PostgreSQL writes an array, by size, so that an index is read in its own order."""
    return array_text(np.sort(as_column(ids)).tolist())


def array_text(ids: list[int]) -> str:
    """The ids as PostgreSQL writes an array.

    Written out, because the driver takes ten times as long over a list of a hundred thousand.

    JSON's list is made in a fifth of the time of joining its numbers.
    """
    return f"{{{json.encode(ids)[1:-1].decode()}}}"
