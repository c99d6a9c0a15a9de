"""Recording goods received (进货查验), and putting such records right.

Locks are taken in one order: incoming drafts, records, products and suppliers, batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.db.together import Statement
from shilian.problems import Problem, Rejected, errors
from traceability.models import (
    Batch,
    Channel,
    IncomingDraft,
    Link,
    Purchase,
    RecordState,
    Sale,
)
from traceability.operations import (
    book_use,
    duplicate_pairs,
    papers,
    purchase_rows,
    superseding,
    writing,
)
from traceability.operations.writing import Pen, Row
from traceability.queries import stock
from traceability.rules import corrections as correction_rules
from traceability.rules import purchases as rules
from traceability.rules import shortage
from traceability.rules.corrections import NewGoods
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts

OPERATION = "record_purchases"
State = IncomingDraft.State
ZERO = Decimal(0)


def preview_purchases(
    *, by: Actor, operator: Operator, drafts: Sequence[PurchaseDraft], at: datetime
) -> list[Problem]:
    """Every problem and warning that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_PURCHASES, on=operator)
    facts = purchase_rows.gather_facts(operator, drafts)
    return rules.check_purchases(drafts, facts, today=business_day(at))


@transaction.atomic
def record_purchases(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[PurchaseDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[Purchase]:
    """Record goods received: all of the drafts, or none of them.

    A second call with the same ``submit_key`` returns what the first recorded.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 50, 53 and 65.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(2 * len(drafts))
    purchase_ids = ids[len(drafts) :]
    earlier = writing.claim_submission(operator, submit_key, OPERATION, purchase_ids, at)
    if earlier is not None:
        return list(Purchase.objects.filter(operator=operator, pk__in=earlier).order_by("pk"))
    if not drafts:
        return []
    facts = purchase_rows.gather_facts(operator, drafts, locked=True)
    found = rules.check_each_purchase(drafts, facts, today=pen.today)
    stop_at_errors(found)
    batches = writing.copy_records(
        Batch, purchase_rows.batch_rows(pen, drafts, facts, ids[: len(drafts)])
    )
    rows = writing.copy_records(
        Purchase, purchase_rows.rows_for(pen, drafts, facts, purchase_ids, batches, found)
    )
    follow_up(by, pen, drafts, is_typed=True)
    return [writing.record_from(Purchase, row) for row in rows]


def stop_at_errors(found: Sequence[list[Problem]]) -> None:
    """Raises: Rejected with every problem when one of them is an error."""
    if any(problems and errors(problems) for problems in found):
        raise Rejected(problem for problems in found for problem in problems)


def follow_up(
    by: Actor,
    pen: Pen,
    drafts: Sequence[PurchaseDraft],
    *,
    is_typed: bool,
    along: Sequence[Statement] = (),
) -> None:
    """What recording purchases brings with it, sent together behind the statements ``along``."""
    operator, at = pen.operator, pen.at
    marks = writing.marks_of((operator.pk, draft.purchased_on) for draft in drafts)
    products = {draft.product_id for draft in drafts}
    partners = {draft.supplier_id for draft in drafts}
    used = book_use.touching(operator, products, partners, at, is_typed=is_typed)
    audit.append(
        by=by,
        at=at,
        event="purchases_recorded",
        about=operator,
        count=len(drafts),
        along=(*along, *((marks,) if marks else ()), *used),
    )
    # Behind the rows: of rows that are refused nothing stays, not even in the operator's object.
    writing.begin_using(operator, at)


@transaction.atomic
def void_purchase(
    *, by: Actor, operator: Operator, purchase_id: int, reason: str, at: datetime
) -> Purchase:
    """Declare a purchase void with its batch; goods from a sale wait for an answer again.

    When the seller has parted with what was once sent back to it, the whole sale counts as refused.
    Raises: Rejected when it is not current, some of the goods have left, or no reason is given;
    OutOfScope when the operator has no such purchase.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    reason = superseding.checked_reason(reason)
    incoming = _incoming_of_purchase(operator, purchase_id)
    purchase = superseding.locked(Purchase, operator, purchase_id)
    batch = superseding.locked_batch(operator, purchase.batch_id)
    ways = stock.ways_gone(operator, [batch.pk]).get(batch.pk, {})
    if problems := correction_rules.check_void_purchase(purchase.state, ways=ways, unit=batch.unit):
        raise Rejected(problems)
    superseding.close(purchase, RecordState.VOIDED, reason)
    superseding.own(Batch, operator, batch.pk).update(state=RecordState.VOIDED)
    superseding.forget_page(batch)
    if incoming is not None:
        if _seller_holds(incoming, _returned(incoming), locked=True):
            _reopen(incoming)
        else:
            _refuse(incoming, reason, by, at)
        Link.objects.filter(parent_id=incoming.seller_batch_id, child_id=batch.pk).delete()
    writing.mark_months(operator, [purchase.purchased_on])
    pairs = duplicate_pairs.after_voiding(purchase, by=by, at=at)
    superseding.append_audit(by, at, "purchase_voided", operator, purchase, reason, along=pairs)
    return purchase


def preview_purchase_correction(
    *, by: Actor, operator: Operator, purchase_id: int, draft: PurchaseDraft, at: datetime
) -> list[Problem]:
    """Every problem and warning that correcting the purchase so would meet; nothing is written.

    Nothing is locked either: who only looks keeps nobody waiting.
    Raises: OutOfScope when the operator has no such purchase.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    old = superseding.own(Purchase, operator, purchase_id).first()
    if old is None:
        raise OutOfScope
    incoming = _incoming_rows(operator, old.sale_id).first() if old.sale_id else None
    batch = superseding.own(Batch, operator, old.batch_id).get()
    facts = purchase_rows.gather_facts(operator, [draft])
    problems = _check_correction(old, draft, batch, incoming, facts)
    return problems + rules.check_purchase(draft, facts, today=business_day(at))


@transaction.atomic
def correct_purchase(
    *,
    by: Actor,
    operator: Operator,
    purchase_id: int,
    draft: PurchaseDraft,
    reason: str,
    at: datetime,
    short_confirmed: bool = False,
) -> Purchase:
    """Write a new purchase in place of a wrong one; the batch follows and keeps its code.

    Of goods taken in from a seller's paper only quantity, voucher and evidence can change; more
    than was taken only while the seller still holds what it got back.
    Raises: Rejected with every problem; OutOfScope when the operator has no such purchase.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    reason = superseding.checked_reason(reason)
    incoming = _incoming_of_purchase(operator, purchase_id)
    old = superseding.locked(Purchase, operator, purchase_id)
    pen = writing.pen_for(by, operator, at, channel=old.channel)
    facts = purchase_rows.gather_facts(operator, [draft], locked=True)
    batch = superseding.locked_batch(operator, old.batch_id)
    problems = _check_correction(old, draft, batch, incoming, facts, locked=True)
    problems += rules.check_purchase(draft, facts, today=pen.today)
    is_known = short_confirmed or by.channel != Channel.FORM
    problems = shortage.unless_confirmed(problems, is_known)
    if errors(problems):
        raise Rejected(problems)
    lot, new = _corrected_rows(pen, old, draft, batch, incoming, facts, problems)
    writing.copy_records(Purchase, [new])
    superseding.close(old, RecordState.SUPERSEDED, reason, by_id=new[0], batch=batch)
    superseding.follow(operator, batch, lot)
    superseding.forget_page(batch)
    if incoming is not None:
        _take_less(incoming, draft.quantity, reason, new[0], batch)
    writing.mark_months(operator, [old.purchased_on, draft.purchased_on])
    corrected = writing.record_from(Purchase, new)
    pairs = duplicate_pairs.after_correction(old, corrected, by=by, at=at)
    superseding.append_audit(by, at, "purchase_corrected", operator, old, reason, along=pairs)
    return corrected


def _check_correction(
    old: Purchase,
    draft: PurchaseDraft,
    batch: Batch,
    incoming: IncomingDraft | None,
    facts: PurchaseFacts,
    *,
    locked: bool = False,
) -> list[Problem]:
    use = stock.use_of(old.operator, batch)
    problems = correction_rules.check_correct_purchase(
        old, draft, use, is_arrival=incoming is not None
    )
    if incoming is None:
        return problems + correction_rules.check_parts(batch, _new_goods(draft, facts), use)
    problems += correction_rules.check_correct_arrival(old, draft, batch, sold=incoming.quantity)
    if not errors(problems) and draft.quantity > old.quantity:
        more = draft.quantity - old.quantity
        is_there = _seller_holds(incoming, more, locked=locked)
        problems += correction_rules.check_seller_holds(is_there, taken=old.quantity, unit=old.unit)
    return problems


def _new_goods(draft: PurchaseDraft, facts: PurchaseFacts) -> NewGoods:
    product = facts.products.get(draft.product_id)
    end = product.expires_on(draft.produced_on) if product else None
    return NewGoods(draft.product_id, draft.batch_number, draft.produced_on, end)


def _corrected_rows(
    pen: Pen,
    old: Purchase,
    draft: PurchaseDraft,
    batch: Batch,
    incoming: IncomingDraft | None,
    facts: PurchaseFacts,
    problems: list[Problem],
) -> tuple[Row, Row]:
    """The batch as it is now said to be, and the purchase that says so."""
    product, supplier = facts.products[draft.product_id], facts.suppliers[draft.supplier_id]
    if incoming is not None:
        product = papers.paper_of(incoming).product_facts(product.id)
    lot = purchase_rows.purchased_batch(pen, batch.pk, batch.token_salt, draft, product)
    [new_id], [salt] = pen.ids(1), writing.salts(1)
    new = purchase_rows.purchase_row(
        pen,
        new_id,
        draft,
        product,
        supplier,
        lot,
        problems,
        salt,
        supersedes_id=old.pk,
        sale_id=old.sale_id,
    )
    return lot, new


def _incoming_of_purchase(operator: Operator, purchase_id: int) -> IncomingDraft | None:
    """The draft the purchase came from, locked before anything else."""
    sale_id = (
        superseding.own(Purchase, operator, purchase_id).values_list("sale_id", flat=True).first()
    )
    if sale_id is None:
        return None
    return _incoming_rows(operator, sale_id).select_for_update().first()


def _incoming_rows(operator: Operator, sale_id: int) -> QuerySet[IncomingDraft]:
    return IncomingDraft.objects.filter(operator=operator, sale_id=sale_id)


def _returned(incoming: IncomingDraft) -> Decimal:
    sale = Sale.objects.filter(operator_id=incoming.seller_operator_id, pk=incoming.sale_id)
    return sale.values_list("returned_quantity", flat=True).get()


def _seller_holds(incoming: IncomingDraft, quantity: Decimal, *, locked: bool) -> bool:
    """Whether so much is left of the seller's batch; locked, it stays so for the taking."""
    if quantity <= 0:
        return True
    seller = Operator.objects.get(pk=incoming.seller_operator_id)
    batch_id, on = incoming.seller_batch_id, incoming.sold_on
    if locked:
        _, held = stock.locked_batches(seller, [batch_id], on=on)
    else:
        held = stock.batch_facts(seller, [batch_id], on=on)
    return batch_id in held and held[batch_id].on_hand >= quantity


def _refuse(incoming: IncomingDraft, reason: str, by: Actor, at: datetime) -> None:
    IncomingDraft.objects.filter(operator_id=incoming.operator_id, pk=incoming.pk).update(
        state=State.REFUSED,
        accepted_quantity=None,
        reason=reason,
        purchase_id=None,
        decided_at=at,
        decided_by=by.person_id,
    )
    _set_returned(incoming, incoming.quantity)
    writing.mark_operator_months({(incoming.operator_id, incoming.sold_on)})


def _reopen(incoming: IncomingDraft) -> None:
    IncomingDraft.objects.filter(operator_id=incoming.operator_id, pk=incoming.pk).update(
        state=State.WAITING,
        accepted_quantity=None,
        reason="",
        purchase_id=None,
        decided_at=None,
        decided_by=None,
    )
    _set_returned(incoming, ZERO)
    writing.mark_operator_months({(incoming.operator_id, incoming.sold_on)})


def _take_less(
    incoming: IncomingDraft, quantity: Decimal, reason: str, purchase_id: int, batch: Batch
) -> None:
    """Let the draft, the seller's stock and the link follow the quantity that was taken."""
    short = quantity < incoming.quantity
    IncomingDraft.objects.filter(operator_id=incoming.operator_id, pk=incoming.pk).update(
        state=State.ACCEPTED_SHORT if short else State.ACCEPTED,
        accepted_quantity=quantity,
        reason=reason if short else "",
        purchase_id=purchase_id,
    )
    _set_returned(incoming, incoming.quantity - quantity)
    Link.objects.filter(parent_id=incoming.seller_batch_id, child_id=batch.pk).update(
        quantity=quantity
    )


def _set_returned(incoming: IncomingDraft, quantity: Decimal) -> None:
    Sale.objects.filter(operator_id=incoming.seller_operator_id, pk=incoming.sale_id).update(
        returned_quantity=quantity
    )
    writing.mark_operator_months({(incoming.seller_operator_id, incoming.sold_on)})
