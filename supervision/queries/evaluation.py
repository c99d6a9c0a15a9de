"""评价考核: cities, or one city's counties, in the order of their composite scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.roles import Permission
from supervision.metrics import FOUR
from supervision.metrics.base import add, no_counts
from supervision.models import PROVINCE_PATH, ScoreWeights
from supervision.queries import tallies
from supervision.queries.dashboard import DivisionRef, ref
from supervision.queries.indicators import (
    NO_DATA,
    Targets,
    is_raised,
    percent_text,
    raised_city_codes,
    ranks,
    rounded,
    targets_in_force,
)
from supervision.queries.rankings import CITY_PART, COUNTY_PART
from supervision.queries.tallies import Area, Counts
from supervision.rules import evaluation as rules
from supervision.rules.evaluation import Attainment

Weights = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ScoredValue:
    """One indicator of one row, with the counts that it was divided of."""

    attained: Attainment
    numerator: int
    denominator: int

    @property
    def rate_text(self) -> str:
        return percent_text(self.attained.rate)

    @property
    def target_text(self) -> str:
        return percent_text(self.attained.target)

    @property
    def score_text(self) -> str:
        return _score_text(self.attained.score)

    @property
    def is_short(self) -> bool:
        score = self.attained.score
        return score is not None and score < rules.FULL


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One division. ``rank_before``: in the period before; ``general_*``: by the province's weights."""

    division: DivisionRef
    is_raised: bool
    score: Decimal | None
    rank: int | None
    rank_before: int | None
    general_score: Decimal | None
    general_rank: int | None
    values: list[ScoredValue]

    @property
    def score_text(self) -> str:
        return _score_text(self.score)

    @property
    def general_text(self) -> str:
        return _score_text(self.general_score)

    @property
    def climbed(self) -> int | None:
        """How many places it rose; negative when it fell, None when there is nothing to compare."""
        if self.rank is None or self.rank_before is None:
            return None
        return self.rank_before - self.rank


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A ranking and what it was made with. ``has_own_weights``: a city's, beside the province's."""

    area: DivisionRef | None
    period: str
    months: list[date]
    rows: list[ScoreRow]
    weights: Weights
    general_weights: Weights
    basis: str
    has_own_weights: bool


def evaluate(actor: Actor, city: Division | None, kind: str, month: date) -> Evaluation:
    """Every city of the province, or every county of a city, best first.

    The ranking is published to the bureaus it ranks, so it is not narrowed to the actor's own part;
    ``find_city`` says whose counties the actor may compare.
    Raises: Forbidden. Cost: 5 queries.
    """
    actor.require(Permission.VIEW_DASHBOARD)
    months = rules.period_months(kind, month)
    before = rules.months_before(kind, month)
    own, general = weights_in_force(city.path if city else PROVINCE_PATH, month)
    chosen = own or general
    return Evaluation(
        area=ref(city) if city else None,
        period=rules.period_text(kind, month),
        months=months,
        rows=_rows(city, months, before, _weights(chosen), _weights(general)),
        weights=_weights(chosen),
        general_weights=_weights(general),
        basis=chosen.legal_basis,
        has_own_weights=own is not None and city is not None,
    )


def weights_in_force(path: str, month: date) -> tuple[ScoreWeights | None, ScoreWeights]:
    """The area's own weights, if it has any, and the province's. Cost: one query."""
    rows = ScoreWeights.objects.in_force(month).filter(area_path__in={path, PROVINCE_PATH})
    by_path = {row.area_path: row for row in rows}
    return by_path.get(path), by_path[PROVINCE_PATH]


def weight_history(path: str) -> list[ScoreWeights]:
    """The area's sets of weights, the newest first. Cost: one query."""
    return list(ScoreWeights.objects.filter(area_path=path).order_by("-effective_from"))


def cities_for(actor: Actor) -> list[Division]:
    """The cities that the actor answers for or lies in, by code. Cost: at most two queries."""
    cities = Division.objects.cities().order_by("code")
    if any(actor.scope.covers_path(city.path) for city in cities):
        return [city for city in cities if actor.scope.covers_path(city.path)]
    held = list(actor.scope.paths)
    if actor.scope.station_ids:
        stations = Division.objects.filter(stations__in=actor.scope.station_ids)
        held += stations.values_list("path", flat=True)
    return [city for city in cities if any(path.startswith(city.path) for path in held)]


def find_city(actor: Actor, code: str) -> Division:
    """The city with the code. Raises: OutOfScope when it does not concern the actor."""
    for city in cities_for(actor):
        if city.code == code:
            return city
    raise OutOfScope


def _weights(row: ScoreWeights) -> Weights:
    return {code: Decimal(weight) for code, weight in row.weights.items()}


def _rows(
    city: Division | None,
    months: list[date],
    before: list[date],
    weights: Weights,
    general: Weights,
) -> list[ScoreRow]:
    divisions = _divisions(city)
    part = COUNTY_PART if city else CITY_PART
    area = Area(path=city.path) if city else tallies.PROVINCE
    found = tallies.by_path_part(part, [*before, *months], area=area)
    targets, raised = targets_in_force(months[-1]), raised_city_codes()
    now = {each.code: _summed(found, months, each.code) for each in divisions}
    then = {each.code: _summed(found, before, each.code) for each in divisions}
    values = {each.code: _values(now[each.code], targets, each, raised) for each in divisions}
    scores, places = _ranked({code: _attained(own) for code, own in values.items()}, weights)
    generally, general_places = _ranked(
        {code: _attained(own) for code, own in values.items()}, general
    )
    _, places_before = _ranked(
        {
            each.code: _attained(_values(then[each.code], targets, each, raised))
            for each in divisions
        },
        weights,
    )
    rows = [
        ScoreRow(
            division=each,
            is_raised=is_raised(each.path, raised),
            score=scores[each.code],
            rank=places[each.code],
            rank_before=places_before[each.code],
            general_score=generally[each.code],
            general_rank=general_places[each.code],
            values=values[each.code],
        )
        for each in divisions
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.division.code))


def _divisions(city: Division | None) -> list[DivisionRef]:
    found = Division.objects.cities()
    if city is not None:
        found = Division.objects.counties().filter(path__startswith=city.path)
    return [ref(each) for each in found.order_by("code")]


def _summed(
    found: Mapping[date, Mapping[str, Counts]], months: Sequence[date], code: str
) -> Counts:
    """Σ of numerators and denominators over the period: a quarter's rate is no mean of rates."""
    return add(*(found[month].get(code, no_counts()) for month in months))


def _values(
    counts: Counts, targets: Targets, division: DivisionRef, raised: frozenset[str]
) -> list[ScoredValue]:
    higher = is_raised(division.path, raised)
    return [
        ScoredValue(
            Attainment(each.code, each.rate(counts), targets.of(each.code, raised=higher)),
            counts[each.numerator],
            counts[each.denominator],
        )
        for each in FOUR
    ]


def _attained(values: list[ScoredValue]) -> list[Attainment]:
    return [value.attained for value in values]


def _ranked(
    attained: Mapping[str, list[Attainment]], weights: Weights
) -> tuple[dict[str, Decimal | None], dict[str, int | None]]:
    scores = {code: rules.composite(own, weights) for code, own in attained.items()}
    return scores, ranks(scores)


def _score_text(score: Decimal | None) -> str:
    return NO_DATA if score is None else f"{rounded(score)}"
