"""The operators whose next records would lift an area's figures most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from enterprises.actor import Actor
from enterprises.models import Division, Operator, Sector
from enterprises.roles import Permission
from supervision.models import SECTOR_CODES
from supervision.queries import tallies
from supervision.queries.dashboard import area_for
from supervision.queries.indicators import HUNDRED, rounded
from supervision.queries.tallies import Area, Counts

MOST = 20


@dataclass(frozen=True, slots=True)
class LiftRow:
    """One operator: the days still missing, which figures it would join, and what each gains.

    Units: gains are percentage points, 0 where it would not count; the sums run down the list.
    """

    operator: Operator
    missing_days: int
    has_days: int
    required_days: int
    activity_gain: Decimal
    coverage_gain: Decimal
    activity_sum: Decimal
    coverage_sum: Decimal

    @property
    def activity_text(self) -> str:
        return _gain_text(self.activity_gain)

    @property
    def coverage_text(self) -> str:
        return _gain_text(self.coverage_gain)

    @property
    def sum_text(self) -> str:
        return f"{rounded(self.activity_sum):+} / {rounded(self.coverage_sum):+}"


def nearest_operators(
    actor: Actor, division: Division, month: date, sector: Sector | None = None
) -> list[LiftRow]:
    """At most twenty operators, those first that need the fewest days; two figures before one.

    Only registered operators that must record are asked for: one more visit makes them count.
    Raises: OutOfScope, Forbidden. Cost: 4 queries; reads the area's rows of one month.
    """
    area = area_for(actor, division)
    actor.require(Permission.VIEW_OPERATORS)
    counts = tallies.total(tallies.by_month(area, [month])[month], sector)
    found = _nearest(area, month, sector)
    operators = Operator.objects.visible_to(actor).select_related("county", "division", "station")
    known = operators.in_bulk([row[0] for row in found])
    return _rows([(known[row[0]], *row[1:]) for row in found if row[0] in known], counts)


def _rows(found: list[tuple[Any, ...]], counts: Counts) -> list[LiftRow]:
    each_active = _share(counts["obliged_count"])
    each_covered = _share(counts["ten_three_count"])
    rows, active, covered = list[LiftRow](), Decimal(0), Decimal(0)
    for operator, missing, has, required, is_inactive, is_uncovered in found:
        own = each_active if is_inactive else Decimal(0)
        other = each_covered if is_uncovered else Decimal(0)
        active, covered = active + own, covered + other
        rows.append(LiftRow(operator, missing, has, required, own, other, active, covered))
    return rows


def _share(denominator: int) -> Decimal:
    """What one operator is worth in percentage points."""
    return HUNDRED / denominator if denominator else Decimal(0)


def _gain_text(gain: Decimal) -> str:
    return f"{rounded(gain, '0.001'):+}" if gain else "—"


def _nearest(area: Area, month: date, sector: Sector | None) -> list[tuple[Any, ...]]:
    """Ids with missing days, days had and required, whether inactive and whether uncovered."""
    conditions = ""
    said: dict[str, Any] = {"month": month, "path": f"{area.path}%", "most": MOST}
    if sector is not None:
        conditions += " AND m.sector = %(sector)s"
        said["sector"] = SECTOR_CODES[sector]
    if area.station_id is not None:
        conditions += " AND m.operator_id IN (SELECT id FROM enterprises_operator WHERE station_id = %(station)s)"
        said["station"] = area.station_id
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(conditions=conditions), said)
        return list(cursor.fetchall())


# An operator that is active but not covered lacks one record of its own goods: one day.
_SQL = """
SELECT operator_id, CASE WHEN inactive THEN missing ELSE 1 END AS days, had, required_days,
  inactive, uncovered
FROM (
  SELECT m.operator_id, bit_count(m.days::bit(32))::int AS had, m.required_days,
    greatest(m.required_days - bit_count(m.days::bit(32))::int, 1) AS missing,
    NOT m.active AS inactive, m.ten_plus_three AND NOT m.covered AS uncovered
  FROM supervision_operatormonth m JOIN enterprises_division d ON d.id = m.division_id
  WHERE m.month = %(month)s AND d.path LIKE %(path)s AND m.in_scope AND m.activated AND m.obliged
    AND NOT m.excluded AND (NOT m.active OR (m.ten_plus_three AND NOT m.covered)){conditions}) AS near
ORDER BY days, (inactive AND uncovered) DESC, had DESC, operator_id
LIMIT %(most)s"""
