"""An operator's day on the phone, from signing in to the printed ledger."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from shilian import clock
from tests.builders.enterprises import make_person
from tests.traceability.views.shop import Shop, buy, make_paper, make_shop, send_to
from traceability.models import IncomingDraft, Purchase, Sale

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "shang-lian-2026"


def test_a_day_of_a_wholesaler(phone_page: Page) -> None:
    shop = _open_shop()
    send_to(shop)
    yesterdays = buy(shop, purchased_on=clock.today(), voucher_number="P-1")
    make_paper(shop)

    _sign_in(phone_page, shop)
    _take_in_what_waits(phone_page, shop)
    _repeat_in_three_taps(phone_page, shop, yesterdays)
    _buy_from_somebody_new(phone_page, shop)
    _sell(phone_page, shop)
    _show_the_ledger(phone_page)


def test_a_half_filled_purchase_survives_a_reload(phone_page: Page) -> None:
    shop = _open_shop()
    _sign_in(phone_page, shop)
    phone_page.goto("/my/purchases/new/")
    phone_page.locator("#product-choices").get_by_role("button", name="面粉").click()
    phone_page.get_by_label("数量").fill("12")
    phone_page.get_by_label("票据号").fill("A-100")

    phone_page.reload()

    assert phone_page.get_by_label("数量").input_value() == "12"
    assert phone_page.get_by_label("票据号").input_value() == "A-100"


def test_a_session_lost_on_the_way_loses_nothing(phone_page: Page) -> None:
    shop = _open_shop()
    _sign_in(phone_page, shop)
    phone_page.goto(f"/my/purchases/new/?supplier={shop.supplier.pk}")
    phone_page.locator("#product-choices").get_by_role("button", name="面粉").click()
    phone_page.get_by_label("数量").fill("12")
    phone_page.context.clear_cookies(name="shilian_session")

    phone_page.get_by_role("button", name="保存", exact=True).click()
    _fill_in_login(phone_page, shop)

    assert phone_page.get_by_label("数量").input_value() == "12"
    phone_page.get_by_role("button", name="保存", exact=True).click()
    phone_page.get_by_text("已登记 1 条进货").wait_for()
    assert Purchase.objects.filter(operator=shop.operator).count() == 1


def _open_shop() -> Shop:
    shop = make_shop(is_wholesale=True)
    shop.person.set_password(PASSWORD)
    shop.person.save()
    make_person(login="somebody-else")
    return shop


def _sign_in(page: Page, shop: Shop) -> None:
    page.goto("/my/")
    _fill_in_login(page, shop)


def _fill_in_login(page: Page, shop: Shop) -> None:
    page.locator("input[name=login]").fill(shop.person.login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/my/**")


def _take_in_what_waits(page: Page, shop: Shop) -> None:
    page.get_by_role("button", name="全部收下").click()
    page.get_by_role("button", name="确定").click()
    page.get_by_text("已登记 1 条进货").wait_for()

    assert IncomingDraft.objects.get(operator=shop.operator).state == "accepted"


def _repeat_in_three_taps(page: Page, shop: Shop, last: Purchase) -> None:
    before = Purchase.objects.filter(operator=shop.operator).count()

    page.get_by_role("link", name="进货", exact=True).click()
    page.locator(f"a[href$='repeat={last.pk}']").click()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已登记 1 条进货").wait_for()

    assert Purchase.objects.filter(operator=shop.operator).count() == before + 1


def _buy_from_somebody_new(page: Page, shop: Shop) -> None:
    page.get_by_role("link", name="再登一笔进货").click()
    page.locator("input[name=supplier_id][value=new]").check()
    page.locator("#id_partner-name").fill("海边水产店")
    page.locator("#id_partner-contact_phone").fill("13812345678")
    page.locator("#product_q").fill("mf")
    page.locator("#product-choices").get_by_role("button", name="面粉").click()
    page.get_by_label("数量").fill("３０")
    page.get_by_label("生产批号").fill("HB-7")
    page.get_by_label("票据号").fill("A-101")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已登记 1 条进货").wait_for()

    bought = Purchase.objects.filter(operator=shop.operator).latest("pk")
    assert (bought.supplier_name, bought.quantity) == ("海边水产店", 30)


def _sell(page: Page, shop: Shop) -> None:
    page.get_by_role("link", name="首页").last.click()
    page.get_by_role("link", name="卖货").click()
    page.get_by_text("绿源合作社").locator("xpath=..").locator("input").check()
    page.locator(".sl-stock", has_text="HB-7").get_by_label("卖多少").fill("5")
    page.get_by_label("票据号").fill("S-1")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已登记 1 条销售").wait_for()

    assert Sale.objects.get(operator=shop.operator).quantity == 5


def _show_the_ledger(page: Page) -> None:
    page.get_by_role("link", name="台账", exact=True).click()
    page.get_by_placeholder("品名、批号或单位名称").fill("海边")
    page.get_by_role("button", name="查询").click()
    page.get_by_text("没有更多了").or_(page.get_by_role("link", name="面粉")).first.wait_for()
    assert page.locator("tbody tr").count() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="导出").click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    assert sheet[2][heads.index("供货者名称")].value == "海边水产店"
    assert sheet[2][heads.index("数量")].value == 30
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("link", name="打印2").click()
    page.get_by_role("heading", name="进货查验记录台账").wait_for()
    assert page.locator("tbody tr").count() == 4
    assert "海边水产店" in page.locator("table").inner_text()
