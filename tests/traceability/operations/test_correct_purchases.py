from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry
from shilian.problems import Rejected, errors
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_product,
    make_purchase,
    make_sale,
)
from traceability.models import Batch, IncomingDraft, Link, MonthMark, Purchase, RecordState, Sale
from traceability.operations import incoming, movements, purchases
from traceability.queries import proofs, stock
from traceability.rules.incoming import AcceptDraft
from traceability.rules.movements import MovementDraft
from traceability.rules.purchases import PurchaseDraft

pytestmark = pytest.mark.django_db


def draft_of(purchase: Purchase, **facts) -> PurchaseDraft:
    batch = batch_of(purchase)
    draft = PurchaseDraft(
        product_id=purchase.product_id,
        supplier_id=purchase.partner_id,
        quantity=purchase.quantity,
        unit=purchase.unit,
        purchased_on=purchase.purchased_on,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        voucher_number=purchase.voucher_number,
    )
    return replace(draft, **facts)


def preview(purchase, draft):
    operator = purchase.operator
    return purchases.preview_purchase_correction(
        by=owner_of(operator), operator=operator, purchase_id=purchase.pk, draft=draft, at=AT
    )


def correct(purchase, draft, reason="数量看错", **more):
    operator = purchase.operator
    return purchases.correct_purchase(
        by=owner_of(operator),
        operator=operator,
        purchase_id=purchase.pk,
        draft=draft,
        reason=reason,
        at=AT,
        **more,
    )


def void(purchase, reason="重复录入"):
    operator = purchase.operator
    return purchases.void_purchase(
        by=owner_of(operator), operator=operator, purchase_id=purchase.pk, reason=reason, at=AT
    )


def test_a_correction_supersedes_and_the_batch_follows():
    purchase = make_purchase(quantity=Decimal(10), batch_number="L1")

    new = correct(purchase, draft_of(purchase, quantity=Decimal(12), batch_number="L2"))

    purchase.refresh_from_db()
    batch = batch_of(purchase)
    assert (purchase.state, purchase.superseded_by_id) == (RecordState.SUPERSEDED, new.pk)
    assert (purchase.reason, purchase.quantity) == ("数量看错", Decimal(10))
    assert (new.supersedes_id, new.batch_id, new.state) == (purchase.pk, batch.pk, "current")
    assert (batch.quantity, batch.batch_number) == (Decimal(12), "L2")
    assert Batch.objects.count() == 1


def test_both_versions_can_still_be_proven():
    purchase = make_purchase(batch_number="L1")

    new = correct(purchase, draft_of(purchase, batch_number="L2"))

    old = Purchase.objects.get(pk=purchase.pk)
    stored = Purchase.objects.get(pk=new.pk)
    now = proofs.stored_batch_facts(batch_of(stored))
    assert proofs.stored_leaf(old, old.batch_before) == bytes(old.leaf_hash)
    assert proofs.stored_leaf(stored, now) == bytes(stored.leaf_hash)


def test_both_months_are_marked_and_the_reason_is_audited():
    purchase = make_purchase()
    MonthMark.objects.all().delete()
    earlier = TODAY - timedelta(days=20)

    correct(purchase, draft_of(purchase, purchased_on=earlier, produced_on=None, batch_number="L"))

    months = set(MonthMark.objects.values_list("month", flat=True))
    assert months == {date(2026, 10, 1), date(2026, 11, 1)}
    entry = AuditEntry.objects.get(event="purchase_corrected")
    assert (entry.about_id, entry.reason) == (purchase.pk, "数量看错")


def test_a_correction_must_cover_what_was_sold():
    operator = make_operator()
    purchase = make_purchase(operator, quantity=Decimal(10))
    make_sale(operator, make_operator(), batch=batch_of(purchase), quantity=Decimal(4))

    with pytest.raises(Rejected) as refused:
        correct(purchase, draft_of(purchase, quantity=Decimal("3.999")))

    assert refused.value.codes == ["less_than_already_used"]
    assert batch_of(purchase).quantity == Decimal(10)
    assert correct(purchase, draft_of(purchase, quantity=Decimal(4))).quantity == Decimal(4)


def test_a_correction_that_leaves_too_little_is_kept_once_confirmed():
    operator = make_operator()
    purchase = make_purchase(operator, quantity=Decimal(10))
    make_sale(operator, make_operator(), batch=batch_of(purchase), quantity=Decimal(4))

    new = correct(purchase, draft_of(purchase, quantity=Decimal(3)), short_confirmed=True)

    assert "less_than_already_used" in new.warnings
    assert on_hand(batch_of(purchase)) == Decimal(-1)


