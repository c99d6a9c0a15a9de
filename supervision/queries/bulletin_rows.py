"""The divisions of a bulletin side by side, each against its own targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from enterprises.models import Division
from shilian import clock
from supervision.metrics import CONTEXT
from supervision.metrics.base import no_counts
from supervision.queries import tallies
from supervision.queries.adjustments import Adjustments
from supervision.queries.bulletin_area import BulletinArea
from supervision.queries.dashboard import ChildRow, RankingBasis, ranked_rows, ref
from supervision.queries.indicators import IndicatorValue, Targets, values_of
from supervision.queries.tallies import Area, Counts
from supervision.rules.register import last_day

Figures = dict[str, Any]
CITY, COUNTY, TOWNSHIP = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Basis:
    """What every table of a bulletin is made with."""

    month: date
    area: BulletinArea
    targets: Targets
    raised_cities: frozenset[str]
    adjustments: Adjustments

    @property
    def tallied(self) -> Area:
        return Area(path=self.area.path)


def tables(basis: Basis) -> Figures:
    """The ranked tables of the area's level, by the key that they have in the figures.

    Province: cities and counties; city: counties and townships; county: townships.
    Cost: two queries a table.
    """
    found: Figures = {}
    if basis.area.is_province:
        found["cities"] = _table(basis, Division.objects.cities(), CITY)
    if basis.area.level in (Division.Level.PROVINCE, Division.Level.CITY):
        found["counties"] = _table(basis, _below(basis).counties(), COUNTY)
    if not basis.area.is_province:
        found["townships"] = _table(basis, _below(basis).townships(), TOWNSHIP)
    return found


def _below(basis: Basis) -> Any:
    return Division.objects.under([basis.area.path])


def _table(basis: Basis, divisions: Any, part: int) -> list[Figures]:
    before = clock.previous_month(basis.month)
    found = tallies.by_path_part(part, [basis.month, before], area=basis.tallied)
    rows = ranked_rows(
        [ref(each) for each in divisions.standing_on(last_day(basis.month)).order_by("code")],
        found[basis.month],
        found[before],
        RankingBasis(
            basis.month, basis.targets, basis.raised_cities, basis.adjustments, "activity"
        ),
    )
    return [_row(row, basis, found[basis.month], found[before]) for row in rows]


def _row(
    row: ChildRow, basis: Basis, now: Mapping[str, Counts], before: Mapping[str, Counts]
) -> Figures:
    code = row.division.code
    counts, counts_before = now.get(code, no_counts()), before.get(code)
    if row.is_adjusted:
        counts_before = None
    context = values_of(
        counts, counts_before, basis.targets, raised=row.is_raised, indicators=CONTEXT
    )
    codes = row.division.path.strip("/").split("/")
    said = {"is_adjusted": True} if row.is_adjusted else {}
    return said | {
        "code": code,
        "name": row.division.name,
        "city_code": codes[1],
        "parent_code": codes[-2],
        "is_zone": row.division.is_zone,
        "is_raised": row.is_raised,
        "operator_count": row.operator_count,
        "record_count": row.record_count,
        "ranks": dict(row.ranks),
        "values": by_code([*row.indicators, *context]),
    }


def by_code(values: Iterable[IndicatorValue]) -> Figures:
    return {
        value.code: {
            "numerator": value.numerator,
            "denominator": value.denominator,
            "rate": _text(value.rate),
            "change_pp": _text(value.change_pp),
            "target": _text(value.target),
            "meets_target": value.meets_target,
            "excluded": value.excluded,
        }
        for value in values
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
