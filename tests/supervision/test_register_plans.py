"""The lists of a large register are read by index: nothing else answers in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection

from enterprises.models import Operator
from enterprises.roles import Role
from supervision.models import OperatorMonth
from supervision.queries.operators import Criteria, operators_matching, quick_criteria
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_operator,
    make_province,
    officer_of,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 31)


@pytest.fixture(autouse=True)
def _large() -> None:
    """Plans as for a table too long to read through."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("粮油", {"operator_name_characters"}),
        ("lzly", {"operator_name_characters", "operator_pinyin_prefix", "credit_code"}),
    ],
)
def test_an_operator_is_found_by_index(text: str, indexes: set[str]) -> None:
    plan = Operator.objects.matching(text).explain()

    assert all(index in plan for index in indexes), plan
    assert "Seq Scan" not in plan


def test_a_countys_list_is_read_in_its_order() -> None:
    county = make_county()
    make_operator()
    criteria = Criteria(today=TODAY, division=county)

    plan = operators_matching(officer_of(county), criteria).order_by("-pk")[:26].explain()

    assert "operator_county_latest" in plan


def test_a_citys_list_is_read_in_its_order() -> None:
    city = make_city()
    make_operator()
    criteria = Criteria(today=TODAY, division=city)

    found = operators_matching(officer_of(city, Role.CITY_OFFICER), criteria)

    assert "operator_city_latest" in found.order_by("-pk")[:26].explain()
    assert found.count() == 1


@pytest.mark.parametrize("quick", ["unregistered", "inactive"])
def test_a_months_list_is_read_in_the_registers_order(quick: str) -> None:
    county = make_county()
    make_operator()
    _fill_month()
    criteria = replace(quick_criteria(quick, today=TODAY), division=county)

    plan = operators_matching(officer_of(county), criteria).order_by("-pk")[:26].explain()

    assert "operator_county_latest" in plan
    assert "supervision_operatormonth_pkey" in plan


def _fill_month() -> None:
    """Other operators' months: of a handful, as other tests leave it, any way is a good one."""
    OperatorMonth.objects.bulk_create(
        OperatorMonth(
            operator_id=number,
            month=TODAY.replace(day=1),
            division_id=1,
            county_id=1,
            sector=1,
            standing=0,
            own_classes=0,
            required_days=1,
            register_mark=0,
            in_scope=True,
            activated=number % 2 == 0,
            obliged=True,
            ten_plus_three=False,
        )
        for number in range(1, 5_001)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {OperatorMonth._meta.db_table}")


def test_who_fell_silent_is_asked_of_each_operator_not_of_the_register() -> None:
    county = make_county()
    criteria = Criteria(today=TODAY, division=county, broken=True)

    plan = operators_matching(officer_of(county), criteria).explain()

    assert "hashed SubPlan" not in plan


@pytest.mark.parametrize("place", ["station", "division"])
def test_a_smaller_places_list_is_read_in_its_order(place: str) -> None:
    rows = Operator.objects.filter(**{f"{place}_id": 1}).order_by("-pk")[:26]

    assert f"operator_{place}_latest" in rows.explain()


def test_unmatched_months_are_found_without_reading_the_others() -> None:
    rows = OperatorMonth.objects.filter(month=TODAY.replace(day=1), unmatched_count__gt=0)

    assert "operator_month_unmatched" in rows.values("operator_id").explain()


def test_the_provinces_list_is_read_from_the_newest() -> None:
    officer = officer_of(make_province(), Role.TASK_FORCE)

    plan = operators_matching(officer, Criteria(today=TODAY)).order_by("-pk")[:26].explain()

    assert "enterprises_operator_pkey" in plan
