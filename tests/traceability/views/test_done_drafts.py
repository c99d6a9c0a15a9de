"""A form that was accepted is not filled in again: the page that follows says that it is done with."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.builders.traceability import make_product
from tests.traceability.views.shop import Shop, buy, make_shop
from tests.traceability.views.test_books_pages import photo
from tests.traceability.views.test_run_pages import moved, outputs, typed

pytestmark = pytest.mark.django_db

KEPT = re.compile(r'data-shilian-draft="([^"]+)"')
DONE = re.compile(r'data-shilian-draft-done="([^"]+)"')


def split(shop: Shop) -> dict[str, Any]:
    return typed((buy(shop).batch_id, "4")) | outputs({"quantity": "3"}, {"quantity": "1"})


def several(shop: Shop) -> dict[str, Any]:
    bread = make_product(shop.operator, name="馒头", is_own_made=True)
    made = {"product_id": bread.pk, "quantity": "1"}
    return typed((buy(shop).batch_id, "4")) | outputs(made)


def repack(shop: Shop) -> dict[str, Any]:
    made = {"product_id": shop.product.pk, "quantity": "4"}
    return typed((buy(shop).batch_id, "4")) | outputs(made)


def merge(shop: Shop) -> dict[str, Any]:
    facts = {"batch_number": "B", "produced_on": None}
    return typed((buy(shop, **facts).batch_id, "4"), (buy(shop, **facts).batch_id, "3"))


FORMS = {
    "/my/runs/several/new/": several,
    "/my/runs/split/new/": split,
    "/my/runs/merge/new/": merge,
    "/my/runs/repack/new/": repack,
    "/my/runs/box/new/": lambda shop: typed((buy(shop).batch_id, "4"), pack="box"),
    "/my/movements/new/": lambda shop: moved((buy(shop).batch_id, "1")),
    "/my/products/new/": lambda shop: {"name": "挂面", "unit": "袋"},
    "/my/partners/new/": lambda shop: {"name": "城东粮站", "is_supplier": "on"},
    "/my/papers/new/": lambda shop: {"kind": "licence", "photos": photo()},
}


@pytest.mark.parametrize("url", FORMS)
def test_the_page_after_saving_forgets_what_the_form_kept(url: str) -> None:
    shop = make_shop()
    form = FORMS[url](shop)
    [kept] = KEPT.findall(shop.client.get(url).content.decode())

    page = shop.client.post(url, form, follow=True)

    assert page.redirect_chain
    assert DONE.findall(page.content.decode()) == [kept]
