"""The bulletin's workbook, opened again."""

from __future__ import annotations

import io
import time
from datetime import date

import pytest
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook

from enterprises.actor import platform_actor
from enterprises.models import Division, OperatorState
from shilian import clock
from supervision.documents.bulletin_sheet import write_bulletin
from supervision.models import Bulletin
from supervision.operations import bulletins
from supervision.queries.rankings import city_ranking
from tests.builders.enterprises import make_city, make_county, make_operator, make_township
from tests.builders.numbers import make_purchase, noon

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


def drafted() -> Bulletin:
    """Jinan: 2 of 3 registered, 1 of 2 active; Qingdao: no operator at all."""
    make_city(code="370200", name="青岛市")
    township = make_township()
    active = make_operator(township=township, **LISTED)
    make_operator(township=township, **LISTED)
    make_operator(township=township, state=OperatorState.LISTED, listed_at=LISTED["listed_at"])
    for day in (5, 6, 7, 8):
        make_purchase(active, on=date(2026, 10, day))
    return bulletins.draft_bulletin(
        by=platform_actor(), month=MONTH, at=clock.start_of(date(2026, 11, 3))
    )


def opened(bulletin: Bulletin) -> Workbook:
    stream = io.BytesIO()
    write_bulletin(bulletin, stream)
    return load_workbook(stream)


def test_has_notes_province_cities_counties_and_links() -> None:
    book = opened(drafted())

    assert book.sheetnames == ["说明", "全省", "各市排名", "各县", "环节"]
    assert [sheet.page_setup.orientation for sheet in book] == ["landscape"] * 5


def test_province_rates_are_real_percentages() -> None:
    sheet = opened(drafted())["全省"]

    first = [cell.value for cell in sheet[5]]
    assert first[:4] == ["注册率", 2, 3, pytest.approx(2 / 3)]
    assert sheet["D5"].number_format == "0.00%"
    assert first[5:] == [0.95, "未达标"]


def test_city_rows_equal_the_ranking_and_no_data_is_a_dash() -> None:
    sheet = opened(drafted())["各市排名"]

    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    ranking = city_ranking(MONTH)
    assert (
        [row[1] for row in rows] == [row.division.name for row in ranking] == ["济南市", "青岛市"]
    )
    assert rows[0][8:11] == [1, 2, 0.5]
    assert rows[1][2:8] == [0, 0, "—", "—", 0.95, "—"]


def test_a_name_that_looks_like_a_formula_stays_text() -> None:
    make_county()
    Division.objects.filter(code="370102").update(name="=1+1")

    sheet = opened(drafted())["各县"]

    assert (sheet["C5"].value, sheet["C5"].data_type) == ("=1+1", "s")


def test_says_that_it_is_a_draft_and_carries_the_digest() -> None:
    bulletin = drafted()

    text = [str(cell.value) for row in opened(bulletin)["说明"] for cell in row]

    assert text[0] == "2026年10月食品安全追溯工作情况通报"
    assert any(each.startswith("代拟稿 · 第1版") for each in text)
    assert bulletin.sha256 in text


def test_the_same_bulletin_has_the_same_bytes_whenever_it_is_written() -> None:
    bulletin, first, second = drafted(), io.BytesIO(), io.BytesIO()
    write_bulletin(bulletin, first)

    time.sleep(2.1)  # The dates inside an archive have steps of two seconds.
    write_bulletin(bulletin, second)

    assert first.getvalue() == second.getvalue()


def test_every_count_opens_the_frozen_rows_behind_it() -> None:
    bulletin, stream = drafted(), io.BytesIO()

    write_bulletin(bulletin, stream, address="https://sl.example")

    sheet = load_workbook(stream)["各市排名"]
    page = f"https://sl.example/bureau/bulletins/{bulletin.pk}/rows/"
    assert sheet["C5"].hyperlink.target == f"{page}?division=370100&figure=registered"
    assert sheet["D5"].hyperlink.target == f"{page}?division=370100&figure=listed"
    assert [sheet.cell(row=row, column=29).value for row in (5, 6)] == ["370100", "370200"]
