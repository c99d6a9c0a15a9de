"""A record that lacks something leads to the page where it can be filled in."""

from __future__ import annotations

import pytest

from shilian import clock
from tests.builders.traceability import make_partner, make_product
from tests.traceability.views.shop import buy, make_shop
from traceability.models import Purchase

pytestmark = pytest.mark.django_db


def test_what_belongs_to_product_and_supplier_is_filled_in_there() -> None:
    shop = make_shop()
    product = make_product(shop.operator, name="豆腐", specification="")
    supplier = make_partner(shop.operator, name="王大爷", contact_phone="", address="")
    bought = buy(shop, product_id=product.pk, supplier_id=supplier.pk)

    record = shop.client.get(f"/my/purchases/{bought.pk}/").content.decode()
    correction = shop.client.get(f"/my/purchases/{bought.pk}/correct/").content.decode()

    for page in (record, correction):
        assert f'href="/my/products/{product.pk}/"' in page
        assert f'href="/my/partners/{supplier.pk}/"' in page


def test_a_record_that_lacks_something_may_be_filled_in_or_put_right() -> None:
    shop = make_shop()
    bought = buy(shop, voucher_number="")
    page = f"/my/purchases/{bought.pk}/correct/"

    actions = shop.client.get(f"/my/purchases/{bought.pk}/").context["actions"]
    reasons = [
        shop.client.get(address).context["form"]["reason"].value()
        for address in (f"{page}?fill=1", page)
    ]

    assert [(each.label, each.url) for each in actions if "correct" in each.url] == [
        ("补齐", f"{page}?fill=1"),
        ("更正", page),
    ]
    assert reasons == ["补齐缺少的内容", None]


def test_saved_again_the_record_takes_what_was_filled_in() -> None:
    shop = make_shop()
    product = make_product(shop.operator, name="豆腐", specification="")
    bought = buy(shop, product_id=product.pk)
    product.specification = "500克/盒"
    product.save()

    data = {"quantity": "10", "unit": "袋", "voucher_number": "P-1", "reason": "补规格"}
    data |= {"purchased_on": clock.today().isoformat(), "batch_number": "B1"}
    shop.client.post(f"/my/purchases/{bought.pk}/correct/", data)

    assert "specification" in bought.missing
    assert Purchase.objects.latest("pk").missing == []


def test_a_record_put_right_asks_for_nothing_any_more() -> None:
    shop = make_shop()
    product = make_product(shop.operator, name="豆腐", specification="")
    bought = buy(shop, product_id=product.pk)
    Purchase.objects.filter(pk=bought.pk).update(state="voided")

    page = shop.client.get(f"/my/purchases/{bought.pk}/").content.decode()

    assert "去商品资料里补" not in page
