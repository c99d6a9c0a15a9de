"""The dashboard of one division and month: figures, trend, children and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Sector, was_standing
from enterprises.roles import Permission
from shilian import clock
from supervision.metrics import CONTEXT, FOUR, LICENCES
from supervision.metrics.base import EXCLUDED, add, no_counts
from supervision.queries import tallies
from supervision.queries.adjustments import Adjustments
from supervision.queries.classes import ClassRow, class_rows
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
from supervision.queries.month_facts import NO_LICENCES, MonthFacts, month_facts
from supervision.queries.siblings import PeerStanding, peer_standings
from supervision.queries.tallies import Area, Counts
from supervision.rules.register import last_day

TREND_MONTHS = 13
BESIDE = (*CONTEXT, LICENCES)
UNPLACED = "未分到下级"
RAISED_TOTAL = "示范、创建城市合计"


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
    """One division of a ranking; ``ranks`` holds its place by indicator code, ``rank`` the chosen.

    ``is_adjusted``: it gained or lost operators to another division in the month, and is not set
    against the month before.
    """

    division: DivisionRef
    indicators: list[IndicatorValue]
    operator_count: int
    record_count: int
    rank: int | None
    ranks: Mapping[str, int | None]
    is_raised: bool = False
    is_adjusted: bool = False

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

    ``context`` holds timeliness, completeness, broken links and licences; ``made_up_count`` is
    how many months an officer excluded.
    ``adjustments`` are the province's of the month. ``raised_total`` sums up the province's demonstration and creating cities.
    ``station_id`` is set when a station officer looks, who is not compared with whole divisions;
    ``standings`` is by indicator, empty without peers.
    """

    division: DivisionRef
    month: date
    indicators: list[IndicatorValue]
    context: list[IndicatorValue]
    trend: list[MonthPoint]
    children: list[ChildRow]
    raised_total: ChildRow | None
    by_sector: list[SectorRow]
    by_class: list[ClassRow]
    counts: Counts
    made_up_count: int
    adjustments: Adjustments
    sector: Sector | None
    is_frozen: bool
    has_raised_targets: bool
    targets: Targets
    raised_cities: frozenset[str]
    station_id: int | None = None
    standings: Mapping[str, PeerStanding] = field(default_factory=dict)

    @property
    def excluded(self) -> Mapping[str, int]:
        """The operators left out of the denominators, by why."""
        return {column: self.counts[column] for column in EXCLUDED}

    @property
    def adjusted(self) -> list[str]:
        """Which divisions in the area were replaced in the month, in words."""
        return self.adjustments.inside(self.division.path)

    @property
    def is_adjusted(self) -> bool:
        """Whether the area itself is not set against the month before."""
        return self.adjustments.touches(self.division.path)

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
    months, earlier = trend_months(month), clock.previous_month(month)
    by_month = tallies.by_month(area, months)
    targets, raised_cities = targets_in_force(month), raised_city_codes(month)
    raised = is_raised(division.path, raised_cities)
    facts = month_facts(area, [earlier, month], sector)
    counts = {**tallies.total(by_month[month], sector), **facts.licences[month]}
    before, counts_before = _month_before(division, by_month[earlier], facts, earlier, sector)
    basis = RankingBasis(month, targets, raised_cities, facts.adjustments, rank_by)
    children, together = _children(area, division, sector, basis)
    return Overview(
        division=ref(division),
        month=month,
        indicators=values_of(counts, counts_before, targets, raised=raised),
        context=values_of(counts, counts_before, targets, raised=raised, indicators=BESIDE),
        trend=[_point(each, tallies.total(by_month[each], sector)) for each in months[1:]],
        children=children,
        raised_total=together,
        by_sector=_sector_rows(by_month[month], before, targets, raised),
        by_class=class_rows(facts.classes, targets, raised=raised),
        counts=counts,
        made_up_count=facts.made_up_count,
        adjustments=facts.adjustments,
        sector=sector,
        is_frozen=facts.is_frozen,
        has_raised_targets=raised,
        targets=targets,
        raised_cities=raised_cities,
        station_id=area.station_id,
        standings={} if area.station_id else peer_standings(division, month, sector),
    )


