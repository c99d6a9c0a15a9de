"""A market manager's ledger on the phone: a messy file, its columns, its faults, put right and done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from enterprises.models import ImportSession
from enterprises.operations import jobs
from shilian import clock
from tests.traceability.views.shop import Shop, make_shop
from traceability.models import Product, Purchase

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "shang-lian-2026"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.mkdir()
    return tmp_path


def test_a_messy_ledger_goes_in(phone_page: Page, tmp_path: Path) -> None:
    shop = make_shop()
    shop.person.set_password(PASSWORD)
    shop.person.save()
    _sign_in(phone_page, shop)

    _upload(phone_page, _messy(tmp_path / "四月台账.csv"))
    _confirm_the_columns(phone_page)
    marked = _see_the_faults(phone_page, tmp_path)
    _import_the_good(phone_page)
    _send_the_corrected(phone_page, _corrected(marked, tmp_path))

    assert sorted(Purchase.objects.values_list("quantity", flat=True)) == [3, 10, 25]
    assert set(Product.objects.values_list("name", flat=True)) >= {"特一粉", "大豆油"}


def _messy(path: Path) -> Path:
    day = clock.today()
    lines = [
        "某某市场进货台账,,,,,,",
        f"{day:%Y}年{day.month}月,,,,,,制表:老张",
        "日子,货,规格型号,多少(袋),供货单位,生产日期/批号,凭证号",
        f"{day.month}月{day.day}日,特一粉,25kg/袋,１０,泉润粮油店,L26,01",
        f"{day:%Y.%m.%d},大豆油,5L/桶,25桶,泉润粮油店,{day:%Y-%m-01},02",
        f"{day:%Y/%m/%d},特一粉,25kg/袋,若干,泉润粮油店,L27,03",
        "合计,,,35,,,",
    ]
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    return path


def _sign_in(page: Page, shop: Shop) -> None:
    page.goto("/my/import/")
    page.locator("input[name=login]").fill(shop.person.login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/my/import/")


def _upload(page: Page, path: Path) -> None:
    page.get_by_label("进货台账", exact=True).check()
    page.get_by_label("表格文件").set_input_files(path)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_text("刷新看进度").wait_for()
    _let_work()


def _let_work() -> None:
    jobs.run_to_end(ImportSession.objects.latest("id").job_id or 0)


def _confirm_the_columns(page: Page) -> None:
    page.get_by_text("请核对每一列是什么").wait_for()
    page.get_by_text("没有找到必填的列：进货日期、食品名称、数量。").wait_for()
    for heading, meaning in (("日子", "进货日期"), ("货", "食品名称"), ("多少(袋)", "数量")):
        page.get_by_label(heading, exact=True).select_option(label=f"{meaning}（必填）")
    page.get_by_role("button", name="确认，开始检查").click()
    page.get_by_text("刷新看进度").wait_for()
    _let_work()


def _see_the_faults(page: Page, folder: Path) -> Path:
    page.get_by_text("检查完了，还没有导入").wait_for()
    page.get_by_text("D6", exact=True).wait_for()
    assert not Purchase.objects.exists()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载标好错误的表格").click()
    path = folder / "检查结果.xlsx"
    waiting.value.save_as(path)
    return path


def _import_the_good(page: Page) -> None:
    page.get_by_role("button", name="先导入没问题的 2 行").click()
    page.get_by_text("刷新看进度").wait_for()
    _let_work()
    page.get_by_text("已记入 2 条").wait_for()


def _corrected(path: Path, folder: Path) -> Path:
    book = load_workbook(path)
    page = book.worksheets[0]
    assert "若干" in page["D6"].comment.text
    page["D6"] = "3"
    book.save(folder / "改好的.xlsx")
    return folder / "改好的.xlsx"


def _send_the_corrected(page: Page, path: Path) -> None:
    page.get_by_role("link", name="再导入一个").click()
    _upload(page, path)
    page.get_by_role("button", name="导入这 1 行").click()
    page.get_by_text("刷新看进度").wait_for()
    _let_work()
    page.get_by_text("已记入 1 条").wait_for()
