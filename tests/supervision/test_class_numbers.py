"""Figures by class of goods: counted by the hour for every division, at rest after the freeze."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.actor import platform_actor
from enterprises.models import Division, Operator, Sector
from supervision.models import ClassMonth, MonthFreeze, OperatorMonth, Suspicion
from supervision.queries.classes import ClassRow
from supervision.queries.dashboard import overview
from supervision.rollups.classes import count_classes, count_recent
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_province,
    make_station,
    make_township,
    station_officer_of,
)
from tests.builders.numbers import make_purchase, noon
from tests.builders.watching import make_suspicion
from tests.supervision.views.bureau import MONTH, count_numbers, shop

pytestmark = pytest.mark.django_db
AT = noon(date(2026, 11, 10))
DAIRY, MEAT, CANTEEN = "K06_DAIRY", "K05_MEAT", "C1_SCHOOL"


def dairy_shop(**facts: object) -> Operator:
    return shop(goods_classes=[DAIRY], **facts)


def buys(operator: Operator, *days: int, goods: str = DAIRY) -> None:
    for day in days:
        make_purchase(operator, on=MONTH.replace(day=day), goods_class=goods)


def seen(division: Division, sector: Sector | None = None) -> dict[str, ClassRow]:
    count_classes(MONTH, at=AT)
    return {row.code: row for row in overview(platform_actor(), division, MONTH, sector).by_class}


def sides(row: ClassRow) -> dict[str, tuple[int, int]]:
    return {each.code: (each.numerator, each.denominator) for each in row.indicators}


def test_counts_operators_days_and_records_at_every_level() -> None:
    buys(dairy_shop(), 5, 6, 7, 8)
    dairy_shop()
    count_numbers()

    for division in (make_township(), make_county(), make_city(), make_province()):
        row = seen(division)[DAIRY]

        assert sides(row)["registration"] == (2, 2)
        assert sides(row)["activity"] == (1, 2)
        assert sides(row)["coverage"] == (1, 2)
        assert (row.operator_count, row.record_count, row.mean_days) == (2, 4, Decimal(2))
        assert row.mean_days_text == "2.0"


def test_an_operator_of_two_classes_stands_in_each_and_is_covered_in_its_own() -> None:
    buys(shop(goods_classes=[DAIRY, MEAT]), 5)
    count_numbers()

    rows = seen(make_county())

    assert sides(rows[DAIRY])["coverage"] == (1, 1)
    assert sides(rows[MEAT])["coverage"] == (0, 1)
    assert rows[CANTEEN].operator_count == 0
    assert rows[CANTEEN].mean_days_text == "—"
    assert {each.rate for each in rows[CANTEEN].indicators} == {None}


def test_a_catering_kind_is_covered_by_any_goods() -> None:
    canteen = shop(sector=Sector.CATERING, catering_class=CANTEEN)
    buys(canteen, 5, goods="")
    count_numbers()

    assert sides(seen(make_county())[CANTEEN])["coverage"] == (1, 1)
    assert seen(make_county(), Sector.CIRCULATION)[CANTEEN].operator_count == 0


def test_a_month_found_to_be_made_up_covers_no_class_and_is_counted_as_such() -> None:
    operator = dairy_shop()
    buys(operator, 5)
    make_suspicion(operator, state=Suspicion.State.EXCLUDED, reason="到店核实", decided_at=AT)
    count_numbers()

    assert sides(seen(make_county())[DAIRY])["coverage"] == (0, 1)
    shown = overview(platform_actor(), make_county(), MONTH)
    assert shown.made_up_count == 1
    assert overview(platform_actor(), make_county(), date(2026, 9, 1)).made_up_count == 0
    assert overview(platform_actor(), make_county(), MONTH, Sector.FARM).made_up_count == 0


def test_a_station_sees_its_own() -> None:
    station = make_station()
    dairy_shop(station=station)
    other = dairy_shop()
    make_suspicion(other, state=Suspicion.State.EXCLUDED, reason="到店核实", decided_at=AT)
    count_numbers()
    count_classes(MONTH, at=AT)

    shown = overview(station_officer_of(station), make_county(), MONTH)

    assert {row.code: row.operator_count for row in shown.by_class}[DAIRY] == 1
    assert shown.made_up_count == 0


def test_a_frozen_month_is_counted_once_more_and_then_rests() -> None:
    dairy_shop()
    count_numbers()
    count_classes(MONTH, at=AT)
    MonthFreeze.objects.create(
        month=MONTH, frozen_at=AT + timedelta(hours=1), frozen_by="平台", operator_count=1
    )

    assert count_classes(MONTH, at=AT + timedelta(hours=2)) == 4
    OperatorMonth.objects.update(own_classes=0)
    assert count_classes(MONTH, at=AT + timedelta(hours=3)) == 0
    assert ClassMonth.objects.filter(month=MONTH).count() == 4


def test_counts_the_running_month_and_the_one_before() -> None:
    dairy_shop()
    count_numbers()

    count_recent(at=AT)

    months = set(ClassMonth.objects.values_list("month", flat=True))
    assert months == {MONTH, date(2026, 11, 1)}
