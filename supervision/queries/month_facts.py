"""What the tallies of an area's month do not hold: licences, classes of goods, freeze, exclusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from enterprises.models import Sector
from shilian import clock
from supervision.models import SECTOR_CODES
from supervision.queries.adjustments import ADJUSTMENTS_SQL, Adjustments, read
from supervision.queries.classes import OF_STATION_SQL, STATION_OPERATORS_SQL, classes_sql
from supervision.queries.tallies import Area
from supervision.rollups.licences import COLUMNS, COUNTS_SQL, day_of, holders_sql
from supervision.rules.register import last_day

NO_LICENCES: Mapping[str, int] = dict.fromkeys(COLUMNS, 0)


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """Of the newest month asked: whether it is frozen, its months excluded as made up, its classes,
    and which divisions of the province replaced others in it.

    ``licences`` are by month; ``classes`` as ``queries.classes`` reads them.
    """

    is_frozen: bool
    made_up_count: int
    classes: list[Mapping[str, Any]]
    adjustments: Adjustments
    licences: Mapping[date, Mapping[str, int]]


def month_facts(area: Area, months: Sequence[date], sector: Sector | None = None) -> MonthFacts:
    """The facts of the months, the last of them being the page's. Cost: one query."""
    with connection.cursor() as cursor:
        cursor.execute(*_question(area, months, sector))
        rows = list(cursor.fetchall())
    is_frozen, made_up, classes, adjusted = rows[0][:4]
    found = {month: dict(zip(COLUMNS, counts, strict=True)) for *_, month, counts in rows if month}
    licences = {month: found.get(month, NO_LICENCES) for month in months}
    return MonthFacts(is_frozen, made_up, classes or [], read(adjusted or []), licences)


def _question(
    area: Area, months: Sequence[date], sector: Sector | None
) -> tuple[str, dict[str, Any]]:
    of_station = area.station_id is not None
    said: dict[str, Any] = {
        "months": list(months),
        "frozen": months[-1],
        "last": last_day(months[-1]),
        "area": area.path,
        "id": area.division_id,
        "path": f"{area.path}%",
        "station": area.station_id,
        "day": day_of(months[-1], clock.today()),
    }
    of_link, of_row = "", ""
    if sector is not None:
        said["sector"] = SECTOR_CODES[sector]
        of_link, of_row = " AND l.sector = %(sector)s", " AND m.sector = %(sector)s"
    query = _SQL.format(
        source=_STATION_SQL if of_station else _DIVISION_SQL,
        made_up=_MADE_UP_SQL + of_row + (_OF_STATION if of_station else ""),
        adjusted=ADJUSTMENTS_SQL,
        classes=classes_sql(of_station=of_station, only=of_row if of_station else of_link),
        only=of_link,
    )
    return query, said


# The left side is always one row, so that a month without licences still tells the rest.
_SQL = """
SELECT f.is_frozen, f.made_up, f.classes, f.adjusted, t.month, t.counts
FROM (
  SELECT EXISTS (SELECT 1 FROM supervision_monthfreeze WHERE month = %(frozen)s) AS is_frozen,
    ({made_up}) AS made_up, ({classes}) AS classes, ({adjusted}) AS adjusted) f
LEFT JOIN (
  SELECT l.month, ARRAY[sum(l.licensed_count), sum(l.licence_valid_count)]::bigint[] AS counts
  FROM {source}{only} GROUP BY l.month) t ON true"""
_DIVISION_SQL = (
    "supervision_licencemonth l WHERE l.month = ANY(%(months)s) AND l.division_id = %(id)s"
)

# What an officer excluded is in few rows; the month's own row says whether it was counted so.
_MADE_UP_SQL = """
SELECT count(*) FROM supervision_suspicion s
JOIN supervision_operatormonth m ON m.operator_id = s.operator_id AND m.month = s.month
JOIN enterprises_division d ON d.id = m.division_id
WHERE s.month = %(frozen)s AND s.state = 'excluded' AND m.excluded AND d.path LIKE %(path)s"""
# A station's few operators are counted on the spot: the stored rows know no stations. Said of the
# licences as well, or all of the province's would be grouped first.
_OF_STATION = f" AND s.operator_id = ANY({STATION_OPERATORS_SQL})"
_HOLDERS_SQL = holders_sql(f"operator_id = ANY({STATION_OPERATORS_SQL})")
_STATION_SQL = f"""(
  SELECT m.month, m.sector, {COUNTS_SQL}
  FROM supervision_operatormonth m JOIN ({_HOLDERS_SQL}) AS h ON h.operator_id = m.operator_id
  WHERE m.month = ANY(%(months)s) AND m.in_scope AND {OF_STATION_SQL}
  GROUP BY m.month, m.sector) l WHERE true"""
