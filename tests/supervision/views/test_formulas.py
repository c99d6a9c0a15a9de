"""指标怎么算, 最能提升指标的 20 户 and the dashboard's way to both."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests.supervision.views.bureau import buys_on, count_numbers, county_client, shop

pytestmark = pytest.mark.django_db
OCTOBER = "?month=2026-10"
# Session, person, memberships, jurisdiction's name, home, and the page's own.
FORMULA_BUDGET = 12
LIFT_BUDGET = 12


def test_explains_each_indicator_with_last_months_numbers() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    count_numbers()

    text = county_client().get("/bureau/formulas/").content.decode()

    assert "历下区2026年10月的实际数字" in text
    assert "1 ÷ 1 = <strong>100.00%</strong>" in text
    assert "没有应统计的对象" in text


def test_every_figure_of_the_dashboard_leads_to_its_formula() -> None:
    shop()
    count_numbers()

    text = county_client().get(f"/bureau/{OCTOBER}").content.decode()

    for code in ("registration", "activity", "coverage", "system_upload", "broken_links"):
        assert f"/bureau/formulas/?division=370102&amp;month=2026-10#{code}" in text
    assert "/bureau/lift/" in text


def test_the_pages_cost_a_fixed_number_of_queries() -> None:
    for _ in range(3):
        shop()
    count_numbers()
    client = county_client()
    client.get("/bureau/formulas/")

    with CaptureQueriesContext(connection) as explaining:
        client.get(f"/bureau/formulas/{OCTOBER}")
    with CaptureQueriesContext(connection) as lifting:
        client.get(f"/bureau/lift/{OCTOBER}")

    assert len(explaining) <= FORMULA_BUDGET
    assert len(lifting) <= LIFT_BUDGET


def test_the_twenty_leave_as_a_sheet() -> None:
    buys_on(shop("差一天"), 5, 6, 7)
    count_numbers()

    answer = county_client().get(f"/bureau/lift/export/{OCTOBER}")

    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][1] == "差一天"
    assert rows[1][6:9] == (1, 3, 4)


def test_a_bad_month_or_link_is_left_out() -> None:
    client = county_client()

    assert client.get("/bureau/formulas/?month=2999-01").status_code == 200
    assert client.get("/bureau/lift/?month=xx&sector=nothing").status_code == 200
