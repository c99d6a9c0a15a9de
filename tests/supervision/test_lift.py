"""Who would lift the figures most, and the formulas worked through."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from enterprises.actor import OutOfScope
from enterprises.roles import Role
from supervision.queries import formulas, lift
from supervision.queries.siblings import peer_standings
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_station,
    make_township,
    officer_of,
    station_officer_of,
)
from tests.builders.numbers import make_goods_class
from tests.supervision.views.bureau import MONTH, buys_on, count_numbers, shop, unregistered_shop

pytestmark = pytest.mark.django_db


def test_those_who_lack_the_fewest_days_come_first_with_their_gain() -> None:
    buys_on(shop("活跃店"), 5, 6, 7, 8)
    buys_on(shop("差一天"), 5, 6, 7)
    buys_on(shop("差三天"), 5)
    shop("一天没有")
    unregistered_shop("未注册")
    count_numbers()

    rows = lift.nearest_operators(officer_of(make_county()), make_county(), MONTH)

    assert [(row.operator.name, row.missing_days) for row in rows] == [
        ("差一天", 1),
        ("差三天", 3),
        ("一天没有", 4),
    ]
    assert [row.activity_gain for row in rows] == [Decimal(25)] * 3
    assert [row.activity_sum for row in rows] == [Decimal(25), Decimal(50), Decimal(75)]


def test_one_that_lifts_two_figures_comes_before_one_that_lifts_one() -> None:
    make_goods_class()
    buys_on(shop("只差活跃"), 5, 6, 7)
    buys_on(shop("两项都差", goods_classes=["K06_DAIRY"]), 5, 6, 7)
    count_numbers()

    rows = lift.nearest_operators(officer_of(make_county()), make_county(), MONTH)

    assert [row.operator.name for row in rows] == ["两项都差", "只差活跃"]
    assert (rows[0].coverage_gain, rows[1].coverage_gain) == (Decimal(100), Decimal(0))


def test_no_more_than_twenty_are_named() -> None:
    for number in range(lift.MOST + 1):
        shop(f"店{number}")
    count_numbers()

    found = lift.nearest_operators(officer_of(make_county()), make_county(), MONTH)

    assert len(found) == lift.MOST


def test_a_station_is_told_of_its_own_alone() -> None:
    station = make_station()
    shop("本所", station=station)
    shop("别所")
    count_numbers()

    rows = lift.nearest_operators(station_officer_of(station), make_county(), MONTH)

    assert [row.operator.name for row in rows] == ["本所"]


def test_a_foreign_division_is_out_of_sight() -> None:
    foreign = make_county(code="370103", name="市中区")

    with pytest.raises(OutOfScope):
        lift.nearest_operators(officer_of(make_county()), foreign, MONTH)
    with pytest.raises(OutOfScope):
        formulas.worked_formulas(officer_of(make_county()), foreign, MONTH)


def test_the_worked_example_is_the_areas_own() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    unregistered_shop()
    count_numbers()

    found = formulas.worked_formulas(officer_of(make_county()), make_county(), MONTH)

    by_code = {each.indicator.code: each for each in found}
    registration = by_code["registration"]
    assert (registration.value.numerator, registration.value.denominator) == (1, 2)
    assert registration.missing == 1
    assert by_code["activity"].missing is None
    assert "零售 4 天" in "".join(by_code["activity"].words)
    assert by_code["system_upload"].value.rate is None


def test_a_division_stands_among_the_others_of_its_parent() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    far = make_county(code="370103", name="市中区")
    unregistered_shop(township=make_township(code="370103001", county=far))
    count_numbers()

    standing = peer_standings(far, MONTH)["registration"]

    assert (standing.rank, standing.of, standing.parent_name) == (2, 2, "济南市")
    assert (standing.parent_rate, standing.best_rate) == (Decimal("0.5"), Decimal(1))
    assert peer_standings(make_county(), MONTH)["registration"].rank_text == "第 1 / 2 名"


def test_the_province_and_an_only_child_have_no_place() -> None:
    shop()
    count_numbers()
    city = make_city()

    assert city.parent is not None
    assert peer_standings(city.parent, MONTH) == {}
    assert peer_standings(city, MONTH)["registration"].rank_text == ""
    assert peer_standings(city, date(2026, 1, 1)) == {}
    assert officer_of(city, Role.CITY_OFFICER).is_officer
