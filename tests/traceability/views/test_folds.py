"""What a page folds away is shown when something there has to be put right."""

from __future__ import annotations

import pytest

from shilian import clock
from tests.builders.traceability import make_product
from tests.traceability.views.shop import buy, make_shop
from tests.traceability.views.test_purchase_page import typed as typed_purchase
from tests.traceability.views.test_run_pages import typed as typed_run
from traceability.models import Package, Product, Purchase

pytestmark = pytest.mark.django_db
OPEN = '<details class="sl-more" open>'


@pytest.mark.parametrize(("field", "value"), [("gtin", "123"), ("maker_credit_code", "9" * 40)])
def test_a_faulty_barcode_of_a_new_product_is_in_sight(field: str, value: str) -> None:
    shop = make_shop()

    page = shop.client.post("/my/products/new/", {"name": "挂面", "unit": "袋", field: value})

    assert OPEN in page.content.decode()
    assert OPEN not in shop.client.get("/my/products/new/").content.decode()
    assert not Product.objects.filter(name="挂面").exists()


@pytest.mark.parametrize(
    ("field", "value"), [("batch_number", "批" * 61), ("produced_on", "2099-01-01")]
)
def test_a_faulty_batch_number_that_is_not_asked_for_is_in_sight(field: str, value: str) -> None:
    shop = make_shop()
    greens = make_product(shop.operator, name="菠菜", unit="斤", is_farm_produce=True)
    form = typed_purchase(shop) | {
        "lines-0-product_id": greens.pk,
        "lines-0-unit": "斤",
        "lines-0-produced_on": clock.today().isoformat(),
        f"lines-0-{field}": value,
    }

    page = shop.client.post("/my/purchases/new/", form).content.decode()

    assert "填一样就行" not in page
    assert OPEN in page
    assert not Purchase.objects.exists()


def test_a_faulty_batch_number_of_a_box_is_in_sight() -> None:
    shop = make_shop()
    form = typed_run((buy(shop).batch_id, "4"), pack="box", batch_number="批" * 61)

    page = shop.client.post("/my/runs/box/new/", form)

    assert OPEN in page.content.decode()
    assert not Package.objects.exists()


def test_products_of_one_name_are_told_apart_by_their_maker() -> None:
    shop = make_shop()
    make_product(shop.operator, name="面粉", maker_name="城东面粉厂")
    make_product(shop.operator, name="大豆", unit="袋", maker_name="城东面粉厂")

    page = shop.client.get("/my/runs/box/new/").content.decode()

    assert "（按袋，城东面粉厂）" in page
    assert page.count("（按袋）") == 1
