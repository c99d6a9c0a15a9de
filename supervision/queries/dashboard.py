"""The dashboard of one division and month: figures, trend, children and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Sector, Station
from enterprises.roles import Permission
from shilian import clock
from supervision.metrics import CONTEXT, FOUR, LICENCES
from supervision.metrics.base import EXCLUDED, no_counts
from supervision.queries import tallies
from supervision.queries.indicators import (
    IndicatorValue,
    Targets,
    is_raised,
    raised_city_codes,
    ranks,
    rates_of,
    targets_in_force,
    values_of,
)
from supervision.queries.licences import month_facts
from supervision.queries.siblings import PeerStanding, peer_standings
from supervision.queries.tallies import Area, Counts

TREND_MONTHS = 13
BESIDE = (*CONTEXT, LICENCES)
UNPLACED = "未分到下级"


@dataclass(frozen=True, slots=True)
class DivisionRef:
    """A division as a page needs it; ``code`` is empty for what hangs below no child."""

    id: int
    code: str
    name: str
    level: str
    path: str

    @property
    def is_zone(self) -> bool:
        return self.level == Division.Level.ZONE


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """One month of the trend: each indicator's rate by code, and how many records."""

    month: date
    rates: Mapping[str, Decimal | None]
    record_count: int


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One division of a ranking; ``ranks`` holds its place by indicator code, ``rank`` the chosen."""

    division: DivisionRef
    indicators: list[IndicatorValue]
    operator_count: int
    record_count: int
    rank: int | None
    ranks: Mapping[str, int | None]
    is_raised: bool = False

    def value(self, code: str) -> IndicatorValue:
        return next(each for each in self.indicators if each.code == code)


@dataclass(frozen=True, slots=True)
class SectorRow:
    """One link (环节) of the division."""

    sector: Sector
    name: str
    indicators: list[IndicatorValue]
    operator_count: int
    record_count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything one dashboard shows.

    ``context`` holds timeliness, completeness, broken links and licences; ``excluded`` the operators left
    out of the denominators by standing. ``station_id`` is set when a station officer looks, who is
    not compared with whole divisions; ``standings`` is by indicator, empty without peers.
    """

    division: DivisionRef
    month: date
    indicators: list[IndicatorValue]
    context: list[IndicatorValue]
    trend: list[MonthPoint]
    children: list[ChildRow]
    by_sector: list[SectorRow]
    counts: Counts
    excluded: Mapping[str, int]
    sector: Sector | None
    is_frozen: bool
    has_raised_targets: bool
    targets: Targets
    raised_cities: frozenset[str]
    station_id: int | None = None
    standings: Mapping[str, PeerStanding] = field(default_factory=dict)

    @property
    def has_data(self) -> bool:
        return self.counts["operator_count"] > 0


def overview(
    actor: Actor,
    division: Division,
    month: date,
    sector: Sector | None = None,
    *,
    rank_by: str = "activity",
) -> Overview:
    """The dashboard of a division the actor answers for; a station officer gets the station's part.

    Raises: OutOfScope for a foreign division, Forbidden without the permission.
    Cost: at most 7 queries at any size.
    """
    area = area_for(actor, division)
    actor.require(Permission.VIEW_DASHBOARD)
    months = trend_months(month)
    by_month = tallies.by_month(area, months)
    targets, raised_cities = targets_in_force(month), raised_city_codes()
    raised = is_raised(division.path, raised_cities)
    now, before = by_month[month], by_month[clock.previous_month(month)]
    facts = month_facts(area, [clock.previous_month(month), month], sector)
    counts = {**tallies.total(now, sector), **facts.licences[month]}
    counts_before = {
        **tallies.total(before, sector), **facts.licences[clock.previous_month(month)],
    }  # fmt: skip
    return Overview(
        division=ref(division),
        month=month,
        indicators=values_of(counts, counts_before, targets, raised=raised),
        context=values_of(counts, counts_before, targets, raised=raised, indicators=BESIDE),
        trend=[_point(each, tallies.total(by_month[each], sector)) for each in months[1:]],
        children=_children(area, division, month, sector, targets, raised_cities, rank_by),
        by_sector=[_sector_row(each, now, before, targets, raised) for each in Sector],
        counts=counts,
        excluded={column: counts[column] for column in EXCLUDED},
        sector=sector,
        is_frozen=facts.is_frozen,
        has_raised_targets=raised,
        targets=targets,
        raised_cities=raised_cities,
        station_id=area.station_id,
        standings={} if area.station_id else peer_standings(division, month, sector),
    )


