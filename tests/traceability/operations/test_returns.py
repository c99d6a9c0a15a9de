from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, Operator
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.recalls import make_recall
from tests.builders.traceability import TODAY, batch_of, make_incoming, make_purchase
from traceability.graph.trace import trace
from traceability.models import (
    Batch,
    Hold,
    Link,
    Purchase,
    ReturnedGoods,
    StockMovement,
)
from traceability.operations import incoming, movements, purchases, returns
from traceability.operations.holds import hold_batches
from traceability.queries import stock
from traceability.rules.incoming import AcceptDraft
from traceability.rules.movements import MovementDraft, TakeBackDraft

State = ReturnedGoods.State


def sold(seller: Operator, buyer: Operator, batch: Batch | None = None) -> tuple[Batch, Batch]:
    """Four of the seller's ten, with the buyer: the seller's batch and the buyer's."""
    batch = batch or batch_of(make_purchase(seller, quantity=Decimal(10)))
    waiting = make_incoming(buyer, seller=seller, batch=batch, quantity=Decimal(4))
    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(waiting.pk)], at=AT
    )
    return batch, batch_of(purchase)


def send_back(buyer: Operator, batch: Batch, quantity: int = 3) -> ReturnedGoods:
    draft = MovementDraft("return", batch.pk, Decimal(quantity), TODAY, "包装破损")
    [movement] = movements.record_movements(
        by=owner_of(buyer), operator=buyer, drafts=[draft], at=AT
    )
    return ReturnedGoods.objects.get(movement_id=movement.pk)


def take_back(seller: Operator, returned: ReturnedGoods, **facts: Any) -> Batch:
    draft = TakeBackDraft(returned.pk, **facts)
    return returns.take_back(by=owner_of(seller), operator=seller, draft=draft, at=AT)


def on_hand(batch: Batch) -> Decimal:
    operator = Operator.objects.get(pk=batch.operator_id)
    return stock.batch_facts(operator, [batch.pk], on=TODAY)[batch.pk].on_hand


@pytest.mark.django_db
def test_goods_taken_back_are_a_batch_of_their_own() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)

    returned = send_back(buyer, theirs)
    assert (on_hand(theirs), on_hand(first), returned.state) == (1, 6, "waiting")
    back = take_back(seller, returned)

    returned.refresh_from_db()
    assert (returned.state, returned.accepted_quantity) == ("accepted", 3)
    assert returned.received_batch_id == back.pk
    assert (back.origin_kind, back.quantity, back.name) == ("returned", 3, first.name)
    assert (on_hand(theirs), on_hand(first), on_hand(back)) == (1, 6, 3)
    link = Link.objects.get(child_id=back.pk)
    assert (link.parent_id, link.kind, link.quantity) == (theirs.pk, "return", Decimal(3))
    assert set(trace([first.pk], "down").hops) == {first.pk, theirs.pk, back.pk}
    assert AuditEntry.objects.get(event="return_accepted").operator_id == seller.pk


@pytest.mark.django_db
def test_what_the_supplier_does_not_take_is_the_buyers_again() -> None:
    seller, buyer = make_operator(), make_operator()
    _, theirs = sold(seller, buyer)

    returned = send_back(buyer, theirs)
    back = take_back(seller, returned, quantity=Decimal(2), reason="少了一袋")

    returned.refresh_from_db()
    assert (returned.state, returned.reason) == ("accepted_short", "少了一袋")
    assert (on_hand(theirs), on_hand(back)) == (2, 2)
    refused = send_back(buyer, theirs, 2)
    returns.refuse_return(
        by=owner_of(seller), operator=seller, returned_id=refused.pk, reason="不是我的货", at=AT
    )
    assert on_hand(theirs) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"quantity": Decimal(4)}, "more_than_was_sent"),
        ({"quantity": Decimal(0)}, "quantity_not_positive"),
        ({"quantity": Decimal(2)}, "reason_missing"),
    ],
)
def test_an_answer_that_cannot_be(facts: dict[str, Any], code: str) -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])

    with pytest.raises(Rejected) as found:
        take_back(seller, returned, **facts)

    assert code in found.value.codes
    returned.refresh_from_db()
    assert returned.is_waiting
    assert not Batch.objects.filter(origin_kind="returned").exists()


