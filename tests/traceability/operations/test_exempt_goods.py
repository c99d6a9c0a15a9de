"""A lawful record of goods that no label has to give a shelf life is complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_inspection, make_producer, production_draft
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_partner,
    make_purchase,
    sale_draft,
)
from traceability.models import IncomingDraft, Sale
from traceability.operations import catalogue, incoming, production, sales
from traceability.queries import record_pages
from traceability.rules.catalogue import ProductDraft
from traceability.rules.incoming import AcceptDraft

pytestmark = pytest.mark.django_db

LIQUOR = ProductDraft(
    name="高粱白酒", unit="瓶", specification="500ml/瓶", category="strong_alcohol"
)


@pytest.fixture(autouse=True)
def _reviewed():
    catalogue.load_reviewed()


def enter(operator, draft=LIQUOR):
    return catalogue.save_product(by=owner_of(operator), operator=operator, draft=draft, at=AT)


@pytest.mark.parametrize(
    ("category", "missing"), [("strong_alcohol", []), ("alcohol", ["shelf_life"])]
)
def test_a_purchase_asks_a_shelf_life_only_of_goods_that_state_one(category, missing):
    operator = make_operator()
    product = enter(operator, replace(LIQUOR, category=category))

    assert make_purchase(operator, product=product).missing == missing


@pytest.mark.parametrize(
    ("category", "missing"), [("strong_alcohol", []), ("alcohol", ["shelf_life"])]
)
def test_a_wholesalers_sale_does_likewise(category, missing):
    operator = make_operator(is_wholesale=True)
    product = enter(operator, replace(LIQUOR, category=category))
    batch = batch_of(make_purchase(operator, product=product))
    draft = sale_draft(batch, make_partner(operator))

    sales.record_sales(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)

    assert Sale.objects.get().missing == missing


@pytest.mark.parametrize(
    ("category", "missing"), [("strong_alcohol", []), ("alcohol", ["shelf_life"])]
)
def test_a_factory_inspection_does_likewise(category, missing):
    factory = make_producer()
    product = enter(factory, replace(LIQUOR, category=category, is_own_made=True))
    [batch] = production.record_production(
        by=owner_of(factory), operator=factory, drafts=[production_draft(product)], at=AT
    )

    assert make_inspection(batch).missing == missing


def test_what_a_buyer_accepts_from_a_paper_is_complete():
    seller, buyer = make_operator(is_wholesale=True), make_operator()
    batch = batch_of(make_purchase(seller, product=enter(seller)))
    waiting = make_incoming(buyer, seller=seller, batch=batch)

    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(waiting.pk)], at=AT
    )

    assert purchase.missing == []
    assert IncomingDraft.objects.get().state == "accepted"


def test_the_record_neither_asks_nor_claims_a_shelf_life():
    operator = make_operator()
    purchase = make_purchase(operator, product=enter(operator))

    page = record_pages.find_record(owner_of(operator), operator, "purchase", purchase.pk)

    assert page is not None
    assert page.completeness.is_complete
    assert "shelf_life" not in {field.code for field in page.completeness.met}


def test_a_stated_shelf_life_still_ends():
    operator = make_operator()
    stated = replace(LIQUOR, shelf_life_value=5, shelf_life_unit="year")

    purchase = make_purchase(operator, product=enter(operator, stated), quantity=Decimal(1))

    assert batch_of(purchase).expires_on == date(2031, 11, 1)
    assert date(2031, 11, 1) > TODAY