def area_for(actor: Actor, division: Division) -> Area:
    """What of the division the actor may count.

    Raises: OutOfScope when it is nothing.
    """
    if actor.scope.covers_path(division.path):
        return Area(path=division.path)
    stations = Station.objects.filter(pk__in=actor.scope.station_ids)
    for station_id, county_path in stations.values_list("pk", "county__path"):
        if division.path.startswith(county_path):
            return Area(path=division.path, station_id=station_id)
    raise OutOfScope


def trend_months(month: date) -> list[date]:
    """The trend's months and the one before them, oldest first."""
    months = [month]
    while len(months) <= TREND_MONTHS:
        months.append(clock.previous_month(months[-1]))
    return months[::-1]


def ref(division: Division) -> DivisionRef:
    return DivisionRef(
        id=division.pk,
        code=division.code,
        name=division.name,
        level=division.level,
        path=division.path,
    )


def ranked_rows(
    divisions: list[DivisionRef],
    now: Mapping[str, Counts],
    before: Mapping[str, Counts],
    targets: Targets,
    raised_cities: frozenset[str],
    rank_by: str,
) -> list[ChildRow]:
    """One row for each division, best first by the chosen indicator, those without data last."""
    places = {
        indicator.code: ranks(
            {each.code: indicator.rate(now.get(each.code, no_counts())) for each in divisions}
        )
        for indicator in FOUR
    }
    rows = [
        _child_row(
            each,
            now.get(each.code, no_counts()),
            before.get(each.code),
            targets,
            is_raised(each.path, raised_cities),
            {code: by_division[each.code] for code, by_division in places.items()},
            rank_by,
        )
        for each in divisions
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.division.code))


def _children(
    area: Area,
    division: Division,
    month: date,
    sector: Sector | None,
    targets: Targets,
    raised_cities: frozenset[str],
    rank_by: str,
) -> list[ChildRow]:
    if division.level == Division.Level.TOWNSHIP:
        return []
    found = tallies.by_child(area, [month, clock.previous_month(month)], sector)
    now, before = found[month], found[clock.previous_month(month)]
    children = [ref(each) for each in division.children.order_by("code")]
    if area.station_id is not None:
        children = [each for each in children if each.code in now or each.code in before]
    if "" in now:
        children.append(DivisionRef(division.pk, "", UNPLACED, division.level, division.path))
    return ranked_rows(children, now, before, targets, raised_cities, rank_by)


def _child_row(
    division: DivisionRef,
    counts: Counts,
    before: Counts | None,
    targets: Targets,
    raised: bool,
    places: Mapping[str, int | None],
    rank_by: str,
) -> ChildRow:
    return ChildRow(
        division=division,
        indicators=values_of(counts, before, targets, raised=raised),
        operator_count=counts["operator_count"],
        record_count=counts["record_count"],
        rank=places[rank_by],
        ranks=places,
        is_raised=raised,
    )


def _sector_row(
    sector: Sector,
    now: Mapping[Sector, Counts],
    before: Mapping[Sector, Counts],
    targets: Targets,
    raised: bool,
) -> SectorRow:
    counts = tallies.total(now, sector)
    return SectorRow(
        sector=sector,
        name=str(sector.label),
        indicators=values_of(counts, before.get(sector), targets, raised=raised),
        operator_count=counts["operator_count"],
        record_count=counts["record_count"],
    )


def _point(month: date, counts: Counts) -> MonthPoint:
    return MonthPoint(month=month, rates=rates_of(counts), record_count=counts["record_count"])
