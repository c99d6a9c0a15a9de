"""The licences of an area, and whether its month is frozen: what the tallies do not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from enterprises.models import Sector
from shilian import clock
from supervision.models import SECTOR_CODES
from supervision.queries.tallies import Area
from supervision.rollups.licences import COLUMNS, COUNTS_SQL, HOLDERS_SQL, day_of

NONE: Mapping[str, int] = dict.fromkeys(COLUMNS, 0)


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """Whether the newest month asked is frozen, and the licences of each month."""

    is_frozen: bool
    licences: Mapping[date, Mapping[str, int]]


def month_facts(area: Area, months: Sequence[date], sector: Sector | None = None) -> MonthFacts:
    """Licences of the months, the last of them being the page's. Cost: one query."""
    said: dict[str, Any] = {"months": list(months), "frozen": months[-1], "path": f"{area.path}%"}
    only = ""
    if sector is not None:
        only, said["sector"] = " AND l.sector = %(sector)s", SECTOR_CODES[sector]
    source = "supervision_licencemonth"
    if area.station_id is not None:
        source = _STATION_SQL
        said |= {"station": area.station_id, "day": day_of(months[-1], clock.today())}
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(source=source, only=only), said)
        rows = list(cursor.fetchall())
    found = {month: dict(zip(COLUMNS, counts, strict=True)) for _, month, *counts in rows}
    return MonthFacts(rows[0][0], {month: found.get(month, NONE) for month in months})


# The left side is always one row, so that a month without licences still tells whether it is frozen.
_SQL = """
SELECT f.is_frozen, t.month, coalesce(t.licensed, 0), coalesce(t.valid, 0)
FROM (SELECT EXISTS (SELECT 1 FROM supervision_monthfreeze WHERE month = %(frozen)s) AS is_frozen) f
LEFT JOIN (
  SELECT l.month, sum(l.licensed_count)::bigint AS licensed,
    sum(l.licence_valid_count)::bigint AS valid
  FROM {source} l JOIN enterprises_division d ON d.id = l.division_id
  WHERE l.month = ANY(%(months)s) AND d.path LIKE %(path)s{only} GROUP BY l.month) t ON true"""

# A station's few operators are counted on the spot: the leaf rows know no stations.
_STATION_SQL = f"""(
  SELECT m.division_id, m.month, m.sector, {COUNTS_SQL}
  FROM supervision_operatormonth m JOIN ({HOLDERS_SQL}) AS h ON h.operator_id = m.operator_id
  WHERE m.month = ANY(%(months)s) AND m.in_scope AND m.operator_id IN
    (SELECT id FROM enterprises_operator WHERE station_id = %(station)s)
  GROUP BY m.division_id, m.month, m.sector)"""
