from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import OperatorState
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_partner,
    make_product,
    make_purchase,
    make_sale,
    partner_of,
    sale_draft,
)
from traceability.models import (
    Batch,
    IncomingDraft,
    Link,
    Partner,
    Product,
    Purchase,
    RecordState,
    Sale,
)
from traceability.operations import incoming, purchases, sales
from traceability.queries import proofs, stock
from traceability.rules.incoming import AcceptDraft

State = IncomingDraft.State


def accept(buyer, *drafts, **more):
    return incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=list(drafts), at=AT, **more
    )


def on_hand(operator, batch_id):
    return stock.batch_facts(operator, [batch_id], on=TODAY)[batch_id].on_hand


@pytest.mark.django_db
def test_accepting_makes_purchase_batch_link_product_and_supplier():
    seller, buyer = make_operator(name="盛禾批发"), make_operator()
    product = make_product(seller, name="花生油", specification="5升", unit="桶")
    sold = batch_of(make_purchase(seller, product=product))
    waiting = make_incoming(buyer, seller=seller, batch=sold, quantity=Decimal(2))

    [purchase] = accept(buyer, AcceptDraft(waiting.pk))

    batch = batch_of(purchase)
    assert (batch.operator_id, batch.name, batch.quantity) == (buyer.pk, "花生油", Decimal(2))
    assert (batch.shelf_life, batch.expires_on) == (sold.shelf_life, sold.expires_on)
    assert (purchase.supplier_name, purchase.supplier_operator_id) == ("盛禾批发", seller.pk)
    link = Link.objects.get()
    assert (link.parent_id, link.child_id, link.quantity) == (sold.pk, batch.pk, Decimal(2))
    assert Product.objects.get(operator=buyer).name == "花生油"
    assert Partner.objects.get(operator=buyer).is_supplier
    waiting.refresh_from_db()
    assert (waiting.state, waiting.purchase_id) == (State.ACCEPTED, purchase.pk)


@pytest.mark.django_db
def test_an_accepted_purchase_is_complete_and_its_leaf_recomputable():
    buyer = make_operator()

    [purchase] = accept(buyer, AcceptDraft(make_incoming(buyer).pk))

    stored = Purchase.objects.get(pk=purchase.pk)
    assert stored.missing == []
    facts = proofs.stored_batch_facts(batch_of(stored))
    assert proofs.stored_leaf(stored, facts) == bytes(stored.leaf_hash)


@pytest.mark.django_db
def test_the_second_arrival_of_the_same_goods_makes_nothing_new_in_the_books():
    seller, buyer = make_operator(), make_operator()
    batch = batch_of(make_purchase(seller))
    first = make_incoming(buyer, seller=seller, batch=batch)
    accept(buyer, AcceptDraft(first.pk))
    second = make_incoming(buyer, seller=seller, batch=batch)

    accept(buyer, AcceptDraft(second.pk))

    assert Product.objects.filter(operator=buyer).count() == 1
    assert Partner.objects.filter(operator=buyer).count() == 1


@pytest.mark.django_db
def test_what_was_not_taken_returns_to_the_sellers_stock():
    seller, buyer = make_operator(), make_operator()
    sold = batch_of(make_purchase(seller, quantity=Decimal(10)))
    waiting = make_incoming(buyer, seller=seller, batch=sold, quantity=Decimal(6))

    accept(buyer, AcceptDraft(waiting.pk, Decimal(4), "破损2袋"))

    waiting.refresh_from_db()
    assert (waiting.state, waiting.accepted_quantity) == (State.ACCEPTED_SHORT, Decimal(4))
    assert on_hand(seller, sold.pk) == Decimal(6)


@pytest.mark.django_db
def test_refused_goods_return_to_the_sellers_stock():
    seller, buyer = make_operator(), make_operator()
    sold = batch_of(make_purchase(seller, quantity=Decimal(10)))
    waiting = make_incoming(buyer, seller=seller, batch=sold)

    [refused] = incoming.refuse_incoming(
        by=owner_of(buyer), operator=buyer, incoming_ids=[waiting.pk], reason="没有订货", at=AT
    )

    assert (refused.state, refused.reason) == (State.REFUSED, "没有订货")
    assert on_hand(seller, sold.pk) == Decimal(10)
    assert not Purchase.objects.filter(operator=buyer).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("quantity", "reason", "code"),
    [
        (Decimal(3), "", "reason_missing"),
        (Decimal(5), "", "more_than_was_sold"),
        (Decimal(0), "x", "quantity_not_positive"),
        (Decimal("NaN"), "x", "quantity_not_a_number"),
    ],
)
def test_an_impossible_answer_changes_nothing(quantity, reason, code):
    buyer = make_operator()
    waiting = make_incoming(buyer, quantity=Decimal(4))

    with pytest.raises(Rejected) as caught:
        accept(buyer, AcceptDraft(waiting.pk, quantity, reason))

    assert caught.value.codes == [code]
    waiting.refresh_from_db()
    assert waiting.is_waiting
    assert not Purchase.objects.filter(operator=buyer).exists()


@pytest.mark.django_db
def test_goods_for_somebody_else_are_unknown():
    waiting = make_incoming(make_operator())

    with pytest.raises(Rejected) as caught:
        accept(make_operator(), AcceptDraft(waiting.pk))

    assert caught.value.codes == ["incoming_unknown"]


