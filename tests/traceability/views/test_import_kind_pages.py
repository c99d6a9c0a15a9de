"""Sheets of each kind through the pages of an import: what their rows become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shilian import clock
from tests.traceability.views.shop import buy, make_shop
from tests.traceability.views.test_sheet_import_pages import (
    HEAD,
    PAGE,
    decide,
    goods,
    send,
    session_of,
    worked,
)
from traceability.models import Partner, Product, Purchase, Sale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def test_a_sheet_of_sales_takes_from_the_stock() -> None:
    shop = make_shop(is_wholesale=True)
    buy(shop)
    head = "销售日期,食品名称,数量,单位,购货者名称"
    line = f"{clock.today()},面粉,4,袋,老王包子铺"

    send(shop, line, head=head, kind="sales")
    worked(shop)
    result = decide(shop, "good_rows")

    assert "已记入 1 条" in result
    assert Sale.objects.get().buyer_name == "老王包子铺"
    assert Partner.objects.get(name="老王包子铺").needs_review


def test_a_sale_may_name_its_unit_behind_the_number() -> None:
    shop = make_shop(is_wholesale=True)
    buy(shop)
    head = "销售日期,食品名称,数量,购货者名称"

    send(shop, f"{clock.today()},面粉,4袋,老王包子铺", head=head, kind="sales")
    worked(shop)
    decide(shop, "good_rows")

    sale = Sale.objects.get()
    assert (sale.quantity, sale.unit) == (4, "袋")


def test_a_product_list_is_entered() -> None:
    shop = make_shop()

    send(shop, "挂面,1kg,袋,粮食加工品", head="商品名称,规格,单位,类别", kind="products")
    worked(shop)
    decide(shop, "good_rows")

    assert Product.objects.get(name="挂面").category_id == "grain_products"


def test_a_unit_behind_the_number_goes_before_that_of_the_heading() -> None:
    shop = make_shop()
    head = HEAD.replace("数量,单位", "数量(袋),备注")

    send(shop, goods(1).replace("10,袋", "10,"), goods(2).replace("10,袋", "2箱,"), head=head)
    worked(shop)
    columns = session_of(shop).mapping["indexes"]
    said = {f"column_{index}": name for name, index in columns.items()}
    shop.client.post(f"{PAGE}{session_of(shop).pk}/columns/", said)
    worked(shop)
    decide(shop, "good_rows")

    units = Purchase.objects.order_by("voucher_number").values_list("unit", flat=True)
    assert list(units) == ["袋", "箱"]
