"""Figures of an area by class of goods: the ten classes and the three catering kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from supervision.metrics.base import no_counts, ratio
from supervision.queries.indicators import NO_DATA, IndicatorValue, Targets, rounded, values_of
from supervision.rollups.classes import COLUMNS, COUNTS_SQL, IN_FORCE_SQL, TRADERS_SQL


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of goods of an area; an operator of several classes counts in each.

    ``indicators`` are the four, the last always without data: systems have no class.
    Units: ``mean_days`` are days with a valid record for each operator that is obliged.
    """

    code: str
    name: str
    indicators: list[IndicatorValue]
    operator_count: int
    record_count: int
    mean_days: Decimal | None

    @property
    def mean_days_text(self) -> str:
        return NO_DATA if self.mean_days is None else f"{rounded(self.mean_days, '0.1')}"


def class_rows(found: list[Mapping[str, Any]], targets: Targets, *, raised: bool) -> list[ClassRow]:
    """The classes as ``CLASSES_SQL`` told them, in their own order."""
    return [_row(each, targets, raised) for each in found]


def _row(told: Mapping[str, Any], targets: Targets, raised: bool) -> ClassRow:
    counts = no_counts() | {name: told[name] or 0 for name in COLUMNS}
    counts["ten_three_count"] = counts["operator_count"]
    return ClassRow(
        code=told["code"],
        name=told["name"],
        indicators=values_of(counts, None, targets, raised=raised),
        operator_count=counts["operator_count"],
        record_count=counts["record_count"],
        mean_days=ratio(counts["day_count"], counts["obliged_count"]),
    )


_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in COLUMNS)
# Every class in force has a row, also where nobody trades in it.
CLASSES_SQL = """
SELECT json_agg(t ORDER BY t.bit) FROM (
  SELECT g.code, g.name, g.bit, c.*
  FROM traceability_goodsclass g LEFT JOIN ({counts}) c ON c.goods_class = g.code
  WHERE {in_force}) t"""
_OF_DIVISION_SQL = f"""
  SELECT l.goods_class, {_SUMS}
  FROM supervision_classmonth l JOIN enterprises_division d ON d.id = l.division_id
  WHERE l.month = %(frozen)s AND d.path = %(area)s{{only}} GROUP BY l.goods_class"""
# Of a station's operators' months ``m`` in the area. As values found before everything else: joins
# would be planned for many more rows.
STATION_OPERATORS_SQL = "ARRAY(SELECT id FROM enterprises_operator WHERE station_id = %(station)s)"
OF_STATION_SQL = f"""m.operator_id = ANY({STATION_OPERATORS_SQL})
    AND m.division_id = ANY(ARRAY(SELECT id FROM enterprises_division WHERE path LIKE %(path)s))"""
# A station's few operators are counted on the spot: the stored rows know no stations.
_OF_STATION_SQL = f"""
  SELECT g.code AS goods_class, {COUNTS_SQL}
  FROM {TRADERS_SQL}
  WHERE m.month = %(frozen)s AND m.in_scope AND {OF_STATION_SQL}{{only}}
  GROUP BY g.code"""


def classes_sql(*, of_station: bool, only: str) -> str:
    """The SELECT of all classes as one JSON value; ``only`` narrows it to a link."""
    counts = _OF_STATION_SQL if of_station else _OF_DIVISION_SQL
    return CLASSES_SQL.format(counts=counts.format(only=only), in_force=IN_FORCE_SQL)