@pytest.mark.django_db
def test_a_return_is_answered_once_and_by_its_supplier_alone() -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])

    with pytest.raises(OutOfScope):
        take_back(buyer, returned)
    take_back(seller, returned)
    with pytest.raises(Rejected) as found:
        take_back(seller, returned)
    assert found.value.codes == ["returned_accepted"]
    with pytest.raises(Rejected) as found:
        returns.refuse_return(
            by=owner_of(seller), operator=seller, returned_id=returned.pk, reason="误", at=AT
        )
    assert found.value.codes == ["returned_accepted"]


@pytest.mark.django_db
def test_a_buyer_withdraws_a_return_only_while_it_waits() -> None:
    seller, buyer = make_operator(), make_operator()
    _, theirs = sold(seller, buyer)
    first, second = send_back(buyer, theirs, 1), send_back(buyer, theirs, 1)
    asked = {"by": owner_of(buyer), "operator": buyer, "reason": "不退了", "at": AT}

    movements.void_movement(movement_id=first.movement_id, **asked)  # type: ignore[arg-type]
    first.refresh_from_db()
    assert (first.state, on_hand(theirs)) == ("withdrawn", 3)

    take_back(seller, second)
    with pytest.raises(Rejected) as found:
        movements.void_movement(movement_id=second.movement_id, **asked)  # type: ignore[arg-type]
    assert found.value.codes == ["return_already_accepted"]


@pytest.mark.django_db
def test_a_purchase_with_a_return_stays() -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])
    purchase = Purchase.objects.get(batch_id=returned.buyer_batch_id)

    with pytest.raises(Rejected) as found:
        purchases.void_purchase(
            by=owner_of(buyer),
            operator=buyer,
            purchase_id=purchase.pk,
            reason="误",
            at=AT,
        )
    assert found.value.codes == ["batch_already_used"]


@pytest.mark.django_db
def test_what_comes_back_to_its_maker_is_inspected_anew() -> None:
    factory, buyer = make_producer(), make_operator()
    made = make_made_batch(factory)
    make_inspection(made)
    _, theirs = sold(factory, buyer, made)

    back = take_back(factory, send_back(buyer, theirs))

    [facts] = stock.batch_facts(factory, [back.pk], on=TODAY).values()
    assert (facts.needs_inspection, facts.has_passed) == (True, False)
    make_inspection(back, certificate_number="HG-2")
    [facts] = stock.batch_facts(factory, [back.pk], on=TODAY).values()
    assert facts.has_passed


@pytest.mark.django_db
def test_what_comes_back_of_frozen_goods_is_frozen() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    hold_batches(by=owner_of(seller), batch_ids=[first.pk], reason="等检验结果", at=AT)

    back = take_back(seller, send_back(buyer, theirs))

    assert Hold.objects.get(batch_id=back.pk).is_official is False


@pytest.mark.django_db
def test_what_comes_back_of_recalled_goods_only_the_bureau_releases() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    make_recall(first)

    back = take_back(seller, send_back(buyer, theirs))

    assert Hold.objects.get(batch_id=back.pk).is_official is True
    assert stock.batch_facts(seller, [back.pk], on=TODAY)[back.pk].stop is not None


def chain() -> tuple[Operator, Operator, Operator, Batch, Batch]:
    """A maker, a dealer and a shop; the dealer's four and the same four with the shop."""
    maker, dealer, shop = make_operator(), make_operator(), make_operator()
    _, bought = sold(maker, dealer)
    _, theirs = sold(dealer, shop, bought)
    return maker, dealer, shop, bought, theirs


def refused_return(operator: Operator, *drafts: MovementDraft) -> list[str]:
    before = StockMovement.objects.count()
    with pytest.raises(Rejected) as found:
        movements.record_movements(
            by=owner_of(operator), operator=operator, drafts=drafts, at=AT, short_confirmed=True
        )
    assert StockMovement.objects.count() == before
    return [problem.code for problem in found.value.problems if not problem.is_warning]


