"""Every page of an operator fits a phone and serves readers with aids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from tests import axe
from tests.traceability.views.shop import Shop, buy, make_paper, make_shop, send_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_fit_a_phone_and_break_no_rule(phone_page: Page) -> None:
    shop = make_shop(is_wholesale=True, sector="production")
    faults = {}

    _enter(phone_page, shop)
    for path in _paths(shop):
        phone_page.goto(path)
        broken = axe.faults(phone_page)
        width = phone_page.evaluate("document.documentElement.scrollWidth")
        if broken or width > 390:
            faults[path] = (width, broken)

    assert faults == {}


def _enter(page: Page, shop: Shop) -> None:
    name = settings.SESSION_COOKIE_NAME
    page.goto("/help/")
    page.context.add_cookies(
        [{"name": name, "value": shop.client.cookies[name].value, "url": page.url}]
    )


def _paths(shop: Shop) -> list[str]:
    purchase, goods = buy(shop), send_to(shop)
    make_paper(shop)
    return [
        "/my/",
        "/my/more/",
        "/my/purchases/new/",
        f"/my/purchases/new/?repeat={purchase.pk}",
        f"/my/purchases/{purchase.pk}/",
        f"/my/purchases/{purchase.pk}/correct/",
        f"/my/purchases/{purchase.pk}/void/",
        f"/my/batches/{purchase.batch_id}/",
        "/my/sales/new/",
        "/my/production/",
        "/my/inspections/new/",
        "/my/harvests/new/",
        "/my/incoming/",
        "/my/incoming/answered/",
        f"/my/incoming/{goods.pk}/short/",
        f"/my/incoming/{goods.pk}/refuse/",
        "/my/ledger/",
        "/my/ledger/sale/",
        "/my/products/",
        "/my/products/new/",
        "/my/partners/",
        f"/my/partners/{shop.supplier.pk}/",
        "/my/papers/",
        "/my/papers/new/",
        "/my/import/",
    ]