def test_a_unit_in_which_goods_were_sold_stands():
    operator = make_operator()
    purchase = make_purchase(operator)
    make_sale(operator, make_operator(), batch=batch_of(purchase))

    with pytest.raises(Rejected) as refused:
        correct(purchase, draft_of(purchase, unit="箱"))

    assert refused.value.codes == ["unit_already_used", "unit_differs"]


@pytest.mark.parametrize("act", [void, lambda p: correct(p, draft_of(p))])
def test_a_record_is_put_right_only_once(act):
    purchase = make_purchase()
    void(purchase)

    with pytest.raises(Rejected) as refused:
        act(purchase)

    assert "already_voided" in refused.value.codes


def test_a_void_purchase_takes_its_batch_with_it():
    purchase = make_purchase()

    void(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.reason) == (RecordState.VOIDED, "重复录入")
    assert batch_of(purchase).state == RecordState.VOIDED


def test_goods_that_left_keep_their_purchase():
    operator = make_operator()
    purchase = make_purchase(operator)
    make_sale(operator, make_operator(), batch=batch_of(purchase))

    with pytest.raises(Rejected) as refused:
        void(purchase)

    assert refused.value.codes == ["batch_already_used"]
    assert Purchase.objects.get().state == RecordState.CURRENT


def test_what_left_is_told_by_the_way_in_which_it_left():
    operator = make_operator()
    purchase = make_purchase(operator)
    batch = batch_of(purchase)
    drafts = [
        MovementDraft("loss", batch.pk, Decimal(2), TODAY, "破损"),
        MovementDraft("return", batch.pk, Decimal(5), TODAY, "变质"),
    ]
    by = {"by": owner_of(operator), "operator": operator, "at": AT}
    for draft in drafts:
        movements.record_movements(drafts=[draft], **by)

    with pytest.raises(Rejected) as refused:
        void(purchase)

    [problem] = refused.value.problems
    assert problem.code == "batch_already_used"
    assert problem.message == (
        f"这批货已经有损耗2{batch.unit}、退货5{batch.unit}，"
        "请先作废相应的损耗、退货记录，再作废进货。"
    )
    assert Purchase.objects.get().state == RecordState.CURRENT


def test_a_reason_is_needed():
    with pytest.raises(Rejected) as refused:
        void(make_purchase(), reason=" 　")

    assert refused.value.codes == ["reason_missing"]


def test_another_operators_purchase_does_not_exist():
    foreign, operator = make_purchase(), make_operator()

    with pytest.raises(OutOfScope):
        purchases.void_purchase(
            by=owner_of(operator), operator=operator, purchase_id=foreign.pk, reason="x", at=AT
        )


def accepted(buyer, seller):
    draft = make_incoming(buyer, seller=seller, quantity=Decimal(6))
    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(draft.pk)], at=AT
    )
    return Purchase.objects.get(pk=purchase.pk)


def test_taking_less_afterwards_gives_the_rest_back_to_the_seller():
    seller, buyer = make_operator(), make_operator()
    purchase = accepted(buyer, seller)

    new = correct(purchase, draft_of(purchase, quantity=Decimal(5)), reason="少一袋")

    draft = IncomingDraft.objects.get()
    assert (draft.state, draft.accepted_quantity) == ("accepted_short", Decimal(5))
    assert (draft.purchase_id, draft.reason) == (new.pk, "少一袋")
    assert Sale.objects.get(pk=draft.sale_id).returned_quantity == Decimal(1)
    assert Link.objects.get().quantity == Decimal(5)
    assert batch_of(new).shelf_life == batch_of(purchase).shelf_life


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": Decimal(7)}, "more_than_was_sold"),
        ({"batch_number": "X"}, "sellers_paper_stands"),
    ],
)
def test_the_sellers_paper_stands(change, code):
    buyer = make_operator()
    purchase = accepted(buyer, make_operator())

    with pytest.raises(Rejected) as refused:
        correct(purchase, draft_of(purchase, **change))

    assert code in refused.value.codes
    assert IncomingDraft.objects.get().purchase_id == purchase.pk


