"""Cities and counties side by side, as the bulletin and the task force read them."""

from __future__ import annotations

from datetime import date

from enterprises.models import Division, Sector
from shilian import clock
from supervision.queries import tallies
from supervision.queries.adjustments import adjustments_of
from supervision.queries.dashboard import ChildRow, Overview, RankingBasis, ranked_rows, ref
from supervision.queries.indicators import raised_city_codes, targets_in_force
from supervision.rules.register import last_day

CITY_PART = 2
COUNTY_PART = 3


def city_ranking(
    month: date, *, sector: Sector | None = None, rank_by: str = "activity"
) -> list[ChildRow]:
    """Every city, best first; zones count to their city.

    The ranking is published to all bureaus, so it is not narrowed to an actor. Cost: 5 queries.
    """
    cities = list(Division.objects.cities().standing_on(last_day(month)).order_by("code"))
    return _ranking(cities, CITY_PART, month, sector, rank_by)


def county_ranking(
    month: date,
    *,
    city: Division | None = None,
    sector: Sector | None = None,
    rank_by: str = "activity",
    beside: Overview | None = None,
) -> list[ChildRow]:
    """Every county and zone, of one city or of the province, best first.

    ``beside``: a dashboard of the same month, whose targets are not read again.
    Cost: 5 queries, 2 beside a dashboard.
    """
    counties = Division.objects.counties().standing_on(last_day(month)).order_by("code")
    if city is not None:
        counties = counties.filter(path__startswith=city.path)
    return _ranking(list(counties), COUNTY_PART, month, sector, rank_by, beside)


def _ranking(
    divisions: list[Division],
    part: int,
    month: date,
    sector: Sector | None,
    rank_by: str,
    beside: Overview | None = None,
) -> list[ChildRow]:
    before = clock.previous_month(month)
    found = tallies.by_path_part(part, [month, before], sector)
    return ranked_rows(
        [ref(each) for each in divisions],
        found[month],
        found[before],
        RankingBasis(
            month=month,
            targets=beside.targets if beside else targets_in_force(month),
            raised_cities=beside.raised_cities if beside else raised_city_codes(month),
            adjustments=beside.adjustments if beside else adjustments_of(month),
            rank_by=rank_by,
        ),
    )
