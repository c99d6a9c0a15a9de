"""评价考核: cities, or one city's counties, in the order of their composite scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.roles import Permission
from supervision.metrics import BY_CODE, FOUR
from supervision.metrics.base import add, no_counts
from supervision.models import PROVINCE_PATH, ScoreWeights
from supervision.queries import tallies
from supervision.queries.adjustments import Adjustments, adjustments_between
from supervision.queries.dashboard import DivisionRef, ref
from supervision.queries.indicators import (
    HUNDRED,
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
from supervision.rules.register import last_day

Weights = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ScoredValue:
    """One indicator of one row, with the counts that it was divided of."""

    attained: Attainment
    numerator: int
    denominator: int

    @property
    def name(self) -> str:
        return BY_CODE[self.attained.code].name

    @property
    def rate_text(self) -> str:
        return percent_text(self.attained.rate)

    @property
    def target_text(self) -> str:
        target = self.attained.target
        return NO_DATA if target is None else f"{(target * HUNDRED).normalize():f}%"

    @property
    def score_text(self) -> str:
        return _score_text(self.attained.score)

    @property
    def is_short(self) -> bool:
        score = self.attained.score
        return score is not None and score < rules.FULL


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One division. ``rank_before``: in the period before; ``general_*``: by the province's weights.

    ``is_adjusted``: operators came to it or left it because divisions were replaced, so that it has
    no place before to be set against.
    """

    division: DivisionRef
    is_raised: bool
    score: Decimal | None
    rank: int | None
    rank_before: int | None
    general_score: Decimal | None
    general_rank: int | None
    values: list[ScoredValue]
    is_adjusted: bool = False

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
    """A ranking and what it was made with. ``has_own_weights``: a city's, beside the province's.

    ``adjusted``: which divisions in the area were replaced in the two periods compared, in words.
    """

    area: DivisionRef | None
    period: str
    months: list[date]
    rows: list[ScoreRow]
    weights: Weights
    general_weights: Weights
    basis: str
    has_own_weights: bool
    adjusted: list[str]

    @property
    def is_adjusted(self) -> bool:
        """Whether a division that is ranked gained or lost operators by it."""
        return any(row.is_adjusted for row in self.rows)


@dataclass(frozen=True, slots=True)
class Basis:
    """What one period is scored with: the targets, statuses and weights of its last month."""

    months: list[date]
    targets: Targets
    raised: frozenset[str]
    own: ScoreWeights | None
    general: ScoreWeights

    @property
    def chosen(self) -> ScoreWeights:
        return self.own or self.general


def evaluate(actor: Actor, city: Division | None, kind: str, month: date) -> Evaluation:
    """Every city of the province, or every county of a city, best first.

    The ranking is published to the bureaus it ranks, so it is not narrowed to the actor's own part;
    ``find_city`` says whose counties the actor may compare.
    Raises: Forbidden. Cost: 9 queries.
    """
    actor.require(Permission.VIEW_DASHBOARD)
    path = city.path if city else PROVINCE_PATH
    now = _basis(path, rules.period_months(kind, month))
    before = _basis(path, rules.months_before(kind, month))
    adjustments = adjustments_between(*rules.incomparable_days(kind, month))
    return Evaluation(
        area=ref(city) if city else None,
        period=rules.period_text(kind, month),
        months=now.months,
        rows=_rows(city, now, before, adjustments),
        weights=_weights(now.chosen),
        general_weights=_weights(now.general),
        basis=now.chosen.legal_basis,
        has_own_weights=now.own is not None and city is not None,
        adjusted=adjustments.inside(path),
    )


def _basis(path: str, months: list[date]) -> Basis:
    """Cost: three queries."""
    last = months[-1]
    own, general = weights_in_force(path, last)
    return Basis(months, targets_in_force(last), raised_city_codes(last), own, general)


def weights_in_force(path: str, month: date) -> tuple[ScoreWeights | None, ScoreWeights]:
    """The area's own weights, if it has any, and the province's; before their first day the first.

    Cost: one query, two before that day.
    """
    rows = ScoreWeights.objects.in_force(month).filter(area_path__in={path, PROVINCE_PATH})
    by_path = {row.area_path: row for row in rows}
    general = by_path.get(PROVINCE_PATH)
    if general is None:
        general = ScoreWeights.objects.filter(area_path=PROVINCE_PATH).earliest("effective_from")
    return by_path.get(path), general