@pytest.mark.django_db
def test_goods_taken_back_go_on_to_whom_they_were_bought_from() -> None:
    maker, dealer, shop, _, theirs = chain()
    back = take_back(dealer, send_back(shop, theirs))

    onward = send_back(dealer, back)
    top = take_back(maker, onward)

    assert (onward.operator_id, onward.buyer_batch_id) == (maker.pk, back.pk)
    assert (on_hand(back), on_hand(top)) == (0, 3)
    assert Link.objects.get(child_id=top.pk).parent_id == back.pk


@pytest.mark.django_db
def test_no_more_goes_back_than_was_bought_from_whichever_batch() -> None:
    _, dealer, shop, bought, theirs = chain()
    back = take_back(dealer, send_back(shop, theirs))
    send_back(dealer, back, 2)
    two = MovementDraft("return", bought.pk, Decimal(2), TODAY, "包装破损")
    one = MovementDraft("return", back.pk, Decimal(1), TODAY, "包装破损")

    assert refused_return(dealer, two, one) == ["more_than_was_bought"]


@pytest.mark.django_db
def test_goods_that_came_back_twice_still_go_back_up() -> None:
    maker, dealer, shop, _, theirs = chain()
    back = take_back(dealer, send_back(shop, theirs, 4))
    _, again = sold(dealer, shop, back)
    twice = take_back(dealer, send_back(shop, again, 4))

    onward = send_back(dealer, twice, 4)

    assert onward.operator_id == maker.pk
    more = MovementDraft("return", back.pk, Decimal(1), TODAY, "包装破损")
    assert refused_return(dealer, more) == ["more_than_was_bought"]


@pytest.mark.django_db
def test_recalled_goods_go_back_up_although_frozen_and_held_ones_do_not() -> None:
    maker, dealer, shop, bought, theirs = chain()
    make_recall(bought)
    back = take_back(dealer, send_back(shop, theirs, 2))

    assert send_back(dealer, back, 2).operator_id == maker.pk

    _, other_dealer, other_shop, _, others = chain()
    free = take_back(other_dealer, send_back(other_shop, others, 2))
    hold_batches(by=owner_of(other_dealer), batch_ids=[free.pk], reason="等检验结果", at=AT)
    draft = MovementDraft("return", free.pk, Decimal(1), TODAY, "包装破损")
    assert refused_return(other_dealer, draft) == ["batch_held"]


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action returned or raised, all begun at the same moment."""
    gate = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
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
@pytest.mark.parametrize("round_", range(4))
def test_both_sides_pressing_at_once_agree(round_: int) -> None:
    seller, buyer = make_operator(), make_operator()
    _, theirs = sold(seller, buyer)
    returned = send_back(buyer, theirs)
    ours, others = owner_of(seller), owner_of(buyer)

    answers = at_once(
        lambda: returns.take_back(
            by=ours, operator=seller, draft=TakeBackDraft(returned.pk), at=AT
        ),
        lambda: movements.void_movement(
            by=others, operator=buyer, movement_id=returned.movement_id, reason="不退了", at=AT
        ),
    )

    returned.refresh_from_db()
    movement = StockMovement.objects.get(pk=returned.movement_id)
    links = Link.objects.filter(kind="return").count()
    assert (returned.state, movement.state, links, on_hand(theirs)) in (
        ("accepted", "current", 1, 1),
        ("withdrawn", "voided", 0, 4),
    )
    assert sum(isinstance(answer, list) for answer in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_taking_back_at_once_make_one_batch() -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])
    by = owner_of(seller)

    def press() -> Batch:
        draft = TakeBackDraft(returned.pk)
        return returns.take_back(by=by, operator=seller, draft=draft, at=AT)

    answers = at_once(press, press, press)

    assert sorted(answer == ["returned_accepted"] for answer in answers) == [False, True, True]
    assert Batch.objects.filter(origin_kind="returned").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_goods_are_never_lost_twice() -> None:
    shop = make_operator()
    batch = batch_of(make_purchase(shop, quantity=Decimal(10)))
    by = owner_of(shop)
    draft = MovementDraft("loss", batch.pk, Decimal(6), TODAY, "受潮")

    def lose() -> list[StockMovement]:
        return movements.record_movements(by=by, operator=shop, drafts=[draft], at=AT)

    answers = at_once(lose, lose)

    assert sorted(str(answer) == "['more_than_on_hand']" for answer in answers) == [False, True]
    assert on_hand(batch) == 4
