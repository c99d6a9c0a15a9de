"""An officer follows a batch: its number, the holders in sight, a case, the other city, the workbook."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from enterprises.roles import Role
from shilian import clock
from tests.axe import faults
from tests.builders.chains import lixia, make_chain, province_officer
from tests.journeys.bureau_month import make_officer, sign_in
from traceability.models import Batch, TraceCase
from traceability.operations import cases

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_follows_a_batch_into_the_other_city(page: Page) -> None:
    chain = make_chain()
    Batch.objects.update(batch_number="MF20261101")
    make_officer("lixia", Role.COUNTY_OFFICER, lixia())
    sign_in(page, "lixia", "/bureau/trace/")

    _find(page)
    _ask_for_a_case(page)
    case = TraceCase.objects.get()
    cases.approve_case(by=province_officer(), case_id=case.pk, at=clock.now())
    _see_the_other_city(page, f"/bureau/trace/{chain.start.pk}/")
    _export(page)


def _find(page: Page) -> None:
    page.get_by_label("手上有什么").fill("MF20261101")
    page.get_by_role("button", name="查找批次").click()
    page.locator("#found tbody a").first.click()

    page.get_by_text("个批次在辖区外，开案后可见").wait_for()
    assert "历下食堂" in page.locator("#down").inner_text()
    assert "青岛小店" not in page.content()
    assert faults(page) == []


def _ask_for_a_case(page: Page) -> None:
    page.get_by_role("link", name="申请开案").click()
    page.get_by_label("事由").select_option("failed_sample")
    page.get_by_label("情况说明").fill("样品编号一不合格")
    page.get_by_role("button", name="提交申请").click()

    page.get_by_text("等待上级批准").wait_for()


def _see_the_other_city(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("link", name="按案件查看").click()

    page.get_by_text("正在按").wait_for()
    assert "青岛小店" in page.locator("#down").inner_text()
    assert page.locator(".sl-trace-box").count() == 4


def _export(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="导出表格").click()

    book = load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    assert book.sheetnames == ["起点", "下游第1级", "下游第2级", "下游持有单位"]
