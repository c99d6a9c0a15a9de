"""The page of 评价考核, its sheet and the page of the weights."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.roles import Role
from supervision.models import ValueChange
from tests.builders import enterprises as build
from tests.supervision.views.bureau import count_numbers, county_client, shop, signed_in

pytestmark = pytest.mark.django_db
OCTOBER = "?month=2026-10"
WEIGHTS = {
    "registration": "40",
    "activity": "30",
    "coverage": "20",
    "system_upload": "10",
    "effective_from": "2026-12",
    "legal_basis": "考核办法",
    "reason": "试行",
}
# Session, person, memberships, jurisdiction's name, the cities, the evaluation's nine.
BUDGET = 15


def test_ranks_the_cities_for_every_bureau() -> None:
    shop()
    count_numbers()

    answer = county_client().get(f"/bureau/evaluation/{OCTOBER}")

    assert [row.division.name for row in answer.context["found"].rows] == ["济南市"]
    assert "怎么计分" in answer.content.decode()


def test_a_county_compares_the_counties_of_its_city() -> None:
    shop()
    count_numbers()

    answer = county_client().get(f"/bureau/evaluation/{OCTOBER}&city=370100&kind=year")

    assert [row.division.name for row in answer.context["found"].rows] == ["历下区"]


def test_another_citys_counties_do_not_exist_to_it() -> None:
    build.make_city(code="370200", name="青岛市")

    assert county_client().get("/bureau/evaluation/?city=370200").status_code == 404


def test_costs_a_fixed_number_of_queries() -> None:
    shop()
    count_numbers()
    client, page = county_client(), f"/bureau/evaluation/{OCTOBER}&city=370100&kind=quarter"
    client.get(page)

    with CaptureQueriesContext(connection) as queries:
        client.get(page)

    assert len(queries) <= BUDGET


def test_exports_what_it_shows() -> None:
    shop()
    count_numbers()

    answer = county_client().get(f"/bureau/evaluation/export/{OCTOBER}")

    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][2:4] == ("济南市", "370100")
    assert rows[1][7:10] == (1, 1, 100)


def test_a_city_proposes_its_weights_and_a_second_person_approves() -> None:
    city = build.make_city()
    first, second = (signed_in(Role.CITY_OFFICER, division=city) for _ in range(2))

    assert first.post("/bureau/evaluation/weights/", WEIGHTS).status_code == 302
    page = f"/bureau/changes/{ValueChange.objects.get().pk}/"
    assert "等您批准" in second.get("/bureau/evaluation/weights/").content.decode()
    assert second.post(page, {"decision": "approve", "reason": "同意"}).status_code == 302

    assert ValueChange.objects.get().state == "approved"
    assert first.get(page).status_code == 200


def test_weights_that_do_not_make_100_come_back_with_what_is_missing() -> None:
    client = signed_in(Role.CITY_OFFICER, division=build.make_city())

    answer = client.post("/bureau/evaluation/weights/", WEIGHTS | {"activity": "20"})

    assert answer.status_code == 422
    assert "现在是 90" in answer.content.decode()
    assert not ValueChange.objects.exists()


def test_only_divisions_in_sight_are_links() -> None:
    build.make_county(code="370103", name="市中区")
    client = county_client()

    below = client.get(f"/bureau/evaluation/{OCTOBER}&city=370100").context["rows"]
    cities = client.get(f"/bureau/evaluation/{OCTOBER}").context["rows"]

    addresses = {row.division.name: url for row, url in [*below, *cities]}
    assert addresses["市中区"] == addresses["济南市"] == ""
    assert client.get(addresses["历下区"]).status_code == 200


def test_each_part_of_a_score_bears_its_name_on_a_phone_too() -> None:
    shop()
    count_numbers()

    page = county_client().get(f"/bureau/evaluation/{OCTOBER}").content.decode()

    assert "<dt>注册率</dt>" in page
