"""Every page of an operator fits a phone and serves readers with aids."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests import axe
from tests.traceability.views.shop import Shop, bake, buy, inspect, make_paper, make_shop, send_to
from traceability.models import Purchase

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_fit_a_phone_and_break_no_rule(phone_page: Page) -> None:
    shop = make_shop(is_wholesale=True, sector="production")
    faults = {}

    _enter(phone_page, shop)
    for path in _paths(shop):
        phone_page.goto(path)
        assert "/login/" not in phone_page.url
        broken = axe.faults(phone_page)
        width = phone_page.evaluate("document.documentElement.scrollWidth")
        if broken or width > 390:
            faults[path] = (width, broken)

    assert faults == {}


def _enter(page: Page, shop: Shop) -> None:
    """Sign in by the cookie; given by its path, for a bare address would bind it to one folder."""
    name = settings.SESSION_COOKIE_NAME
    page.goto("/help/")
    host = urlsplit(page.url).hostname
    value = shop.client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "domain": host, "path": "/"}])


def _own_output(shop: Shop, flour: Purchase) -> list[str]:
    batch = bake(shop, (flour.batch_id, 6))
    inspection = inspect(shop, batch)
    return [
        f"/my/batches/{batch.pk}/",
        f"/my/batches/{batch.pk}/correct/",
        f"/my/batches/{batch.pk}/void/",
        f"/my/inspections/{inspection.pk}/correct/",
    ]


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
        *_own_output(shop, purchase),
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
        "/my/stock/",
        "/my/balance/",
        "/my/balance/?kind=run",
        "/my/products/",
        "/my/products/new/",
        "/my/partners/",
        f"/my/partners/{shop.supplier.pk}/",
        "/my/papers/",
        "/my/papers/new/",
        "/my/import/",
    ]


def test_a_refused_product_is_told_in_place_without_a_blocked_style(phone_page: Page) -> None:
    shop = make_shop()
    blocked: list[str] = []
    phone_page.on("console", lambda said: blocked.append(said.text))
    _enter(phone_page, shop)
    phone_page.goto("/my/purchases/new/")
    # As aids in a browser do, taking a picture leaves empty style attributes on the fields.
    phone_page.screenshot()

    phone_page.get_by_text("新增商品").click()
    phone_page.get_by_role("button", name="存下这个商品").click()
    phone_page.get_by_text("请填写品名。").wait_for()
    phone_page.wait_for_timeout(200)

    assert [text for text in blocked if "Content Security Policy" in text] == []


def test_materials_are_found_as_one_types(phone_page: Page) -> None:
    shop = make_shop(sector="production")
    buy(shop, batch_number="L-1")
    wanted = buy(shop, batch_number="L-2")
    _enter(phone_page, shop)
    phone_page.goto("/my/production/")
    lines = phone_page.locator("#batch-choices [name=line]")

    phone_page.get_by_label("找原料批次").fill("L-2")
    phone_page.locator("#batch-choices", has_not_text="L-1").wait_for()

    assert lines.input_value() == str(wanted.batch_id)
