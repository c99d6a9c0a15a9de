"""The task force on the fifth: the province's map and ranking, the bulletin drafted and checked."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from enterprises.models import Job
from enterprises.operations import jobs
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.journeys.bureau_month import last_month, make_month, make_officer, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_drafts_the_bulletin_from_what_the_map_shows(page: Page) -> None:
    make_month()
    make_officer("zhuanban", Role.TASK_FORCE, build.make_province())
    sign_in(page, "zhuanban", "/taskforce/")

    _look_at_the_map(page)
    shown = _read_the_ranking(page)
    _draft(page)
    _download_and_compare(page, shown)


def _look_at_the_map(page: Page) -> None:
    page.goto(f"/taskforce/?month={last_month():%Y-%m}")

    page.locator("[data-shilian-map].is-drawn canvas").wait_for()
    assert "行政区划示意图" in page.locator("#content").inner_text()


def _read_the_ranking(page: Page) -> dict[str, str]:
    """The first city's cells by column."""
    table = page.locator("#ranking-table")
    heads = table.locator("thead th").all_inner_texts()
    cells = table.locator("tbody tr").first.locator("th, td").all_inner_texts()
    shown = dict(zip(heads, cells, strict=True))
    assert shown["辖区"].startswith("济南市")
    assert shown["活跃度"].split()[0] == "50.00%"
    return shown


def _draft(page: Page) -> None:
    page.get_by_role("link", name="拟写通报").click()
    page.get_by_role("button", name="冻结并拟稿").click()
    page.wait_for_url("**/jobs/*/")
    jobs.run_to_end(Job.objects.latest("id").pk)

    page.get_by_text("通报已拟好，数字已冻结").wait_for()


def _download_and_compare(page: Page, shown: dict[str, str]) -> None:
    with page.expect_download() as taken:
        page.get_by_role("link", name="附表").click()

    book = load_workbook(BytesIO(taken.value.path().read_bytes()))
    row = next(row for row in book["各市排名"].iter_rows(values_only=True) if "济南市" in row[:3])
    for column in ("注册率", "活跃度"):
        rate, _, fraction = shown[column].partition("\n")
        numerator, denominator = (int(part) for part in fraction.split(" / "))
        at = [place for place in range(len(row) - 2) if row[place] == numerator]
        assert any(
            row[place + 1] == denominator and f"{float(row[place + 2] or 0):.2%}" == rate.strip()
            for place in at
        )
