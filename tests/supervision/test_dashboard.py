"""What a dashboard says, to whom, and in how many queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest

from enterprises.actor import Forbidden, OutOfScope, platform_actor
from enterprises.models import Division, OperatorState, Sector
from enterprises.roles import Role
from supervision.queries.dashboard import Overview, overview
from supervision.queries.rankings import city_ranking, county_ranking
from supervision.rollups import day_end, fill
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_division,
    make_operator,
    make_province,
    make_station,
    make_township,
    officer_of,
    owner_of,
    station_officer_of,
)
from tests.builders.numbers import make_purchase, noon

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
AT = noon(date(2026, 10, 31))
LISTED = {"listed_at": noon(date(2026, 8, 1)), "activated_at": noon(date(2026, 8, 1))}
UNREGISTERED = {"state": OperatorState.LISTED, "listed_at": LISTED["listed_at"]}
QueryBudget = Callable[[int], AbstractContextManager[object]]


def count_everything() -> None:
    day_end.mark_months([date(2026, 9, 1), MONTH], at=AT)
    fill.fill_all(at=AT)


def seen_by_platform(division: Division, **asked: object) -> Overview:
    return overview(platform_actor(), division, MONTH, **asked)  # type: ignore[arg-type]


def test_a_parents_rate_is_the_sum_over_the_sum() -> None:
    small, large = make_county(), make_county(code="370103", name="市中区")
    make_operator(township=make_township(county=small), **LISTED)
    for registered in (True, False, False):
        facts = LISTED if registered else UNREGISTERED
        make_operator(township=make_township(county=large), **facts)
    count_everything()

    shown = seen_by_platform(make_city())

    registration = shown.indicators[0]
    assert (registration.numerator, registration.denominator) == (2, 4)
    assert registration.rate == Decimal("0.5")
    assert registration.rate_text == "50.00%"
    rates = {row.division.name: row.value("registration").rate_text for row in shown.children}
    assert rates == {"历下区": "100.00%", "市中区": "33.33%"}


def test_a_zero_denominator_is_no_data_and_has_no_place() -> None:
    make_operator(**LISTED)
    make_county(code="370103", name="市中区")
    count_everything()

    shown = seen_by_platform(make_city(), rank_by="registration")

    assert shown.indicators[3].rate is None
    assert shown.indicators[3].rate_text == "—"
    assert [(row.division.name, row.rank) for row in shown.children] == [
        ("历下区", 1),
        ("市中区", None),
    ]


def test_a_zone_counts_to_its_city() -> None:
    zone = make_division(
        code="370176", name="济南高新区", level=Division.Level.ZONE, parent=make_city()
    )
    township = make_division(
        code="370176001", name="舜华路街道", level=Division.Level.TOWNSHIP, parent=zone
    )
    make_operator(township=township, **LISTED)
    count_everything()

    assert [row.operator_count for row in city_ranking(MONTH)] == [1]
    assert [row.division.name for row in county_ranking(MONTH)] == ["济南高新区"]


def test_what_hangs_on_the_county_itself_has_a_row_of_its_own() -> None:
    county = make_county()
    make_township(county=county)
    at_county = make_operator(township=make_township(county=county), **LISTED)
    type(at_county).objects.filter(pk=at_county.pk).update(
        division=county, division_path=county.path
    )
    count_everything()

    shown = seen_by_platform(county)

    rows = {(row.division.code, row.division.name): row.operator_count for row in shown.children}
    assert rows == {("370102001", "解放路街道"): 0, ("", "未分到下级"): 1}


def test_change_is_percentage_points_against_last_month() -> None:
    make_operator(**LISTED)
    make_operator(**(LISTED | {"activated_at": noon(date(2026, 10, 2))}))
    count_everything()

    registration = seen_by_platform(make_city()).indicators[0]

    assert registration.change_pp == Decimal(50)
    assert registration.change_text == "+50.00"
    assert registration.is_improvement


def test_demonstration_cities_have_higher_targets() -> None:
    make_city()
    Division.objects.filter(code="370100").update(is_demonstration=True)
    make_city(code="370300", name="淄博市")

    rows = {row.division.name: row.value("registration") for row in city_ranking(MONTH)}

    assert rows["济南市"].target == Decimal("0.98")
    assert rows["淄博市"].target_text == "95%"
    assert rows["淄博市"].meets_target is None


def test_the_trend_has_thirteen_months_and_the_links_add_up() -> None:
    make_operator(**LISTED)
    make_operator(sector=Sector.CATERING, **LISTED)
    count_everything()

    shown = seen_by_platform(make_province())

    assert shown.trend[0].month == date(2025, 10, 1)
    assert len(shown.trend) == 13
    assert {row.name: row.operator_count for row in shown.by_sector if row.operator_count} == {
        "流通": 1,
        "餐饮": 1,
    }
    only = seen_by_platform(make_province(), sector=Sector.CATERING)
    assert only.counts["operator_count"] == 1


def test_a_foreign_division_does_not_exist() -> None:
    neighbour = make_county(code="370103", name="市中区")

    with pytest.raises(OutOfScope):
        overview(officer_of(make_county()), neighbour, MONTH)
    with pytest.raises(OutOfScope):
        overview(officer_of(make_county()), make_city(), MONTH)
    with pytest.raises(OutOfScope):
        overview(owner_of(make_operator()), make_county(), MONTH)


def test_vendor_support_sees_no_numbers() -> None:
    with pytest.raises(Forbidden):
        overview(officer_of(make_province(), Role.VENDOR_SUPPORT), make_province(), MONTH)


def test_a_station_officer_sees_the_stations_part_of_the_county() -> None:
    station = make_station()
    make_operator(station=station, **LISTED)
    make_operator(**LISTED)
    count_everything()

    shown = overview(station_officer_of(station), make_county(), MONTH)

    assert shown.counts["operator_count"] == 1
    assert [row.operator_count for row in shown.children] == [1]


@pytest.mark.parametrize("counties", [1, 6])
@pytest.mark.parametrize(("level", "most"), [(0, 6), (1, 7), (2, 7), (3, 5)])
def test_costs_the_same_few_queries_at_any_size(
    counties: int, level: int, most: int, django_assert_max_num_queries: QueryBudget
) -> None:
    for number in range(counties):
        county = make_county(code=f"37010{number + 2}", name=f"第{number}区")
        make_purchase(make_operator(township=make_township(county=county), **LISTED), on=MONTH)
    count_everything()
    divisions = (make_province, make_city, make_county, make_township)
    actor, division = platform_actor(), divisions[level]()

    with django_assert_max_num_queries(most):
        overview(actor, division, MONTH)


def test_a_station_costs_seven_queries_at_most(
    django_assert_max_num_queries: QueryBudget,
) -> None:
    station = make_station()
    make_operator(station=station, **LISTED)
    count_everything()
    actor, county = station_officer_of(station), make_county()

    with django_assert_max_num_queries(7):
        overview(actor, county, MONTH)


def test_the_demonstration_cities_stand_together_beside_the_province() -> None:
    for code, name, is_raised in (("370100", "济南市", True), ("370200", "青岛市", True),
                                  ("370300", "淄博市", False)):  # fmt: skip
        city = make_city(code=code, name=name)
        Division.objects.filter(pk=city.pk).update(is_creating=is_raised)
        county = make_county(code=f"{code[:4]}02", name=f"{name}一区", city=city)
        make_operator(township=make_township(code=f"{code[:4]}02001", county=county), **LISTED)
    make_operator(township=make_township(code="370102001"), **UNREGISTERED)
    count_everything()

    together = seen_by_platform(make_province()).raised_total

    assert together is not None
    registration = together.value("registration")
    assert (registration.numerator, registration.denominator) == (2, 3)
    assert (registration.target, registration.meets_target) == (Decimal("0.98"), False)
    assert (together.rank, together.operator_count) == (None, 3)
    assert seen_by_platform(make_city()).raised_total is None


def test_without_demonstration_cities_nothing_stands_beside_the_province() -> None:
    make_operator(**LISTED)
    count_everything()

    assert seen_by_platform(make_province()).raised_total is None
