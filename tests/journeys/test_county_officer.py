"""A county officer's morning: who is not registered, how to reach them, the list to take along."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from enterprises.roles import Role
from tests.journeys.bureau_month import last_month, make_month, make_officer, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_finds_who_is_not_registered_and_how_to_reach_them(page: Page) -> None:
    make_officer("lixia", Role.COUNTY_OFFICER, make_month())
    sign_in(page, "lixia", "/bureau/")

    _drill_down_to_the_township(page)
    _open_the_unregistered(page)
    _reveal_the_phone(page)
    _take_the_list_along(page)
    _open_the_operator(page)


def _drill_down_to_the_township(page: Page) -> None:
    page.goto(f"/bureau/?month={last_month():%Y-%m}")
    assert page.locator("h1").inner_text() == "历下区上链应用情况"
    assert "66.67%" in page.locator("#content").inner_text()

    page.locator("#ranking-table").get_by_role("link", name="解放路街道").click()

    page.get_by_role("heading", level=1, name="解放路街道上链应用情况").wait_for()


def _open_the_unregistered(page: Page) -> None:
    page.get_by_role("link", name="未注册 1").click()

    page.get_by_role("link", name="未注册粮油店").wait_for()
    assert page.locator("#operators tbody tr").count() == 1
    assert "138****5678" in page.locator("#operators").inner_text()
    assert "13812345678" not in page.content()


def _reveal_the_phone(page: Page) -> None:
    page.get_by_role("button", name="查看").click()

    page.get_by_text("13812345678").wait_for()
    assert AuditEntry.objects.filter(event__contains="contact").count() == 1


def _take_the_list_along(page: Page) -> None:
    with page.expect_download() as taken:
        page.get_by_role("link", name="导出").click()

    sheet = load_workbook(BytesIO(taken.value.path().read_bytes())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "名称"
    assert [row[0] for row in rows[1:2]] == ["未注册粮油店"]
    assert rows[1][10] == "13812345678"
    assert "王科长" in str(rows[3][0])


def _open_the_operator(page: Page) -> None:
    page.get_by_role("link", name="未注册粮油店").click()

    page.get_by_role("heading", level=1, name="未注册粮油店").wait_for()
    page.get_by_role("link", name="记录和凭证").click()
    page.get_by_text("没有这样的记录").wait_for()
    assert AuditEntry.objects.filter(event="records_seen").count() == 1
