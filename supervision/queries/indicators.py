"""An area's indicators: numerator, denominator, rate, change and target, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from supervision.metrics import ALL, FOUR, Indicator
from supervision.metrics.base import excluded
from supervision.models import IndicatorTarget
from supervision.queries import statuses
from supervision.queries.tallies import Counts

NO_DATA = "—"
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """One indicator of one area and month.

    Units: ``rate`` and ``target`` are ratios 0–1, ``change_pp`` is percentage points against the
    month before. None means no data, never zero.
    """

    code: str
    name: str
    numerator: int
    denominator: int
    rate: Decimal | None
    change_pp: Decimal | None
    target: Decimal | None
    meets_target: bool | None
    excluded: int
    unit: str
    numerator_name: str = ""
    denominator_name: str = ""
    formula: str = ""
    higher_is_better: bool = True

    @property
    def rate_text(self) -> str:
        """44.11%, or — without data."""
        return percent_text(self.rate)

    @property
    def target_text(self) -> str:
        return NO_DATA if self.target is None else f"{(self.target * HUNDRED).normalize():f}%"

    @property
    def change_text(self) -> str:
        """+1.25 or -0.40 percentage points, or — without data."""
        if self.change_pp is None:
            return NO_DATA
        return f"{rounded(self.change_pp):+.2f}"

    @property
    def is_improvement(self) -> bool | None:
        """Whether the change is a good one; None without a change."""
        if not self.change_pp:
            return None
        return (self.change_pp > 0) == self.higher_is_better


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets in force, as ratios by indicator and tier."""

    by_tier: Mapping[tuple[str, str], Decimal]

    def of(self, indicator: str, *, raised: bool) -> Decimal | None:
        tier = IndicatorTarget.Tier.RAISED if raised else IndicatorTarget.Tier.BASE
        return self.by_tier.get((indicator, tier))


def targets_in_force(month: date) -> Targets:
    """The targets of the month. Cost: one query."""
    rows = IndicatorTarget.objects.in_force(month).values_list("indicator", "tier", "value_percent")
    return Targets({(code, tier): value / HUNDRED for code, tier, value in rows})


def values_of(
    counts: Counts,
    before: Counts | None,
    targets: Targets,
    *,
    raised: bool,
    indicators: Iterable[Indicator] = FOUR,
) -> list[IndicatorValue]:
    """Each indicator of the counts; ``before`` are the counts of the month before, if any."""
    return [value_of(each, counts, before, targets, raised=raised) for each in indicators]


def value_of(
    indicator: Indicator,
    counts: Counts,
    before: Counts | None,
    targets: Targets,
    *,
    raised: bool,
) -> IndicatorValue:
    rate = indicator.rate(counts)
    rate_before = indicator.rate(before) if before else None
    target = targets.of(indicator.code, raised=raised)
    return IndicatorValue(
        code=indicator.code,
        name=indicator.name,
        numerator=counts[indicator.numerator],
        denominator=counts[indicator.denominator],
        rate=rate,
        change_pp=None if rate is None or rate_before is None else (rate - rate_before) * HUNDRED,
        target=target,
        meets_target=None if rate is None or target is None else rate >= target,
        excluded=excluded(counts),
        unit=indicator.unit,
        numerator_name=indicator.numerator_name,
        denominator_name=indicator.denominator_name,
        formula=indicator.formula,
        higher_is_better=indicator.higher_is_better,
    )


def rates_of(counts: Counts) -> dict[str, Decimal | None]:
    """Every indicator's rate by its code."""
    return {indicator.code: indicator.rate(counts) for indicator in ALL}


def raised_city_codes(on: date) -> frozenset[str]:
    """Codes of the cities that are held to the higher targets on the day. Cost: one query."""
    return statuses.raised_cities(on)


def is_raised(path: str, raised_cities: frozenset[str]) -> bool:
    """Whether the path lies in a city with higher targets; the province itself does not."""
    return any(code in raised_cities for code in path.strip("/").split("/"))


def ranks(rates: Mapping[str, Decimal | None]) -> dict[str, int | None]:
    """Each key's place, best first; equal rates share a place, no data has none."""
    known = sorted((rate for rate in rates.values() if rate is not None), reverse=True)
    return {key: None if rate is None else known.index(rate) + 1 for key, rate in rates.items()}


def rounded(value: Decimal, places: str = "0.01") -> Decimal:
    return value.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def percent_text(ratio: Decimal | None) -> str:
    return NO_DATA if ratio is None else f"{rounded(ratio * HUNDRED)}%"
