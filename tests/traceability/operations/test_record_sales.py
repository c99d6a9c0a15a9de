from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope, actor_for_operator
from enterprises.models import OperatorState
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    make_sale,
    partner_of,
    sale_draft,
)
from traceability.models import IncomingDraft, RecordState, Sale
from traceability.operations import sales
from traceability.queries import proofs, stock

pytestmark = pytest.mark.django_db


def record(operator, *drafts, **more):
    return sales.record_sales(
        by=owner_of(operator), operator=operator, drafts=list(drafts), at=AT, **more
    )


def refused(operator, *drafts):
    with pytest.raises(Rejected) as caught:
        record(operator, *drafts)
    assert not Sale.objects.exists()
    return caught.value.codes


def on_hand(operator, batch):
    return stock.batch_facts(operator, [batch.pk], on=TODAY)[batch.pk].on_hand


def test_a_sale_takes_goods_from_its_batch():
    operator = make_operator()
    batch = batch_of(make_purchase(operator, quantity=Decimal(10)))

    [sale] = record(operator, sale_draft(batch, make_partner(operator), quantity=Decimal("3.5")))

    assert on_hand(operator, batch) == Decimal("6.5")
    stored = Sale.objects.get()
    assert stored.pk == sale.pk
    assert proofs.stored_leaf(stored, proofs.stored_batch_facts(batch)) == bytes(stored.leaf_hash)


def test_drafts_of_one_batch_share_what_is_left():
    operator = make_operator()
    batch = batch_of(make_purchase(operator, quantity=Decimal(10)))
    buyer = make_partner(operator)
    first = sale_draft(batch, buyer, quantity=Decimal(6), row=2)
    second = sale_draft(batch, buyer, quantity=Decimal(5), row=3)

    with pytest.raises(Rejected) as caught:
        record(operator, first, second)

    [problem] = caught.value.problems
    assert (problem.code, problem.row) == ("more_than_on_hand", 3)
    assert "只剩4袋" in problem.message
    assert not Sale.objects.exists()


def test_negative_stock_is_written_once_confirmed_and_says_so():
    operator = make_operator()
    batch = batch_of(make_purchase(operator, quantity=Decimal(10)))
    draft = sale_draft(batch, make_partner(operator), quantity=Decimal(12))

    preview = sales.preview_sales(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)
    [sale] = record(operator, draft, short_confirmed=True)

    assert [(p.code, p.severity) for p in preview] == [("more_than_on_hand", "warning")]
    assert sale.warnings == ["more_than_on_hand"]
    assert on_hand(operator, batch) == Decimal(-2)


def test_a_system_that_cannot_be_asked_is_warned_about():
    operator = make_operator()
    batch = batch_of(make_purchase(operator, quantity=Decimal(10)))
    draft = sale_draft(batch, make_partner(operator), quantity=Decimal(12))

    [sale] = sales.record_sales(
        by=actor_for_operator(operator, channel="api"), operator=operator, drafts=[draft], at=AT
    )

    assert (sale.channel, sale.warnings) == ("api", ["more_than_on_hand"])


def test_what_cannot_be_is_refused():
    operator = make_operator()
    batch = batch_of(make_purchase(operator))
    good = sale_draft(batch, make_partner(operator))
    oneself = partner_of(operator, operator)

    assert refused(operator, replace(good, sold_on=TODAY - timedelta(days=1))) == [
        "sold_before_received"
    ]
    assert refused(operator, replace(good, buyer_id=oneself.pk)) == ["buyer_is_oneself"]
    assert refused(operator, replace(good, unit="斤")) == ["unit_differs_from_batch"]
    assert refused(operator, replace(good, sold_on=TODAY + timedelta(days=1))) == [
        "sold_on_in_future"
    ]


def test_a_foreign_batch_and_none_are_one_answer():
    operator = make_operator()
    foreign = batch_of(make_purchase())
    draft = sale_draft(foreign, make_partner(operator))

    told = refused(operator, draft)

    assert told == refused(operator, replace(draft, batch_id=1)) == ["batch_unknown"]


def test_an_actor_of_another_operator_finds_nothing():
    operator = make_operator()
    draft = sale_draft(batch_of(make_purchase(operator)), make_partner(operator))

    with pytest.raises(OutOfScope):
        sales.record_sales(by=owner_of(make_operator()), operator=operator, drafts=[draft], at=AT)


def test_a_registered_buyer_finds_the_sellers_paper_waiting():
    seller = make_operator(name="盛禾批发")
    buyer = make_operator()
    product = make_product(seller, name="花生油", specification="5升", unit="桶")
    batch = batch_of(make_purchase(seller, product=product, batch_number="L88"))

    make_sale(seller, buyer, batch=batch, quantity=Decimal(2))

    waiting = IncomingDraft.objects.get()
    assert (waiting.operator_id, waiting.seller_operator_id) == (buyer.pk, seller.pk)
    assert (waiting.quantity, waiting.unit, waiting.is_waiting) == (Decimal(2), "桶", True)
    told = {k: waiting.facts[k] for k in ("seller_name", "name", "batch_number", "produced_on")}
    assert told == {
        "seller_name": "盛禾批发",
        "name": "花生油",
        "batch_number": "L88",
        "produced_on": "2026-11-01",
    }


@pytest.mark.parametrize("state", [OperatorState.LISTED])
def test_nobody_waits_at_an_operator_that_is_only_listed(state):
    seller = make_operator()

    sale = make_sale(seller, make_operator(state=state))

    assert sale.buyer_operator_id is not None
    assert not IncomingDraft.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_drafts():
    seller, buyer = make_operator(state=OperatorState.USING), make_operator()
    batch = batch_of(make_purchase(seller, quantity=Decimal(5000)))
    actor = owner_of(seller)
    draft = sale_draft(batch, partner_of(seller, buyer))

    def queries(drafts):
        with CaptureQueriesContext(connection) as captured:
            sales.record_sales(by=actor, operator=seller, drafts=drafts, at=AT)
        return len(captured)

    assert queries([draft]) == queries([draft] * 100)


def test_a_void_sale_returns_its_goods_and_withdraws_the_draft():
    seller, buyer = make_operator(), make_operator()
    batch = batch_of(make_purchase(seller))
    sale = make_sale(seller, buyer, batch=batch)

    sales.void_sale(by=owner_of(seller), operator=seller, sale_id=sale.pk, reason="录错", at=AT)

    assert on_hand(seller, batch) == batch.quantity
    assert IncomingDraft.objects.get().state == IncomingDraft.State.WITHDRAWN


def test_a_corrected_sale_replaces_the_paper_of_the_buyer():
    seller, buyer = make_operator(), make_operator()
    batch = batch_of(make_purchase(seller))
    sale = make_sale(seller, buyer, batch=batch, quantity=Decimal(8))
    draft = sale_draft(batch, partner_by_code(seller, buyer), quantity=Decimal(9))

    new = sales.correct_sale(
        by=owner_of(seller), operator=seller, sale_id=sale.pk, draft=draft, reason="点错", at=AT
    )

    sale.refresh_from_db()
    assert (sale.state, sale.superseded_by_id) == (RecordState.SUPERSEDED, new.pk)
    assert new.supersedes_id == sale.pk
    assert on_hand(seller, batch) == Decimal(1)
    states = dict(IncomingDraft.objects.values_list("sale_id", "state"))
    assert states == {sale.pk: "withdrawn", new.pk: "waiting"}


def partner_by_code(operator, other):
    return operator.partners.get(credit_code=other.credit_code)
