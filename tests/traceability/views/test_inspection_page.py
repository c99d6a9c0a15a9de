"""Choosing the batch to inspect: the newest ones, and by search every other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Sector
from shilian import clock
from tests.builders.traceability import make_product
from tests.traceability.views.shop import Shop, bake, make_shop
from traceability import labels
from traceability.models import Batch, Product
from traceability.operations import production
from traceability.queries.batches import MADE_SHOWN
from traceability.rules.production import ProductionDraft

pytestmark = pytest.mark.django_db
PAGE = "/my/inspections/new/"


def make_factory() -> Shop:
    return make_shop(sector=Sector.PRODUCTION)


def make_many(shop: Shop, product: Product, count: int) -> list[Batch]:
    today = clock.today()
    drafts = [
        ProductionDraft(product.pk, Decimal(5), "袋", today, (), f"N-{number}")
        for number in range(count)
    ]
    return production.record_production(
        by=shop.actor, operator=shop.operator, drafts=drafts, at=clock.now()
    )


@pytest.mark.parametrize("text", ["馒头", "mt", "M-1", "Ｍ－１", "code"])
def test_a_search_reaches_batches_older_than_those_shown(text: str) -> None:
    shop = make_factory()
    wanted = bake(shop)
    other = make_product(shop.operator, name="油条", pinyin="yt", is_own_made=True)
    newer = make_many(shop, other, MADE_SHOWN)
    asked = {"do": "look", "batch_q": labels.code_of(wanted) if text == "code" else text}

    first = shop.client.get(PAGE)
    found = shop.client.post(PAGE, asked)

    shown = [line.batch_id for line in first.context["batches"]]
    assert shown == sorted((row.pk for row in newer), reverse=True)
    assert "更早的请在上面查找" in first.content.decode()
    assert [line.batch_id for line in found.context["batches"]] == [wanted.pk]
    assert "更早的请在上面查找" not in found.content.decode()
    assert not found.context["form"].errors


def test_the_batch_that_was_chosen_stays_in_the_list() -> None:
    shop = make_factory()
    chosen = bake(shop)
    make_many(shop, make_product(shop.operator, is_own_made=True), MADE_SHOWN)

    by_address = shop.client.get(f"{PAGE}?batch={chosen.pk}").context
    looked = {"do": "look", "batch_q": "没有这个", "batch_id": chosen.pk}
    by_search = shop.client.post(PAGE, looked).context

    assert chosen.pk in {line.batch_id for line in by_address["batches"]}
    assert [line.batch_id for line in by_search["batches"]] == [chosen.pk]
    assert by_address["chosen"] == by_search["chosen"] == chosen.pk


def test_somebody_elses_batch_is_never_listed() -> None:
    foreign = bake(make_factory())
    shop = make_factory()

    by_address = shop.client.get(f"{PAGE}?batch={foreign.pk}").context
    by_code = shop.client.post(PAGE, {"do": "look", "batch_q": labels.code_of(foreign)}).context

    assert by_address["batches"] == by_code["batches"] == []


def test_the_page_stays_within_its_budget() -> None:
    shop = make_factory()
    make_many(shop, make_product(shop.operator, is_own_made=True), 30)

    with CaptureQueriesContext(connection) as run:
        shop.client.post(PAGE, {"do": "look", "batch_q": "N-1"})

    assert len(run) <= 16
