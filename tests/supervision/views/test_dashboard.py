"""The bureau's dashboard: figures, drill-down, jurisdiction, budget, export."""

from __future__ import annotations

from datetime import date
from html import unescape
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.numbers import noon
from tests.builders.watching import make_suspicion
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
BUDGET = 12
WAITING_BUDGET = 18


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


def desk(level: str) -> tuple[Client, str]:
    """An officer's client and the address of a dashboard of the level."""
    if level == "city":
        return signed_in(Role.CITY_OFFICER, division=build.make_city()), OCTOBER
    if level == "drilled":
        city = build.make_city()
        return signed_in(Role.CITY_OFFICER, division=city), f"{OCTOBER}&division=370102"
    if level == "station":
        station = build.make_station()
        return signed_in(Role.STATION_OFFICER, station=station), OCTOBER
    return county_client(), OCTOBER


@pytest.mark.parametrize("level", ["city", "drilled", "county", "station"])
def test_costs_a_fixed_number_of_queries(level: str) -> None:
    for number in range(1, 6):
        shop(township=build.make_township(code=f"37010200{number}", name=f"第{number}街道"))
    count_numbers()
    client, query = desk(level)
    client.get(f"/bureau/{query}")

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/bureau/{query}")

    assert answer.status_code == 200
    assert len(queries) <= BUDGET, [each["sql"][:150] for each in queries.captured_queries]


def test_says_what_waits_and_leads_there() -> None:
    unregistered_shop()
    count_numbers()
    client = county_client()

    waiting = {item.label: item for item in client.get("/bureau/waiting/").context["waiting"]}

    assert waiting["未注册的经营主体"].count == 1
    assert len(client.get(waiting["未注册的经营主体"].url).context["rows"]) == 1


def test_fetches_what_waits_once_the_page_stands() -> None:
    unregistered_shop()
    count_numbers()
    client = county_client()

    page = client.get("/bureau/").content.decode()
    part = client.get("/bureau/waiting/", headers={"HX-Request": "true"}).content.decode()
    whole = client.get("/bureau/waiting/").content.decode()

    assert 'hx-get="/bureau/waiting/"' in page
    assert "未注册的经营主体" not in page
    assert "未注册的经营主体" in part
    assert ("<html" in part, "<html" in whole, "未注册的经营主体" in whole) == (False, True, True)


def test_says_when_nothing_waits() -> None:
    count_numbers()

    answer = county_client().get("/bureau/waiting/", headers={"HX-Request": "true"})

    assert "没有等您处理的事项" in answer.content.decode()


def test_counts_what_waits_in_few_queries() -> None:
    unregistered_shop()
    count_numbers()
    client = county_client()
    client.get("/bureau/waiting/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/bureau/waiting/", headers={"HX-Request": "true"})

    assert len(queries) <= WAITING_BUDGET


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


def test_says_how_many_months_were_left_out_and_leads_to_them() -> None:
    county = build.make_county()
    operator = shop("造数店")
    facts = {"state": "excluded", "reason": "到店核实", "decided_at": noon(date(2026, 11, 2))}
    make_suspicion(operator, **facts)
    count_numbers()
    client = county_client()

    text = client.get(f"/bureau/{OCTOBER}").content.decode()

    assert "本月剔除 1 户" in text
    url = f"/bureau/suspicions/?month=2026-10&state=excluded&county={county.pk}"
    assert url in unescape(text)
    assert [row.operator for row, _ in client.get(url).context["rows"]] == [operator]
    assert "剔除" not in client.get("/bureau/?month=2026-09").content.decode()
