"""The bureau's list of operators and an operator's page."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Licence, LicenceKind, Operator, Standing
from enterprises.roles import Role
from supervision.models import MonthFreeze
from supervision.queries import operators
from tests.builders import enterprises as build
from tests.builders.numbers import make_incoming, make_purchase, noon
from tests.supervision.views.bureau import (
    MONTH,
    TODAY,
    buys_on,
    count_numbers,
    county_client,
    shop,
    signed_in,
    unregistered_shop,
)

pytestmark = pytest.mark.django_db
LIST_BUDGET = 14
PAGE_BUDGET = 18


def names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/bureau/operators/{query}")
    assert answer.status_code == 200
    return [row.name for row in answer.context["rows"]]


def reachable_at(operator: Operator, phone: str, name: str = "张三丰") -> Operator:
    operator.contact_phone, operator.contact_name = phone, name
    operator.save(update_fields=["contact_phone", "contact_name"])
    return operator


def licence(operator: Operator, until: date) -> Licence:
    return Licence.objects.create(
        operator=operator, kind=LicenceKind.BUSINESS, number="JY13701020000001", valid_until=until
    )


def test_lists_only_ones_own_county() -> None:
    other = build.make_county(code="370103", name="市中区")
    shop("我县的店")
    shop("邻县的店", township=build.make_township(county=other))

    assert names(county_client()) == ["我县的店"]


def test_a_station_officer_lists_the_stations_operators() -> None:
    station = build.make_station()
    shop("所里的店", station=station)
    shop("别所的店")

    assert names(signed_in(Role.STATION_OFFICER, station=station)) == ["所里的店"]


def test_the_unregistered_list_leaves_out_who_has_closed() -> None:
    unregistered_shop("未注册店")
    unregistered_shop("关门店", standing=Standing.CLOSED, standing_reason="已注销")
    shop("已注册店")
    count_numbers()

    assert names(county_client(), "?quick=unregistered") == ["未注册店"]


@pytest.mark.parametrize(("days_ago", "listed"), [(29, False), (30, True), (31, True)])
def test_thirty_silent_days_put_an_operator_on_the_list(days_ago: int, listed: bool) -> None:
    operator = shop("安静店")
    last = TODAY - timedelta(days=days_ago)
    buys_on(operator, last.day, month=last.replace(day=1))
    count_numbers()

    assert names(county_client(), "?quick=silent") == ["安静店"] * listed


def test_who_was_active_and_fell_silent_is_a_broken_chain() -> None:
    buys_on(shop("断链店"), 5, 6, 7, 8)
    buys_on(shop("从未活跃店"), 5)
    talking = shop("仍在上链店")
    buys_on(talking, 5, 6, 7, 8)
    buys_on(talking, 9, month=date(2026, 11, 1))
    count_numbers()

    assert names(county_client(), "?quick=broken") == ["断链店"]


def test_a_broken_chain_is_looked_for_among_the_operators_in_sight() -> None:
    county = build.make_county()
    criteria = operators.Criteria(today=TODAY, broken=True)

    found = operators.operators_matching(build.officer_of(county), criteria)

    assert str(found.query).count('FROM "enterprises_operator"') == 1


@pytest.mark.parametrize(
    ("until", "query", "listed"),
    [
        (date(2026, 11, 9), "lapsed", True),
        (date(2026, 11, 10), "lapsed", False),
        (date(2026, 11, 10), "expiring", True),
        (date(2026, 12, 10), "expiring", True),
        (date(2026, 12, 11), "expiring", False),
    ],
)
def test_licences_are_listed_by_the_day_they_end(until: date, query: str, listed: bool) -> None:
    licence(shop("证照店"), until)

    assert names(county_client(), f"?licences={query}") == ["证照店"] * listed


@pytest.mark.parametrize(
    ("kind", "until", "lapsed", "expiring"),
    [
        (LicenceKind.BUSINESS, date(2026, 11, 1), True, False),
        (LicenceKind.BUSINESS, date(2026, 11, 2), True, False),
        (LicenceKind.BUSINESS, TODAY, False, True),
        (LicenceKind.BUSINESS, date(2026, 12, 11), False, False),
        (LicenceKind.BUSINESS, None, False, False),
        (LicenceKind.PRODUCTION, date(2026, 12, 11), True, False),
    ],
)
def test_a_licence_renewed_under_a_new_number_lapses_no_more(
    kind: LicenceKind, until: date | None, lapsed: bool, expiring: bool
) -> None:
    operator = shop("换证店")
    licence(operator, date(2026, 11, 1))
    Licence.objects.create(operator=operator, kind=kind, number="NEW", valid_until=until)

    assert names(county_client(), "?licences=lapsed") == ["换证店"] * lapsed
    assert names(county_client(), "?licences=expiring") == ["换证店"] * expiring


def test_a_row_and_the_page_show_the_renewed_licence() -> None:
    operator = shop()
    licence(operator, date(2026, 11, 1))
    Licence.objects.create(
        operator=operator, kind=LicenceKind.BUSINESS, number="NEW", valid_until=date(2031, 11, 1)
    )
    client = county_client()

    [row] = client.get("/bureau/operators/").context["rows"]
    text = client.get(f"/bureau/operators/{operator.pk}/").content.decode()

    assert (row.licence_until, row.is_licence_lapsed) == (date(2031, 11, 1), False)
    assert "已换新证" in text
    assert "已过期" not in text


@pytest.mark.parametrize(
    ("sold_on", "listed"), [(date(2026, 11, 3), False), (date(2026, 11, 2), True)]
)
def test_a_delivery_unconfirmed_too_long_is_a_broken_chain(sold_on: date, listed: bool) -> None:
    make_incoming(shop("未确认店"), sold_on=sold_on)

    assert names(county_client(), "?quick=broken") == ["未确认店"] * listed


@pytest.mark.parametrize(("is_frozen", "listed"), [(False, True), (True, False)])
def test_unmatched_records_count_until_their_month_is_frozen(is_frozen: bool, listed: bool) -> None:
    make_purchase(shop("未对应店"), on=date(2026, 10, 30), supplier_operator_id=7)
    count_numbers()
    if is_frozen:
        MonthFreeze.objects.create(month=MONTH, frozen_at=noon(TODAY), operator_count=1)

    assert names(county_client(), "?quick=broken") == ["未对应店"] * listed


@pytest.mark.parametrize("text", ["粮油", "lzlyd", "91370102MAX"])
def test_finds_by_name_initials_and_code(text: str) -> None:
    shop("老张粮油店", pinyin="lzlyd", code="91370102MAX000001A")
    shop("别的店", pinyin="bdd")

    assert names(county_client(), f"?search={text}") == ["老张粮油店"]


def test_phones_and_names_are_masked() -> None:
    reachable_at(shop(), "13812345678")

    text = county_client().get("/bureau/operators/").content.decode()

    assert "138****5678" in text
    assert "13812345678" not in text
    assert "张三丰" not in text


def test_the_food_safety_office_gets_no_button_to_reveal() -> None:
    shop()
    office = signed_in(Role.FOOD_SAFETY_OFFICE, division=build.make_county())

    assert "/reveal/" not in office.get("/bureau/operators/").content.decode()
    assert "/reveal/" in county_client().get("/bureau/operators/").content.decode()


def test_pages_by_key_without_losing_the_filter() -> None:
    for number in range(30):
        shop(f"第{number:02}店")
    client = county_client()

    first = client.get("/bureau/operators/?sector=circulation")
    second = client.get(
        f"/bureau/operators/?sector=circulation&cursor={first.context['page'].older}"
    )

    assert len(first.context["rows"]) == 25
    assert len(second.context["rows"]) == 5


def test_the_list_costs_a_fixed_number_of_queries() -> None:
    for _ in range(10):
        buys_on(shop(), 5)
    count_numbers()
    client = county_client()

    with CaptureQueriesContext(connection) as queries:
        client.get("/bureau/operators/")

    assert len(queries) <= LIST_BUDGET
    assert not [each for each in queries if "COUNT(" in each["sql"].upper()]


def test_exports_what_is_filtered_and_says_who_took_it() -> None:
    reachable_at(unregistered_shop("未注册店"), "13812345678")
    shop("已注册店")
    count_numbers()

    answer = county_client().get("/bureau/operators/export/?quick=unregistered")

    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    entry = AuditEntry.objects.get(event="list_exported")
    assert rows[1][0] == "未注册店"
    assert rows[1][10] == "13812345678"
    assert rows[2][0] is None
    assert str(entry.pk) in str(rows[3][0])
    assert (entry.about, entry.count) == ("operators", 1)


def test_the_food_safety_office_exports_masked_phones() -> None:
    reachable_at(shop(), "13812345678")
    office = signed_in(Role.FOOD_SAFETY_OFFICE, division=build.make_county())

    answer = office.get("/bureau/operators/export/")

    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[1][10] == "138****5678"


def test_an_operators_page_shows_its_days() -> None:
    operator = shop()
    licence(operator, date(2026, 11, 1))
    buys_on(operator, 5, 6)
    count_numbers()

    answer = county_client().get(f"/bureau/operators/{operator.pk}/?month=2026-10")

    calendar = answer.context["calendar"]
    active = [cell.day.day for week in calendar.weeks for cell in week if cell and cell.is_active]
    assert active == [5, 6]
    assert "2026-11-01 已过期" in answer.content.decode()


def test_an_operators_page_costs_a_fixed_number_of_queries() -> None:
    operator = shop()
    client = county_client()

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/bureau/operators/{operator.pk}/")

    assert len(queries) <= PAGE_BUDGET


def test_a_foreign_operator_does_not_exist() -> None:
    other = build.make_county(code="370103", name="市中区")
    foreign = shop(township=build.make_township(county=other))

    assert county_client().get(f"/bureau/operators/{foreign.pk}/").status_code == 404


def test_a_standing_changes_with_its_reason() -> None:
    operator = shop()

    county_client().post(
        f"/bureau/operators/{operator.pk}/standing/",
        {"standing": "closed", "since": "2026-11-03", "reason": "现场核查已关门"},
    )

    operator.refresh_from_db()
    assert (operator.standing, operator.standing_reason) == ("closed", "现场核查已关门")
    assert AuditEntry.objects.get(event="standing_changed").operator_id == operator.pk


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"standing": "closed", "since": "2026-11-03", "reason": ""}, "请写明原因"),
        ({"standing": "closed", "since": "2026-11-11", "reason": "关"}, "不能晚于今天"),
        ({"standing": "normal", "since": "2026-11-03", "reason": "关"}, "不用修改"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    facts: dict[str, str], sentence: str
) -> None:
    operator = shop()

    answer = county_client().post(f"/bureau/operators/{operator.pk}/standing/", facts)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    operator.refresh_from_db()
    assert operator.standing == Standing.NORMAL


def test_an_operator_becomes_a_wholesaler_with_its_reason() -> None:
    operator = shop()
    client = county_client()

    answer = client.post(
        f"/bureau/operators/{operator.pk}/wholesale/",
        {"wholesale-is_wholesale": "yes", "wholesale-reason": "现场核查后认定"},
        follow=True,
    )

    operator.refresh_from_db()
    entry = AuditEntry.objects.get(event="wholesale_changed")
    assert operator.is_wholesale
    assert (entry.operator_id, entry.reason) == (operator.pk, "现场核查后认定")
    assert entry.details == {"before": False, "after": True}
    assert "从事批发" in answer.content.decode()


@pytest.mark.parametrize(
    ("said", "reason", "text"),
    [
        ("yes", "", "请写明原因"),
        ("yes", "字" * 201, "太长了"),
        ("no", "核查", "不用修改"),
        ("maybe", "核查", "没有这个选项"),
    ],
)
def test_a_faulty_change_to_wholesale_comes_back(said: str, reason: str, text: str) -> None:
    operator = shop()
    facts = {"wholesale-is_wholesale": said, "wholesale-reason": reason}

    answer = county_client().post(f"/bureau/operators/{operator.pk}/wholesale/", facts)

    operator.refresh_from_db()
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not operator.is_wholesale
    assert not AuditEntry.objects.filter(event="wholesale_changed").exists()