@pytest.mark.parametrize("kind", ["sale", "return"])
def test_what_left_is_never_given_back_to_the_seller_as_well(kind):
    seller, buyer = make_operator(), make_operator()
    purchase = accepted(buyer, seller)
    if kind == "sale":
        make_sale(buyer, make_operator(), batch=batch_of(purchase), quantity=Decimal(3))
    else:
        draft = MovementDraft("return", purchase.batch_id, Decimal(3), TODAY, "破损")
        movements.record_movements(by=owner_of(buyer), operator=buyer, drafts=[draft], at=AT)
    less = draft_of(purchase, quantity=Decimal("2.999"))

    with pytest.raises(Rejected) as refused:
        correct(purchase, less, short_confirmed=True)

    assert refused.value.codes == ["arrival_already_used"]
    assert [problem.code for problem in errors(preview(purchase, less))] == ["arrival_already_used"]
    assert Sale.objects.get(pk=purchase.sale_id).returned_quantity == Decimal(0)
    assert correct(purchase, draft_of(purchase, quantity=Decimal(3))).quantity == Decimal(3)


def short_and_resold() -> tuple[Purchase, Batch]:
    """Six were sold, four taken; all that the seller had, with the two sent back, went elsewhere."""
    seller, buyer = make_operator(), make_operator()
    batch = batch_of(make_purchase(seller, quantity=Decimal(6)))
    draft = make_incoming(buyer, seller=seller, batch=batch, quantity=Decimal(6))
    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer),
        operator=buyer,
        drafts=[AcceptDraft(draft.pk, Decimal(4), "破损")],
        at=AT,
    )
    make_sale(seller, make_operator(), batch=batch, quantity=Decimal(2))
    return Purchase.objects.get(pk=purchase.pk), batch


def on_hand(batch: Batch) -> Decimal:
    return stock.batch_facts(batch.operator, [batch.pk], on=TODAY)[batch.pk].on_hand


def test_what_the_seller_sold_on_cannot_be_taken_after_all():
    purchase, batch = short_and_resold()

    with pytest.raises(Rejected) as refused:
        correct(purchase, draft_of(purchase, quantity=Decimal(6)))

    assert refused.value.codes == ["sent_back_to_seller"]
    assert on_hand(batch) == Decimal(0)


def test_what_the_seller_still_holds_can_be_taken_after_all():
    seller, buyer = make_operator(), make_operator()
    taken = accepted(buyer, seller)
    purchase = correct(taken, draft_of(taken, quantity=Decimal(5)))

    correct(purchase, draft_of(purchase, quantity=Decimal(6)))

    assert IncomingDraft.objects.get().state == "accepted"


def test_a_void_arrival_never_leaves_the_seller_with_less_than_nothing():
    purchase, batch = short_and_resold()

    void(purchase)

    draft = IncomingDraft.objects.get(sale_id=purchase.sale_id)
    assert (draft.state, draft.purchase_id) == ("refused", None)
    assert on_hand(batch) == Decimal(4)


def test_a_correction_checks_the_new_facts_too():
    operator = make_operator()
    purchase = make_purchase(operator)
    foreign = make_product(make_operator())

    with pytest.raises(Rejected) as refused:
        correct(purchase, draft_of(purchase, product_id=foreign.pk))

    assert "product_unknown" in refused.value.codes


def test_a_sale_made_before_a_correction_is_still_proven():
    operator = make_operator()
    purchase = make_purchase(operator, batch_number="L1")
    sale = make_sale(operator, make_operator(), batch=batch_of(purchase))

    correct(purchase, draft_of(purchase, batch_number="L2"))

    batch = batch_of(purchase)
    assert proofs.is_proven(operator, Sale.objects.get(pk=sale.pk), batch)
    assert all(proofs.is_proven(operator, record, batch) for record in Purchase.objects.all())


def test_a_changed_row_is_no_longer_proven():
    purchase = make_purchase()
    Purchase.objects.filter(pk=purchase.pk).update(quantity=Decimal(11))

    stored = Purchase.objects.get()

    assert not proofs.is_proven(stored.operator, stored, batch_of(stored))


def test_a_preview_says_what_the_seller_lacks_and_locks_nothing():
    purchase, _ = short_and_resold()

    with CaptureQueriesContext(connection) as queries:
        problems = preview(purchase, draft_of(purchase, quantity=Decimal(6)))

    assert "sent_back_to_seller" in [problem.code for problem in problems]
    assert len(queries) > 5
    assert not [query for query in queries if " FOR " in query["sql"].upper()]


def test_a_preview_of_anothers_purchase_finds_none():
    purchase, stranger = make_purchase(), make_operator()

    with pytest.raises(OutOfScope):
        purchases.preview_purchase_correction(
            by=owner_of(stranger),
            operator=stranger,
            purchase_id=purchase.pk,
            draft=draft_of(purchase),
            at=AT,
        )
