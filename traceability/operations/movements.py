"""Recording losses, destruction and returns; a return to a registered seller waits for its answer.

Locks are taken in one order: returned goods, batches, movements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator, OperatorState
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from shilian.text import tidy_prose
from traceability.models import Batch, RecordState, ReturnedGoods, StockMovement
from traceability.operations import superseding, writing
from traceability.operations.writing import Pen, Row
from traceability.queries import movements as queries
from traceability.queries import proofs, stock, suppliers
from traceability.rules import movements as rules
from traceability.rules import shortage
from traceability.rules.movements import MovementDraft, MovementFacts
from traceability.rules.sales import BatchFacts

OPERATION = "record_movements"
NOTHING_RETURNED = Decimal(0)
Kind = StockMovement.Kind
State = ReturnedGoods.State
_TAIL = writing.tail_fields(StockMovement)


def preview_movements(
    *, by: Actor, operator: Operator, drafts: Sequence[MovementDraft], at: datetime
) -> list[Problem]:
    """Every problem and warning that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_MOVEMENTS, on=operator)
    today = business_day(at)
    batches = stock.batch_facts(operator, {draft.batch_id for draft in drafts}, on=today)
    facts = _facts(operator, drafts, batches)
    found = rules.check_each_movement(drafts, facts, today=today)
    return [problem for problems in found for problem in problems]


@transaction.atomic
def record_movements(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[MovementDraft],
    at: datetime,
    submit_key: UUID | None = None,
    short_confirmed: bool = False,
) -> list[StockMovement]:
    """Record goods lost, destroyed or sent back: all of the drafts, or none of them.

    A return of goods that an activated operator had sold here waits for its answer; any other
    return is done at once. To take more than is on hand needs ``short_confirmed`` where a person
    can be asked.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 54 and 63; 食品召回管理办法 articles 24 and 25.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_MOVEMENTS, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, OPERATION, ids, at)
    if earlier is not None:
        return list(StockMovement.objects.filter(operator=operator, pk__in=earlier).order_by("pk"))
    if not drafts:
        return []
    batches, facts = _locked(pen, drafts)
    found = _judged(pen, drafts, facts, is_known=short_confirmed or not pen.asks_back)
    drawn = zip(ids, drafts, found, writing.salts(len(drafts)), strict=True)
    rows = [_row(pen, id_, draft, batches, facts, said, salt) for id_, draft, said, salt in drawn]
    writing.copy_records(StockMovement, rows)
    movements = [writing.record_from(StockMovement, row) for row in rows]
    _offer_to_sellers(pen, movements, batches, facts)
    writing.mark_months(operator, (draft.moved_on for draft in drafts))
    writing.begin_using(operator, at)
    kinds = sorted({draft.kind for draft in drafts})
    audit.append(
        by=by, at=at, event="movements_recorded", about=operator, count=len(rows), kinds=kinds
    )
    return movements


def _locked(pen: Pen, drafts: Sequence[MovementDraft]) -> tuple[dict[int, Batch], MovementFacts]:
    """The batches, locked, with all that is known of them."""
    wanted = {draft.batch_id for draft in drafts}
    # What came of one purchase may go back only once, from whichever batch.
    returned = {draft.batch_id for draft in drafts if draft.kind == Kind.RETURN}
    wanted |= queries.bought_as(pen.operator, returned)
    batches, on_hand = stock.locked_batches(pen.operator, wanted, on=pen.today)
    return batches, _facts(pen.operator, drafts, on_hand)


def _judged(
    pen: Pen, drafts: Sequence[MovementDraft], facts: MovementFacts, *, is_known: bool
) -> list[list[Problem]]:
    """The warnings of each draft.

    Raises: Rejected with all that was found when a draft has an error.
    """
    found = [
        shortage.unless_confirmed(problems, is_known)
        for problems in rules.check_each_movement(drafts, facts, today=pen.today)
    ]
    if any(errors(problems) for problems in found):
        raise Rejected(problem for problems in found for problem in problems)
    return found


def _facts(
    operator: Operator, drafts: Sequence[MovementDraft], batches: dict[int, BatchFacts]
) -> MovementFacts:
    returned = {draft.batch_id for draft in drafts if draft.kind == Kind.RETURN}
    return MovementFacts(
        batches=batches,
        bought=queries.bought_facts(operator, returned & batches.keys()),
        papers=suppliers.paper_facts(operator, {id_ for d in drafts for id_ in d.evidence_ids}),
    )


def _row(
    pen: Pen,
    id_: int,
    draft: MovementDraft,
    batches: dict[int, Batch],
    facts: MovementFacts,
    problems: Sequence[Problem],
    salt: bytes,
) -> Row:
    """One record with its retention and leaf."""
    batch = batches[draft.batch_id]
    bought = facts.bought.get(batch.pk) if draft.kind == Kind.RETURN else None
    head = _head(pen, id_, draft, batch, problems)
    tail = (
        batch.pk,
        batch.product_id,
        draft.kind,
        draft.quantity,
        batch.unit,
        draft.moved_on,
        tidy_prose(draft.cause),
        bought.partner_id if bought else None,
        bought.supplier_operator_id if bought else None,
        bought.supplier_name if bought else "",
        NOTHING_RETURNED,
    )
    return writing.sealed(
        "stockmovement", _TAIL, head, tail, proofs.stored_batch_facts(batch), salt
    )


def _head(
    pen: Pen, id_: int, draft: MovementDraft, batch: Batch, problems: Sequence[Problem]
) -> Row:
    return writing.record_head(
        pen,
        id_,
        missing=[],
        warnings=[problem.code for problem in problems if problem.is_warning],
        raw=draft.raw,
        evidence_ids=draft.evidence_ids,
        voucher_number=draft.voucher_number,
        retain_until=writing.retention_of(pen, batch),
    )


def _offer_to_sellers(
    pen: Pen, movements: Sequence[StockMovement], batches: dict[int, Batch], facts: MovementFacts
) -> None:
    """Lay each return of goods with a seller's paper before that seller. Cost: three queries."""
    sales = {
        movement.pk: (bought.supplier_operator_id, bought.sale_id)
        for movement in movements
        if movement.kind == Kind.RETURN
        and (bought := facts.bought[movement.batch_id]).sale_id is not None
        and bought.supplier_operator_id is not None
    }
    if not sales:
        return
    asked = {seller for seller, _ in sales.values() if seller}
    sold = queries.sold_batches(asked, {sale for _, sale in sales.values() if sale})
    activated = Operator.objects.filter(pk__in=asked).exclude(state=OperatorState.LISTED)
    places = {seller.pk: seller for seller in activated}
    offered = [
        _returned(pen, movement, batches[movement.batch_id], places[seller], sale, sold[sale])
        for movement in movements
        if movement.pk in sales
        for seller, sale in [sales[movement.pk]]
        if seller in places and sale in sold
    ]
    writing.copy_models(ReturnedGoods, offered)