def weight_history(path: str) -> list[ScoreWeights]:
    """The area's sets of weights, the newest first. Cost: one query."""
    return list(ScoreWeights.objects.filter(area_path=path).order_by("-effective_from"))


def cities_for(actor: Actor) -> list[Division]:
    """The cities that the actor answers for or lies in, by code. Cost: one query."""
    cities = Division.objects.cities().order_by("code")
    if any(actor.scope.covers_path(city.path) for city in cities):
        return [city for city in cities if actor.scope.covers_path(city.path)]
    homes = actor.scope.home_paths
    return [city for city in cities if any(path.startswith(city.path) for path in homes)]


def find_city(actor: Actor, code: str) -> Division:
    """The city with the code. Raises: OutOfScope when it does not concern the actor."""
    for city in cities_for(actor):
        if city.code == code:
            return city
    raise OutOfScope


def _weights(row: ScoreWeights) -> Weights:
    return {code: Decimal(weight) for code, weight in row.weights.items()}


def _rows(
    city: Division | None, now: Basis, before: Basis, adjustments: Adjustments
) -> list[ScoreRow]:
    divisions = _divisions(city, now.months[-1])
    area = Area(path=city.path) if city else tallies.PROVINCE
    part, months = COUNTY_PART if city else CITY_PART, [*before.months, *now.months]
    found = tallies.by_path_part(part, months, area=area)
    values = _values_by_code(found, now, divisions)
    scores, places = _ranked(values, _weights(now.chosen))
    generally, general_places = _ranked(values, _weights(now.general))
    places_before = _places_before(found, before, divisions, adjustments)
    rows = [
        ScoreRow(
            division=each,
            is_raised=is_raised(each.path, now.raised),
            score=scores[each.code],
            rank=places[each.code],
            rank_before=places_before[each.code],
            general_score=generally[each.code],
            general_rank=general_places[each.code],
            values=values[each.code],
            is_adjusted=adjustments.touches(each.path),
        )
        for each in divisions
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.division.code))


def _places_before(
    found: Mapping[date, Mapping[str, Counts]],
    before: Basis,
    divisions: list[DivisionRef],
    adjustments: Adjustments,
) -> dict[str, int | None]:
    """Each division's place in the period before; nobody's where one was merged or split.

    A place is relative: a competitor that came, went or grew would move all the others.
    """
    if any(adjustments.touches(each.path) for each in divisions):
        return {each.code: None for each in divisions}
    values = _values_by_code(found, before, divisions)
    return _ranked(values, _weights(before.chosen))[1]


def _divisions(city: Division | None, month: date) -> list[DivisionRef]:
    found = Division.objects.cities()
    if city is not None:
        found = Division.objects.counties().filter(path__startswith=city.path)
    return [ref(each) for each in found.standing_on(last_day(month)).order_by("code")]


def _summed(
    found: Mapping[date, Mapping[str, Counts]], months: Sequence[date], code: str
) -> Counts:
    """Σ of numerators and denominators over the period: a quarter's rate is no mean of rates."""
    return add(*(found[month].get(code, no_counts()) for month in months))


def _values_by_code(
    found: Mapping[date, Mapping[str, Counts]], basis: Basis, divisions: list[DivisionRef]
) -> dict[str, list[ScoredValue]]:
    return {
        each.code: _values(_summed(found, basis.months, each.code), basis, each)
        for each in divisions
    }


def _values(counts: Counts, basis: Basis, division: DivisionRef) -> list[ScoredValue]:
    higher = is_raised(division.path, basis.raised)
    return [
        ScoredValue(
            Attainment(each.code, each.rate(counts), basis.targets.of(each.code, raised=higher)),
            counts[each.numerator],
            counts[each.denominator],
        )
        for each in FOUR
    ]


def _ranked(
    values: Mapping[str, list[ScoredValue]], weights: Weights
) -> tuple[dict[str, Decimal | None], dict[str, int | None]]:
    scores = {
        code: rules.composite([value.attained for value in own], weights)
        for code, own in values.items()
    }
    return scores, ranks(scores)


def _score_text(score: Decimal | None) -> str:
    return NO_DATA if score is None else f"{rounded(score)}"
