"""The bureau's dashboard: figures, drill-down, jurisdiction, budget, export."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.supervision.views.bureau import (
    buys_on,
    count_numbers,
    county_client,
    shop,
    signed_in,
    unregistered_shop,
)

pytestmark = pytest.mark.django_db
OCTOBER = "?month=2026-10"
# Session, person, memberships, division, breadcrumbs, jurisdiction's name, the overview's six and
# the seven of what waits.
BUDGET = 24


def test_shows_numerator_denominator_rate_and_target() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    unregistered_shop()
    count_numbers()

    answer = county_client().get(f"/bureau/{OCTOBER}")

    values = {each.code: each for each in answer.context["overview"].indicators}
    assert (values["registration"].numerator, values["registration"].denominator) == (1, 2)
    assert (values["activity"].numerator, values["activity"].denominator) == (1, 1)
    text = answer.content.decode()
    assert "50.00%" in text
    assert "目标 98%" in text or "目标 95%" in text


def test_shows_a_dash_where_there_is_nothing_to_divide_by() -> None:
    answer = county_client().get(f"/bureau/{OCTOBER}")

    assert "没有应统计的主体" in answer.content.decode()
    assert {each.rate for each in answer.context["overview"].indicators} == {None}


def test_every_figure_opens_to_as_many_operators_as_it_counts() -> None:
    buys_on(shop("活跃店"), 5, 6, 7, 8)
    shop("安静店")
    unregistered_shop("未注册店")
    count_numbers()
    client = county_client()

    cards = client.get(f"/bureau/{OCTOBER}").context["cards"]

    for card in cards:
        met = client.get(card.met_url).context["rows"]
        missing = client.get(card.missing_url).context["rows"]
        assert (len(met), len(missing)) == (card.value.numerator, card.missing)


def test_drills_down_to_the_township() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    count_numbers()
    client = county_client()

    children = client.get(f"/bureau/{OCTOBER}").context["children"]
    below = client.get(children[0][1])

    assert below.context["overview"].division.name == "解放路街道"
    assert below.context["overview"].indicators[0].denominator == 1


def test_a_foreign_division_does_not_exist() -> None:
    build.make_county(code="370103", name="市中区")

    assert county_client().get("/bureau/?division=370103").status_code == 404
    assert county_client().get("/bureau/?division=370100").status_code == 404
    assert county_client().get("/bureau/?division=999999").status_code == 404


def test_a_station_officer_sees_the_stations_part_of_the_county() -> None:
    station = build.make_station()
    shop(station=station)
    shop()
    count_numbers()

    answer = signed_in(Role.STATION_OFFICER, station=station).get(f"/bureau/{OCTOBER}")

    assert answer.context["overview"].indicators[0].denominator == 1
    assert "只统计本所管辖的主体" in answer.content.decode()


def test_the_province_has_a_map_of_its_cities() -> None:
    shop()
    count_numbers()

    client = signed_in(Role.PROVINCE_OFFICER, division=build.make_province())
    answer = client.get(f"/bureau/{OCTOBER}")

    assert [each["adcode"] for each in answer.context["map_spec"]["values"]] == [370100]
    assert "data-shilian-map" in answer.content.decode()


def test_a_bad_month_or_link_is_left_out() -> None:
    client = county_client()

    assert client.get("/bureau/?month=2999-01").status_code == 200
    assert client.get("/bureau/?month=xx&sector=nothing&by=drop").status_code == 200


def test_costs_a_fixed_number_of_queries() -> None:
    for number in range(1, 6):
        shop(township=build.make_township(code=f"37010200{number}", name=f"第{number}街道"))
    count_numbers()
    client = county_client()
    client.get(f"/bureau/{OCTOBER}")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(f"/bureau/{OCTOBER}")

    assert len(queries) <= BUDGET


def test_says_what_waits_and_leads_there() -> None:
    unregistered_shop()
    count_numbers()
    client = county_client()

    waiting = {item.label: item for item in client.get("/bureau/").context["waiting"]}

    assert waiting["未注册的经营主体"].count == 1
    assert len(client.get(waiting["未注册的经营主体"].url).context["rows"]) == 1


def test_exports_the_table_it_shows() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    unregistered_shop()
    count_numbers()

    answer = county_client().get(f"/bureau/export/{OCTOBER}")

    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][:5] == (None, "历下区", "370102", 2, 4)
    assert rows[1][5:8] == (1, 2, 50)
    assert AuditEntry.objects.get(event="list_exported").about == "dashboard"


def test_vendor_support_sees_no_business_data() -> None:
    client = signed_in(Role.VENDOR_SUPPORT)

    for path in ("/bureau/", "/bureau/operators/", "/bureau/export/", "/bureau/operators/1/"):
        assert client.get(path).status_code == 403