def _returned(
    pen: Pen, movement: StockMovement, batch: Batch, seller: Operator, sale_id: int, sold: int
) -> ReturnedGoods:
    [id_] = pen.ids(1)
    return ReturnedGoods(
        id=id_,
        operator=seller,
        division_id=seller.division_id,
        county_id=seller.county_id,
        buyer_operator_id=pen.operator.pk,
        buyer_name=pen.operator.name,
        movement_id=movement.pk,
        sale_id=sale_id,
        buyer_batch_id=batch.pk,
        seller_batch_id=sold,
        name=batch.name,
        specification=batch.specification,
        batch_number=batch.batch_number,
        quantity=movement.quantity,
        unit=movement.unit,
        returned_on=movement.moved_on,
        cause=movement.cause,
        created_at=pen.at,
    )


@transaction.atomic
def void_movement(
    *, by: Actor, operator: Operator, movement_id: int, reason: str, at: datetime
) -> StockMovement:
    """Declare a loss, destruction or return void: its goods are in stock again.

    A return that still waits is withdrawn from the supplier.
    Raises: Rejected when it is not current, no reason is given, or the supplier has taken the goods
    back; OutOfScope when the operator has no such record.
    """
    by.require(Permission.RECORD_MOVEMENTS, on=operator)
    reason = superseding.checked_reason(reason)
    waiting = ReturnedGoods.objects.filter(buyer_operator_id=operator.pk, movement_id=movement_id)
    returned = waiting.select_for_update().first()
    movement = superseding.locked(StockMovement, operator, movement_id)
    if problems := rules.check_void(movement.state, returned.state if returned else ""):
        raise Rejected(problems)
    superseding.close(movement, RecordState.VOIDED, reason)
    if returned is not None and returned.is_waiting:
        ReturnedGoods.objects.filter(operator_id=returned.operator_id, pk=returned.pk).update(
            state=State.WITHDRAWN, reason=reason, decided_at=at, decided_by=by.person_id
        )
    writing.mark_months(operator, [movement.moved_on])
    superseding.append_audit(by, at, "movement_voided", operator, movement, reason)
    return movement
