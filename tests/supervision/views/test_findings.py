"""The radar's pages, and months that look made up, as officers and operators see them."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import Membership, Operator, Person
from enterprises.roles import Role
from supervision.models import Finding, MonthFreeze, Suspicion
from supervision.queries import workload
from tests.builders.enterprises import (
    give_role,
    make_city,
    make_county,
    make_person,
    make_province,
    make_station,
    make_township,
    officer_of,
    owner_of,
)
from tests.builders.watching import (
    AT,
    days_ago,
    make_finding,
    make_suspicion,
    month_row,
    trader,
)
from tests.supervision.views.bureau import TODAY, county_client, signed_in

pytestmark = pytest.mark.django_db
LIST, SUSPECTS = "/bureau/findings/", "/bureau/suspicions/"


def names(client: Client, query: str = "") -> list[str]:
    return [row["finding"].operator.name for row in client.get(LIST + query).context["rows"]]


def owner_client(operator: Operator) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=owner_of(operator).person_id))
    return client


def test_lists_the_gravest_and_most_urgent_first_and_only_what_is_open() -> None:
    make_finding(trader(name="丙店"))
    make_finding(trader(name="甲店"), rule="papers_expired", due_on=days_ago(-9))
    make_finding(trader(name="乙店"), due_on=days_ago(2))
    make_finding(trader(name="丁店"), state="closed", closed_at=AT)

    assert names(county_client()) == ["甲店", "乙店", "丙店"]
    assert names(county_client(), "?state=closed") == ["丁店"]
    assert len(names(county_client(), "?state=all")) == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?rule=papers_expired", ["证店"]),
        ("?severity=2", ["旧店", "新店"]),
        ("?overdue=yes", ["旧店"]),
        ("?band=30", ["旧店", "新店"]),
        ("?band=60", ["旧店"]),
        ("?band=90", []),
        ("?assignee=none", ["证店", "新店"]),
        ("?search=旧", ["旧店"]),
        ("?rule=nonsense&band=7", ["证店", "旧店", "新店"]),
    ],
)
def test_narrows_by_the_filters(query: str, expected: list[str]) -> None:
    wang = make_person(name="老王")
    give_role(wang, Role.COUNTY_OFFICER, division=make_county())
    make_finding(trader(name="证店"), rule="papers_expired", since=days_ago(400))
    make_finding(trader(name="旧店"), since=days_ago(60), due_on=days_ago(1), assignee=wang)
    make_finding(trader(name="新店"), since=days_ago(30), due_on=TODAY)

    assert names(county_client(), query) == expected


def test_a_city_chooses_among_its_counties_and_a_county_has_no_choice() -> None:
    elsewhere = make_county(code="370103", name="市中区")
    make_finding(trader(name="历下店"))
    make_finding(trader(name="市中店", township=make_township(county=elsewhere)))
    city = signed_in(Role.CITY_OFFICER, division=make_city())

    assert sorted(names(city)) == ["历下店", "市中店"]
    assert names(city, f"?county={elsewhere.pk}") == ["市中店"]
    assert names(county_client(), f"?county={elsewhere.pk}") == ["历下店"]


def test_gives_out_what_is_ticked_and_comes_back_to_the_list_as_it_was() -> None:
    client = county_client()
    person = Person.objects.get(memberships__role=Role.COUNTY_OFFICER)
    rows = [make_finding(trader()) for _ in range(2)]
    data = {"finding": [row.pk for row in rows], "person": person.pk, "next": f"{LIST}?band=30"}

    answer = client.post(f"{LIST}assign/", data)

    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?band=30")
    assert {row.assignee for row in Finding.objects.all()} == {person}
    assert "已分派 2 条。" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"person": "1"}, "请先勾选要办理的线索。"),
        ({"finding": ["1"]}, None),
        ({"finding": ["甲", "-1", "9e9"], "person": "甲"}, "请先勾选要办理的线索。"),
    ],
)
def test_a_bad_press_says_what_to_do(data: dict[str, Any], sentence: str | None) -> None:
    client = county_client()

    answer = client.post(f"{LIST}assign/", data)

    if sentence is None:
        assert answer.status_code == 404
    else:
        assert sentence in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:1", ""])
def test_comes_back_to_no_foreign_address(where: str) -> None:
    answer = county_client().post(f"{LIST}assign/", {"next": where})

    assert answer["Location"] == LIST


def test_the_operator_reads_the_message_on_its_home_page_until_it_is_mended() -> None:
    operator = trader(name="小张水果店")
    finding = make_finding(operator)
    owner, officer = owner_client(operator), county_client()
    page, home = f"{LIST}{finding.pk}/", "/my/"
    assert "曾活跃，后中断" not in owner.get(home).content.decode()

    sent = officer.post(f"{page}send/", {"text": "张老板，请把十月的进货补上。"})

    assert sent.status_code == 302
    assert "张老板，请把十月的进货补上。" in owner.get(home).content.decode()
    own = owner.get("/my/findings/").content.decode()
    assert "张老板，请把十月的进货补上。" in own
    assert "请在 2026-11-17 前办好" in own

    Finding.objects.update(state="closed", closed_at=AT)
    assert "张老板" not in owner.get(home).content.decode()
    assert "没有待办提醒" in owner.get("/my/findings/").content.decode()


def test_an_operator_sees_what_is_open_with_what_to_do_and_nobody_elses() -> None:
    operator = trader()
    make_finding(operator)
    make_finding(trader(), facts={"last_on": "2025-01-02"})

    text = owner_client(operator).get("/my/findings/").content.decode()

    assert "照常营业的，请把进货、销售补登记上" in text
    assert "2025年1月2日" not in text


@pytest.mark.parametrize(("text", "sentence"), [("", "请写提醒内容。"), ("长" * 501, "太长了")])
def test_a_message_that_does_not_do_comes_back(text: str, sentence: str) -> None:
    finding = make_finding(trader())

    answer = county_client().post(f"{LIST}{finding.pk}/send/", {"text": text})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Finding.objects.get().sent_at is None


def test_the_list_leaves_as_a_sheet_with_the_same_rows() -> None:
    make_finding(trader(name="甲店"), rule="papers_expired")
    make_finding(trader(name="乙店"))

    answer = county_client().get(f"{LIST}export/?rule=papers_expired")

    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    texts = [
        [cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)
    ]
    assert any("甲店" in row and "证照过期" in row for row in texts)
    assert not any("乙店" in row for row in texts)


@pytest.mark.parametrize(("path", "budget"), [(LIST, 12), (f"{LIST}?band=30", 12), (SUSPECTS, 10)])
def test_the_lists_cost_the_same_for_any_number(path: str, budget: int) -> None:
    client = county_client()
    for number in range(6):
        operator = trader(station=make_station(name=f"{number}所"))
        make_finding(operator, since=days_ago(40))
        make_suspicion(operator)
    client.get(path)

    with CaptureQueriesContext(connection) as queries:
        assert len(client.get(path).context["rows"]) == 6

    assert len(queries) <= budget


def test_a_page_of_one_keeps_its_budget() -> None:
    client, operator = county_client(), trader()
    finding, suspicion = make_finding(operator), make_suspicion(operator)

    for path in (f"{LIST}{finding.pk}/", f"{SUSPECTS}{suspicion.pk}/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        # The look itself is written down.
        assert len(queries) <= 12


def test_the_bureaus_first_page_counts_what_is_overdue_and_what_to_look_into() -> None:
    make_finding(trader(), due_on=days_ago(1))
    make_finding(trader(), due_on=TODAY)
    make_suspicion(trader())
    make_suspicion(trader(), state="cleared", decided_at=AT, reason="查过")

    here = {item.code: item.count for item in workload.what_waits(officer_of(make_county()))}

    assert (here["findings"], here["overdue_findings"], here["suspicions"]) == (2, 1, 1)


def test_lists_months_to_look_into_with_the_numbers_seen() -> None:
    make_suspicion(trader(name="甲店"))
    make_suspicion(trader(name="乙店"), score=90)
    make_suspicion(trader(name="丙店"), state="cleared", decided_at=AT, reason="查过")
    client = county_client()

    shown = client.get(SUSPECTS)

    assert [row.operator.name for row, _ in shown.context["rows"]] == ["乙店", "甲店"]
    assert "月底突击：20 条里有 19 条" in shown.content.decode()
    assert len(client.get(f"{SUSPECTS}?month=2026-10&state=").context["rows"]) == 3
    assert len(client.get(f"{SUSPECTS}?month=2026-09").context["rows"]) == 0


def test_a_county_decides_with_a_reason_and_takes_it_back() -> None:
    suspicion, client = make_suspicion(trader()), county_client()
    page = f"{SUSPECTS}{suspicion.pk}/"

    refused = client.post(f"{page}decide/", {"decision": "exclude", "reason": ""})
    client.post(f"{page}decide/", {"decision": "exclude", "reason": "到店核对票据不符"})

    assert refused.status_code == 422
    assert "请写明怎么核查的" in refused.content.decode()
    assert Suspicion.objects.get().is_excluded
    text = client.get(page).content.decode()
    assert "撤销，恢复计入" in text
    client.post(f"{page}decide/", {"decision": "readmit", "reason": "补交票据，核对属实"})
    assert Suspicion.objects.get().state == "cleared"


def test_a_frozen_month_offers_no_decision() -> None:
    suspicion = make_suspicion(trader())
    MonthFreeze.objects.create(
        month=date(2026, 10, 1), frozen_at=AT, frozen_by="平台", operator_count=1
    )

    text = county_client().get(f"{SUSPECTS}{suspicion.pk}/").content.decode()

    assert "已经冻结" in text
    assert 'name="decision"' not in text


def test_a_station_reads_and_the_food_safety_office_does_not() -> None:
    station = make_station()
    finding = make_finding(trader(station=station))
    suspicion = make_suspicion(trader(station=station))
    field = signed_in(Role.STATION_OFFICER, station=station)
    office = signed_in(Role.FOOD_SAFETY_OFFICE, division=make_province())

    assert field.get(f"{LIST}{finding.pk}/").status_code == 200
    text = field.get(f"{SUSPECTS}{suspicion.pk}/").content.decode()
    assert 'name="decision"' not in text
    assert office.get(LIST).status_code == 403
    assert Membership.objects.filter(role=Role.FOOD_SAFETY_OFFICE).exists()


def test_the_operators_page_tells_what_is_open_and_which_month_was_excluded() -> None:
    operator = trader()
    make_finding(operator)
    month_row(operator, date(2026, 10, 20), active=False, excluded=True)

    text = county_client().get(f"/bureau/operators/{operator.pk}/").content.decode()

    assert "从 2026年10月1日 以后没有新的有效记录" in text
    assert "经核查不计" in text


def test_the_operator_reads_who_opened_its_finding_and_who_judged_its_month() -> None:
    operator = trader()
    finding, suspicion = make_finding(operator), make_suspicion(operator)
    client, decision = county_client(), {"decision": "exclude", "reason": "到店核对票据不符"}

    client.get(f"{LIST}{finding.pk}/")
    client.get(f"{SUSPECTS}{suspicion.pk}/")
    client.post(f"{SUSPECTS}{suspicion.pk}/decide/", decision)

    rows = owner_client(operator).get("/my/looks/").context["looks"]
    assert sorted(entry.event for entry, _ in rows) == [
        "month_excluded",
        "records_seen",
        "records_seen",
    ]
    assert "核查不实，当月不计活跃" in [name for _, name in rows]