def _month_before(
    division: Division,
    counted: Mapping[Sector, Counts],
    facts: MonthFacts,
    earlier: date,
    sector: Sector | None,
) -> tuple[Mapping[Sector, Counts], Counts]:
    """What the month is set against, by link and summed up; nothing where divisions were replaced.

    Σ of nothing has no rate, and without a rate there is no change.
    """
    if facts.adjustments.touches(division.path):
        return {}, {**no_counts(), **NO_LICENCES}
    return counted, {**tallies.total(counted, sector), **facts.licences[earlier]}


def area_for(actor: Actor, division: Division) -> Area:
    """What of the division the actor may count.

    Raises: OutOfScope when it is nothing.
    """
    if actor.scope.covers_path(division.path):
        return Area(path=division.path)
    scope = actor.scope
    for station_id, county_path in zip(scope.station_ids, scope.station_paths, strict=True):
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


@dataclass(frozen=True, slots=True)
class RankingBasis:
    """What every row of a ranking is held to."""

    month: date
    targets: Targets
    raised_cities: frozenset[str]
    adjustments: Adjustments
    rank_by: str


def ranked_rows(
    divisions: list[DivisionRef],
    now: Mapping[str, Counts],
    before: Mapping[str, Counts],
    basis: RankingBasis,
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
            {code: by_division[each.code] for code, by_division in places.items()},
            basis,
        )
        for each in divisions
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.division.code))


def _children(
    area: Area,
    division: Division,
    sector: Sector | None,
    basis: RankingBasis,
) -> tuple[list[ChildRow], ChildRow | None]:
    """The divisions below in order, and the sum of those with higher targets."""
    if division.level == Division.Level.TOWNSHIP:
        return [], None
    month, earlier = basis.month, clock.previous_month(basis.month)
    found = tallies.by_child(area, [month, earlier], sector)
    now, before = found[month], found[earlier]
    # A division that was replaced within the month keeps rows of zeros, which say nothing.
    held = [code for code, counts in now.items() if any(counts.values())]
    below = division.children.filter(was_standing(last_day(month)) | Q(code__in=held))
    children = [ref(each) for each in below.order_by("code")]
    if area.station_id is not None:
        children = [each for each in children if each.code in now or each.code in before]
    if "" in now:
        children.append(DivisionRef(division.pk, "", UNPLACED, division.level, division.path))
    rows = ranked_rows(children, now, before, basis)
    if division.level != Division.Level.PROVINCE:
        return rows, None
    return rows, _raised_total(now, before, basis)


def _raised_total(
    now: Mapping[str, Counts], before: Mapping[str, Counts], basis: RankingBasis
) -> ChildRow | None:
    """Σ over the cities with higher targets, held to these; None when there are none.

    The counts are the cities' by code.
    """
    cities = basis.raised_cities
    if not cities:
        return None
    none = no_counts()
    together, together_before = (
        add(*(counts.get(code, none) for code in cities)) for counts in (now, before)
    )
    division = DivisionRef(0, "", RAISED_TOTAL, Division.Level.CITY, f"/{min(cities)}/")
    places = {indicator.code: None for indicator in FOUR}
    return _child_row(division, together, together_before, places, basis)


def _child_row(
    division: DivisionRef,
    counts: Counts,
    before: Counts | None,
    places: Mapping[str, int | None],
    basis: RankingBasis,
) -> ChildRow:
    raised = is_raised(division.path, basis.raised_cities)
    adjusted = basis.adjustments.touches(division.path)
    return ChildRow(
        division=division,
        indicators=values_of(counts, None if adjusted else before, basis.targets, raised=raised),
        operator_count=counts["operator_count"],
        record_count=counts["record_count"],
        rank=places[basis.rank_by],
        ranks=places,
        is_raised=raised,
        is_adjusted=adjusted,
    )


def _sector_rows(
    now: Mapping[Sector, Counts],
    before: Mapping[Sector, Counts],
    targets: Targets,
    raised: bool,
) -> list[SectorRow]:
    return [_sector_row(each, now, before, targets, raised) for each in Sector]


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