@pytest.mark.django_db
def test_a_withdrawn_sale_can_no_longer_be_accepted():
    seller, buyer = make_operator(), make_operator()
    waiting = make_incoming(buyer, seller=seller)
    sales.void_sale(
        by=owner_of(seller), operator=seller, sale_id=waiting.sale_id, reason="开错", at=AT
    )

    with pytest.raises(Rejected) as caught:
        accept(buyer, AcceptDraft(waiting.pk))

    assert caught.value.codes == ["incoming_withdrawn"]


@pytest.mark.django_db
def test_an_accepted_sale_can_no_longer_be_withdrawn():
    seller, buyer = make_operator(), make_operator()
    waiting = make_incoming(buyer, seller=seller)
    accept(buyer, AcceptDraft(waiting.pk))

    with pytest.raises(Rejected) as caught:
        sales.void_sale(
            by=owner_of(seller), operator=seller, sale_id=waiting.sale_id, reason="开错", at=AT
        )

    assert caught.value.codes == ["sale_already_accepted"]
    assert Sale.objects.get(pk=waiting.sale_id).state == RecordState.CURRENT


@pytest.mark.django_db
def test_a_voided_acceptance_waits_again():
    seller, buyer = make_operator(), make_operator()
    waiting = make_incoming(buyer, seller=seller)
    [purchase] = accept(buyer, AcceptDraft(waiting.pk))

    purchases.void_purchase(
        by=owner_of(buyer), operator=buyer, purchase_id=purchase.pk, reason="点错", at=AT
    )

    waiting.refresh_from_db()
    assert (waiting.state, waiting.purchase_id) == (State.WAITING, None)
    assert not Link.objects.exists()
    assert len(accept(buyer, AcceptDraft(waiting.pk))) == 1


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_drafts():
    buyer = make_operator(state=OperatorState.USING)
    actor = owner_of(buyer)
    sellers = [make_operator() for _ in range(3)]
    arrived = [make_incoming(buyer, seller=seller) for seller in sellers * 2]

    def queries(some):
        answers = [AcceptDraft(draft.pk) for draft in some]
        with CaptureQueriesContext(connection) as captured:
            incoming.accept_incoming(by=actor, operator=buyer, drafts=answers, at=AT)
        return len(captured)

    assert queries(arrived[:1]) == queries(arrived[1:])


def at_once(*actions):
    """What each action returned or raised, all begun at the same moment."""
    gate = Barrier(len(actions))

    def run(action):
        gate.wait()
        try:
            return action()
        except Rejected as refused:
            return refused.codes
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_buyer_and_seller_pressing_at_once_agree(round_):
    seller, buyer = make_operator(), make_operator()
    sold = batch_of(make_purchase(seller, quantity=Decimal(10)))
    waiting = make_incoming(buyer, seller=seller, batch=sold, quantity=Decimal(4))
    theirs, ours = owner_of(seller), owner_of(buyer)

    answers = at_once(
        lambda: incoming.accept_incoming(
            by=ours, operator=buyer, drafts=[AcceptDraft(waiting.pk)], at=AT
        ),
        lambda: sales.void_sale(
            by=theirs, operator=seller, sale_id=waiting.sale_id, reason="撤回", at=AT
        ),
    )

    waiting.refresh_from_db()
    sale = Sale.objects.get(pk=waiting.sale_id)
    bought = Purchase.objects.filter(operator=buyer).count()
    outcome = (waiting.state, sale.state, bought, on_hand(seller, sold.pk))
    assert outcome in (
        (State.ACCEPTED, RecordState.CURRENT, 1, Decimal(6)),
        (State.WITHDRAWN, RecordState.VOIDED, 0, Decimal(10)),
    )
    assert sum(isinstance(answer, list) and "_" in str(answer[0]) for answer in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_accepting_at_once_make_one_purchase():
    buyer = make_operator()
    waiting = make_incoming(buyer)
    actor = owner_of(buyer)

    def press():
        return incoming.accept_incoming(
            by=actor, operator=buyer, drafts=[AcceptDraft(waiting.pk)], at=AT
        )

    answers = at_once(press, press, press)

    assert sorted(answer == ["incoming_accepted"] for answer in answers) == [False, True, True]
    assert Purchase.objects.filter(operator=buyer).count() == 1
    assert Batch.objects.filter(operator=buyer).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_goods_are_never_sold_twice_unknowingly():
    seller, buyer = make_operator(), make_operator()
    batch = batch_of(make_purchase(seller, quantity=Decimal(10)))
    partner_of(seller, buyer)
    actor = owner_of(seller)

    def sell():
        return make_sale(seller, buyer, batch=batch, quantity=Decimal(6))

    answers = at_once(sell, sell)

    assert actor.operator_id == seller.pk
    assert sorted(str(answer) == "['more_than_on_hand']" for answer in answers) == [False, True]
    assert on_hand(seller, batch.pk) == Decimal(4)


@pytest.mark.django_db(transaction=True)
def test_two_who_both_know_of_the_shortage_sell_and_one_record_says_so():
    seller = make_operator()
    batch = batch_of(make_purchase(seller, quantity=Decimal(10)))
    draft = sale_draft(batch, make_partner(seller), quantity=Decimal(6))

    def sell():
        [sale] = sales.record_sales(
            by=owner_of(seller), operator=seller, drafts=[draft], at=AT, short_confirmed=True
        )
        return sale.warnings

    answers = at_once(sell, sell)

    assert sorted(answers) == [[], ["more_than_on_hand"]]
    assert on_hand(seller, batch.pk) == Decimal(-2)
