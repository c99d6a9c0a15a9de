"""The counts of divisions and stations by month: the only reader of the tallies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from enterprises.models import Sector
from supervision.metrics.base import TALLIES, add, no_counts, select_tallies
from supervision.models import SECTOR_CODES, SECTORS_BY_CODE

Counts = Mapping[str, int]
# What stands behind FROM, ending in a WHERE that may be added to, and its parameters.
Source = tuple[str, list[Any]]

_COLUMNS = ", ".join(f"t.{column}" for column in TALLIES)
_WITHIN = "supervision_areamonth t JOIN enterprises_division d ON d.id = t.division_id"


@dataclass(frozen=True, slots=True)
class Area:
    """Everything at or below a division path; or, when named, one station's operators alone."""

    path: str
    station_id: int | None = None

    @property
    def depth(self) -> int:
        """How many codes the path has: 1 for the province, 4 for a township."""
        return self.path.count("/") - 1

    @property
    def division_id(self) -> int | None:
        """The division at the path's end; None for what is above every province."""
        code = self.path.rstrip("/").rpartition("/")[2]
        return int(code) if code else None


PROVINCE = Area(path="/")


def by_month(area: Area, months: Sequence[date]) -> dict[date, dict[Sector, Counts]]:
    """Counts of the area for each month and link; a month without rows is an empty mapping.

    Cost: one query.
    """
    found: dict[date, dict[Sector, Counts]] = {month: {} for month in months}
    for month, sector, *counts in _read(_area_source(area, months), "t.month, t.sector"):
        found[month][SECTORS_BY_CODE[sector]] = _counts(counts)
    return found


def by_child(
    area: Area, months: Sequence[date], sector: Sector | None = None
) -> dict[date, dict[str, Counts]]:
    """Counts of each direct child of the area by its code, for each month.

    What hangs on the area itself, below no child, has the code "". Cost: one query.
    """
    found: dict[date, dict[str, Counts]] = {month: {} for month in months}
    source = _children_source(area, months)
    for month, code, *counts in _read(source, "t.month, t.child", sector):
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
    source = (
        f"{_WITHIN} WHERE t.month = ANY(%s) AND d.path LIKE %s"
        # A path of two codes has four parts, the first and the last of them empty.
        " AND cardinality(string_to_array(d.path, '/')) = %s",
        [list(months), f"{area.path}%", part + 2],
    )
    for month, code, *counts in _read(source, "t.month, d.code", sector):
        found[month][code] = _counts(counts)
    return found


def total(sectors: Mapping[Sector, Counts], only: Sector | None = None) -> Counts:
    """Σ over the links, or one link's counts."""
    if only is not None:
        return sectors.get(only, no_counts())
    return add(*sectors.values()) if sectors else no_counts()


def _read(source: Source, key: str, sector: Sector | None = None) -> list[tuple[Any, ...]]:
    rows, parameters = source
    columns = ", ".join(f"sum(t.{column})::bigint" for column in TALLIES)
    only = ""
    if sector is not None:
        only = " AND t.sector = %s"
        parameters = [*parameters, SECTOR_CODES[sector]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {columns} FROM {rows}{only} GROUP BY {key}", parameters)
        return list(cursor.fetchall())


def _area_source(area: Area, months: Sequence[date]) -> Source:
    """The rows whose sum is the area's."""
    if area.station_id is not None:
        return _station_source(area, area.station_id, months)
    if area.division_id is None:
        return f"{_WITHIN} WHERE t.month = ANY(%s) AND d.parent_id IS NULL", [list(months)]
    return (
        "supervision_areamonth t WHERE t.month = ANY(%s) AND t.division_id = %s",
        [list(months), area.division_id],
    )


def _children_source(area: Area, months: Sequence[date]) -> Source:
    """The rows of each child, and those of the area itself as the child ""."""
    if area.station_id is not None:
        return _station_source(area, area.station_id, months)
    return (
        f"(SELECT d.code AS child, t.month, t.sector, {_COLUMNS} FROM {_WITHIN}"
        " WHERE t.month = ANY(%s) AND d.parent_id = %s"
        f" UNION ALL SELECT '', t.month, t.sector, {_COLUMNS} FROM supervision_divisionmonth t"
        " WHERE t.month = ANY(%s) AND t.division_id = %s) t WHERE true",
        [list(months), area.division_id] * 2,
    )


def _station_source(area: Area, station_id: int, months: Sequence[date]) -> Source:
    """Of the station's operators, counted on the spot: the stored rows know no stations."""
    # As values found before everything else: joins would be planned for many more rows.
    rows = select_tallies(
        "month = ANY(%s)"
        " AND operator_id = ANY(ARRAY(SELECT id FROM enterprises_operator WHERE station_id = %s))"
        " AND division_id = ANY(ARRAY(SELECT id FROM enterprises_division WHERE path LIKE %s))"
    )
    # A path begins with a slash, so its first code is the second part.
    child = f"split_part(d.path, '/', {area.depth + 2})"
    return (
        f"(SELECT r.*, {child} AS child FROM ({rows}) r"
        " JOIN enterprises_division d ON d.id = r.division_id) t WHERE true",
        [list(months), station_id, f"{area.path}%"],
    )


def _counts(values: Sequence[int]) -> Counts:
    return dict(zip(TALLIES, map(int, values), strict=True))
