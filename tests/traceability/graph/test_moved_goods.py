"""What was lost, destroyed and sent back, in traces of officers and of operators."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.models import Operator
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.runs import SSCC, make_box, make_split, taken
from tests.builders.traceability import TODAY, batch_of, make_incoming, make_purchase
from tests.traceability.graph.test_nodes import ends_of, view_of
from traceability.graph.own import look_at_own
from traceability.models import Batch, LinkKind, ReturnedGoods
from traceability.operations import incoming, movements, returns
from traceability.queries.boxes import batch_by_number
from traceability.queries.trace_facts import gone_from
from traceability.queries.trace_finder import batch_by_code
from traceability.rules.dead_ends import DeadEnd
from traceability.rules.incoming import AcceptDraft
from traceability.rules.movements import MovementDraft, TakeBackDraft

pytestmark = pytest.mark.django_db


def move(batch: Batch, kind: str, quantity: int) -> None:
    operator = Operator.objects.get(pk=batch.operator_id)
    draft = MovementDraft(kind, batch.pk, Decimal(quantity), TODAY, "破损")
    movements.record_movements(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)


def sold(seller: Operator, buyer: Operator) -> tuple[Batch, Batch]:
    """The seller's batch of ten and the buyer's four of them."""
    batch = batch_of(make_purchase(seller, quantity=Decimal(10)))
    waiting = make_incoming(buyer, seller=seller, batch=batch, quantity=Decimal(4))
    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(waiting.pk)], at=AT
    )
    return batch, batch_of(purchase)


def taken_back(seller: Operator) -> Batch:
    draft = TakeBackDraft(ReturnedGoods.objects.get().pk)
    return returns.take_back(by=owner_of(seller), operator=seller, draft=draft, at=AT)


@pytest.mark.parametrize(
    ("kind", "end"),
    [("loss", DeadEnd.LOST), ("destruction", DeadEnd.DESTROYED), ("return", DeadEnd.SENT_BACK)],
)
def test_a_chain_ends_where_everything_was_moved(kind: str, end: DeadEnd) -> None:
    batch = batch_of(make_purchase(make_operator(is_wholesale=True), quantity=Decimal(10)))

    move(batch, kind, 9)
    assert ends_of(batch) == {batch.pk: DeadEnd.IN_STOCK}
    move(batch, kind, 1)

    assert ends_of(batch) == {batch.pk: end}


def test_what_was_moved_is_gone_once() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    move(theirs, "return", 3)
    back = taken_back(seller)
    move(first, "loss", 1)
    move(first, "destruction", 2)
    make_split(first, 1, 1)

    assert gone_from([first.pk, theirs.pk, back.pk]) == {first.pk: 9_000, theirs.pk: 3_000}


def test_a_return_is_a_hop_of_the_whole_trace() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    move(theirs, "return", 3)
    back = taken_back(seller)

    view = view_of(first)

    assert view.hops == {first.pk: 0, theirs.pk: 1, back.pk: 2}
    assert [step.kind for step in view.part.steps] == [LinkKind.TRANSFER, LinkKind.RETURN]
    assert theirs.pk not in ends_of(first)


def test_an_operator_follows_what_it_took_back_itself() -> None:
    seller, buyer = make_operator(), make_operator(name="小店")
    first, theirs = sold(seller, buyer)
    move(theirs, "return", 3)
    back = taken_back(seller)

    down = look_at_own(owner_of(seller), [first.pk], "down")
    up = look_at_own(owner_of(seller), [back.pk], "up")

    assert down.hops == {first.pk: 0, back.pk: 1}
    assert [(s.child_id, s.parent_id, s.kind, s.quantity) for s in down.part.steps] == [
        (back.pk, first.pk, LinkKind.RETURN, 3)
    ]
    assert up.hops == {back.pk: 0, first.pk: 1}
    assert [(paper.kind, paper.partner_name, paper.quantity) for paper in up.papers][-1] == (
        "return",
        "小店",
        3,
    )


def test_the_buyer_sees_its_return_and_nothing_of_what_became_of_it() -> None:
    seller, buyer = make_operator(name="批发部"), make_operator()
    _, theirs = sold(seller, buyer)
    move(theirs, "return", 3)
    taken_back(seller)

    down = look_at_own(owner_of(buyer), [theirs.pk], "down")

    assert down.hops == {theirs.pk: 0}
    assert [(paper.kind, paper.is_sale, paper.partner_name) for paper in down.papers] == [
        ("return", False, "批发部")
    ]


def test_a_box_is_found_by_whoever_may_see_it() -> None:
    shop, stranger = make_operator(), make_operator()
    box = make_box(shop, taken(batch_of(make_purchase(shop, quantity=Decimal(10))), 1), sscc=SSCC)

    assert batch_by_code(owner_of(shop), f"(00){SSCC}") == box.pk
    assert batch_by_code(owner_of(stranger), SSCC) is None
    assert batch_by_number(owner_of(stranger), stranger, SSCC) is None
    assert batch_by_code(owner_of(shop), SSCC[:-1] + "8") is None
