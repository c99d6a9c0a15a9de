"""Sums of the leaf divisions' counts over an area: the only reader of the tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from enterprises.models import Sector
from supervision.metrics.base import TALLIES, add, no_counts, select_tallies
from supervision.models import SECTOR_CODES, SECTORS_BY_CODE

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Area:
    """Everything at or below a division path; or, when named, one station's operators alone."""

    path: str
    station_id: int | None = None

    @property
    def depth(self) -> int:
        """How many codes the path has: 1 for the province, 4 for a township."""
        return self.path.count("/") - 1


PROVINCE = Area(path="/")


def by_month(area: Area, months: Sequence[date]) -> dict[date, dict[Sector, Counts]]:
    """Counts of the area for each month and link; a month without rows is an empty mapping.

    Cost: one query.
    """
    found: dict[date, dict[Sector, Counts]] = {month: {} for month in months}
    for month, sector, *counts in _read(area, "t.month, t.sector", months):
        found[month][SECTORS_BY_CODE[sector]] = _counts(counts)
    return found


def by_child(
    area: Area, months: Sequence[date], sector: Sector | None = None
) -> dict[date, dict[str, Counts]]:
    """Counts of each direct child of the area by its code, for each month.

    What hangs on the area itself, below no child, has the code "". Cost: one query.
    """
    # A path begins with a slash, so its first code is the second part.
    child = f"split_part(d.path, '/', {area.depth + 2})"
    found: dict[date, dict[str, Counts]] = {month: {} for month in months}
    for month, code, *counts in _read(area, f"t.month, {child}", months, sector):
        found[month][code] = _counts(counts)
    return found


def by_path_part(
    part: int,
    months: Sequence[date],
    sector: Sector | None = None,
    *,
    area: Area = PROVINCE,
) -> dict[date, dict[str, Counts]]:
    """Counts of every division at one depth by its code, for each month.

    ``part``: 2 cities, 3 counties, 4 townships; of the whole province unless an area is named.
    """
    found: dict[date, dict[str, Counts]] = {month: {} for month in months}
    key = f"t.month, split_part(d.path, '/', {part + 1})"
    for month, code, *counts in _read(area, key, months, sector):
        if code:
            found[month][code] = _counts(counts)
    return found


def total(sectors: Mapping[Sector, Counts], only: Sector | None = None) -> Counts:
    """Σ over the links, or one link's counts."""
    if only is not None:
        return sectors.get(only, no_counts())
    return add(*sectors.values()) if sectors else no_counts()


def _read(
    area: Area, key: str, months: Iterable[date], sector: Sector | None = None
) -> list[tuple[Any, ...]]:
    source, parameters = _source(area, list(months))
    columns = ", ".join(f"sum(t.{column})::bigint" for column in TALLIES)
    only = ""
    if sector is not None:
        only = " AND t.sector = %s"
        parameters.append(SECTOR_CODES[sector])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {columns} FROM {source}{only} GROUP BY {key}",
            parameters,
        )
        return list(cursor.fetchall())


def _source(area: Area, months: list[date]) -> tuple[str, list[Any]]:
    """The leaf rows of the area, ending in a WHERE that may be added to."""
    if area.station_id is None:
        return (
            "supervision_divisionmonth t JOIN enterprises_division d ON d.id = t.division_id"
            " WHERE t.month = ANY(%s) AND d.path LIKE %s",
            [months, f"{area.path}%"],
        )
    rows = select_tallies(
        "month = ANY(%s) AND operator_id IN"
        " (SELECT id FROM enterprises_operator WHERE station_id = %s)"
    )
    return (
        f"({rows}) t JOIN enterprises_division d ON d.id = t.division_id WHERE d.path LIKE %s",
        [months, area.station_id, f"{area.path}%"],
    )


def _counts(values: Sequence[int]) -> Counts:
    return dict(zip(TALLIES, map(int, values), strict=True))
