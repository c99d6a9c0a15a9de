"""Negative stock through every form: asked about once, then written and shown until it is mended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from shilian import clock
from tests.builders.traceability import make_product
from tests.traceability.views.shop import Shop, buy, make_shop
from traceability.models import Batch, Link, Purchase, Sale
from traceability.operations import sales
from traceability.rules.sales import SaleDraft

pytestmark = pytest.mark.django_db


def sell(shop: Shop, batch_id: int, quantity: int) -> Sale:
    draft = SaleDraft(batch_id, shop.supplier.pk, Decimal(quantity), "袋", clock.today())
    [sale] = sales.record_sales(
        by=shop.actor,
        operator=shop.operator,
        drafts=[draft],
        at=clock.now(),
        short_confirmed=True,
    )
    return sale


def press_twice(shop: Shop, url: str, data: dict[str, Any]) -> str:
    """Press, read what is asked, and press again knowingly; what was asked."""
    asked = shop.client.post(url, data)
    key = asked.context["confirm_key"]
    assert key
    shop.client.post(url, data | {"confirmed": key})
    return asked.content.decode()


def test_a_run_may_use_more_than_the_books_say() -> None:
    shop = make_shop(sector="production")
    flour = buy(shop).batch_id
    product = make_product(shop.operator, name="馒头", is_own_made=True)
    data = {
        "do": "save",
        "submit_key": str(uuid4()),
        "product_id": product.pk,
        "quantity": "20",
        "produced_on": clock.today().isoformat(),
        "line": [flour],
        f"lines-{flour}-batch_id": flour,
        f"lines-{flour}-quantity": "13",
    }

    asked = press_twice(shop, "/my/production/", data)

    assert "只剩10袋" in asked
    assert "去补登进货" in asked
    assert Link.objects.get(parent_id=flour).quantity == Decimal(13)


def test_a_sale_may_be_corrected_beyond_the_books() -> None:
    shop = make_shop(is_wholesale=True)
    sale = sell(shop, buy(shop).batch_id, 4)
    data = {
        "quantity": "12",
        "sold_on": sale.sold_on.isoformat(),
        "photo_kind": "voucher",
        "reason": "少记了",
    }

    asked = press_twice(shop, f"/my/sales/{sale.pk}/correct/", data)

    new = Sale.objects.current().get()
    assert "只剩10袋" in asked
    assert (new.quantity, new.warnings) == (Decimal(12), ["more_than_on_hand"])


def test_a_purchase_may_be_corrected_below_what_was_sold_and_up_again() -> None:
    shop = make_shop(is_wholesale=True)
    purchase = buy(shop)
    sell(shop, purchase.batch_id, 4)
    data = {
        "quantity": "3",
        "unit": "袋",
        "purchased_on": purchase.purchased_on.isoformat(),
        "produced_on": clock.today().replace(day=1).isoformat(),
        "voucher_number": "P-1",
        "photo_kind": "voucher",
        "reason": "数量看错",
    }

    asked = press_twice(shop, f"/my/purchases/{purchase.pk}/correct/", data)
    low = Purchase.objects.current().get()
    page = shop.client.get(f"/my/batches/{purchase.batch_id}/").content.decode()
    shop.client.post(f"/my/purchases/{low.pk}/correct/", data | {"quantity": "9"})
    mended = shop.client.get(f"/my/batches/{purchase.batch_id}/").content.decode()

    assert "改成3袋就成了负库存" in asked
    assert "less_than_already_used" in low.warnings
    assert "这一批是负库存" in page
    assert f"/my/purchases/{low.pk}/correct/" in page
    assert "这一批是负库存" not in mended
    assert Batch.objects.get(pk=purchase.batch_id).quantity == Decimal(9)


def test_what_is_negative_is_listed_in_the_stock() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id
    sell(shop, batch_id, 12)

    rows = shop.client.get("/my/stock/?state=negative").context["rows"]

    assert [(line.row.batch_id, line.row.on_hand) for line in rows] == [(batch_id, Decimal(-2))]
