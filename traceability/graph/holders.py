"""Who holds the batches of a trace: any number of operators, with names, by county.

The database packs the columns and Python joins them: a row for each of a hundred thousand holders
would take longer than the trace.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection

from enterprises.models import Division, Operator, Sector
from traceability.graph.columns import (
    Column,
    as_column,
    asked_for,
    columns_of,
    places_in,
    unpacked,
)
from traceability.graph.trace import numbers

SEPARATOR = "\x1f"
# The links of the chain in the order in which columns number them; of an unknown one the first.
SECTORS: tuple[str, ...] = ("", *Sector.values)
_SECTOR = f"array_position(ARRAY{list(SECTORS[1:])}, b.sector::text)"
# Who holds each batch, and those operators. Joined only afterwards: the planner cannot guess how
# many there are, so it looked each of them up by itself and took twice as long.
_HELD = """
    SELECT held.counties, held.operators, known.*
    FROM (
      SELECT string_agg(int8send(b.county_id), '') AS counties,
        string_agg(int8send(b.operator_id), '') AS operators,
        array_agg(b.operator_id) AS ids
      FROM traceability_batch b
      WHERE b.id = ANY ((SELECT %s::bigint[])::bigint[]) AND b.id >= %s AND b.id <= %s
    ) held, LATERAL (
      SELECT string_agg(int8send(id), '' ORDER BY name COLLATE "C"),
        string_agg(sector, E'\\x1f' ORDER BY name COLLATE "C"),
        string_agg(translate(name, E'\\x1f', ''), E'\\x1f' ORDER BY name COLLATE "C")
      FROM enterprises_operator WHERE id = ANY (held.ids)
    ) known"""


class HolderLine(NamedTuple):
    """One operator that holds batches; the fields stand in the order in which lists are written."""

    name: str
    operator_id: int
    sector: str
    batch_count: int


@dataclass(frozen=True, slots=True)
class CountyHolders:
    """The holders of one county, by name: columns, because lists have a hundred thousand."""

    county_id: int
    county: str
    names: list[str]
    operator_ids: list[int]
    sectors: list[str]
    batch_counts: list[int]

    @property
    def holders(self) -> Iterator[HolderLine]:
        columns = (self.names, self.operator_ids, self.sectors, self.batch_counts)
        return map(HolderLine._make, zip(*columns, strict=True))

    @property
    def batch_count(self) -> int:
        return sum(self.batch_counts)


def holders_by_county(batch_ids: Collection[int]) -> list[CountyHolders]:
    """Who holds the batches, by county and name: the list of a recall.

    The caller asks only about batches that the reader may see.
    Cost: two queries; names are sorted by their characters' numbers.
    """
    if not batch_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_HELD, asked_for(batch_ids))
        counties, holders, *told = cursor.fetchone()
    operator_ids, sectors, names = _operators(*told)
    if not operator_ids:
        return []
    # Numbered in the order of their names.
    by_id = np.argsort(as_column(operator_ids))
    found, is_known = places_in(as_column(operator_ids)[by_id], unpacked(holders))
    (county_ids, held_by), counts = _pairs(unpacked(counties)[is_known], by_id[found[is_known]])
    places = held_by.tolist()
    columns = [
        *([each[place] for place in places] for each in (names, operator_ids, sectors)),
        counts.tolist(),
    ]
    firsts = np.flatnonzero(np.diff(county_ids, prepend=-1))
    titles = county_names(county_ids[firsts].tolist())
    return [
        CountyHolders(
            county_id,
            titles.get(county_id, ""),
            *(each[first:end] for each in columns),
        )
        for county_id, first, end in zip(
            county_ids[firsts].tolist(),
            firsts.tolist(),
            [*firsts[1:].tolist(), len(places)],
            strict=True,
        )
    ]


def _pairs(first: Column, second: Column) -> tuple[tuple[Column, Column], Column]:
    """Each pair that occurs, sorted, and how often."""
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    places = np.flatnonzero(is_new)
    return (first[places], second[places]), np.diff(places, append=len(order))


def _operators(
    pks: memoryview | None, sectors: str | None, names: str | None
) -> tuple[array[int], list[str], list[str]]:
    """What an aggregate packed; of no operators it is null."""
    if pks is None or sectors is None or names is None:
        return array("q"), [], []
    return numbers(pks), sectors.split(SEPARATOR), names.split(SEPARATOR)


def sectors_of(owners: Collection[int]) -> Column:
    """Beside operators, the place of their link of the chain in ``SECTORS``. Cost: one query."""
    [works] = columns_of(Operator._meta.db_table, owners, [_SECTOR])
    return works


def county_names(county_ids: Collection[int]) -> dict[int, str]:
    """The counties with their cities, because county names repeat."""
    rows = Division.objects.filter(pk__in=list(county_ids)).values_list(
        "pk", "name", "parent__name"
    )
    return {pk: f"{city or ''}{name}" for pk, name, city in rows}
