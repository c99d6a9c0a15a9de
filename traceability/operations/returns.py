"""Goods that a buyer sends back: the supplier takes them back, takes back less, or refuses.

One row is what both sides read, and whoever decides locks it first, so they agree at every moment.
Locks are taken in one order: returned goods, batches, then the buyer's movement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Rejected, errors
from shilian.text import tidy_prose
from traceability.models import (
    Batch,
    BatchOrigin,
    Hold,
    Link,
    LinkKind,
    RecordState,
    ReturnedGoods,
    StockMovement,
)
from traceability.operations import freezing, lots, superseding, writing
from traceability.operations.lots import Lot
from traceability.operations.run_rows import goods_of
from traceability.operations.writing import Pen
from traceability.queries import holds, stock
from traceability.queries.holds import Standstill
from traceability.rules import incoming as incoming_rules
from traceability.rules import movements as rules
from traceability.rules.corrections import Use
from traceability.rules.movements import ReturnedFacts, TakeBackDraft, TakenBackFacts

State = ReturnedGoods.State
NOTHING = Decimal(0)


@transaction.atomic
def take_back(*, by: Actor, operator: Operator, draft: TakeBackDraft, at: datetime) -> Batch:
    """Take returned goods back, all or fewer: a new batch, linked to the buyer's by RETURN.

    It is a batch of its own, apart from what was never sold: the maker inspects it anew before it
    is sold again, and what comes back from a recall or hold is frozen at once.
    Raises: Rejected when it is already decided, more is taken than was sent, or fewer without a
    reason; OutOfScope when there is no such return to this operator.
    Source: Food Safety Law article 63.
    """
    by.require(Permission.DECIDE_INCOMING, on=operator)
    returned = _locked(operator, draft.returned_id)
    problems = rules.check_take_back(draft, _facts(returned))
    if errors(problems):
        raise Rejected(problems)
    pen = writing.pen_for(by, operator, at)
    quantity = returned.quantity if draft.quantity is None else draft.quantity
    batch = _write_batch(pen, returned, quantity)
    _freeze(pen, by, returned, batch)
    is_short = quantity < returned.quantity
    reason = tidy_prose(draft.reason) if is_short else ""
    state = State.ACCEPTED_SHORT if is_short else State.ACCEPTED
    _decide(by, returned, at, state, reason, accepted_quantity=quantity, received_batch_id=batch.pk)
    _give_back(returned, returned.quantity - quantity)
    writing.mark_months(operator, [pen.today])
    writing.begin_using(operator, at)
    audit.append(
        by=by,
        at=at,
        event="return_accepted",
        about=operator,
        subject="ReturnedGoods",
        subject_id=returned.pk,
        reason=reason,
    )
    return batch


@transaction.atomic
def refuse_return(
    *, by: Actor, operator: Operator, returned_id: int, reason: str, at: datetime
) -> ReturnedGoods:
    """Refuse returned goods; their whole quantity is in the buyer's stock again.

    Raises: Rejected when it is already decided or no reason is given; OutOfScope when there is no
    such return to this operator.
    """
    by.require(Permission.DECIDE_INCOMING, on=operator)
    reason = tidy_prose(reason)
    returned = _locked(operator, returned_id)
    problems = [
        *rules.check_open(_facts(returned)),
        *incoming_rules.check_reason(reason, "不收的原因"),
    ]
    if problems:
        raise Rejected(problems)
    _decide(by, returned, at, State.REFUSED, reason)
    _give_back(returned, returned.quantity)
    audit.append(
        by=by,
        at=at,
        event="return_refused",
        about=operator,
        subject="ReturnedGoods",
        subject_id=returned.pk,
        reason=reason,
    )
    return ReturnedGoods.objects.get(operator=operator, pk=returned_id)


@transaction.atomic
def void_take_back(
    *, by: Actor, operator: Operator, returned_id: int, reason: str, at: datetime
) -> ReturnedGoods:
    """Undo a mistaken taking back: its batch is void, and the return waits for an answer again.

    What the buyer had got back because less was taken, is on its way again.
    Raises: Rejected when it was not taken back, something stands on its batch, the buyer has used
    what it got back, or no reason is given; OutOfScope when there is no such return to this operator.
    """
    by.require(Permission.DECIDE_INCOMING, on=operator)
    reason = superseding.checked_reason(reason)
    returned = _locked(operator, returned_id)
    batches = _locked_batches(returned)
    if problems := rules.check_void_take_back(_taken_back_facts(returned, batches, at)):
        raise Rejected(problems)
    batch = batches[returned.received_batch_id or 0]
    _end_batch(writing.pen_for(by, operator, at), by, batch, reason)
    _give_back(returned, -_short(returned))
    ReturnedGoods.objects.filter(operator=operator, pk=returned.pk).update(
        state=State.WAITING,
        reason="",
        accepted_quantity=None,
        received_batch_id=None,
        decided_at=None,
        decided_by=None,
    )
    superseding.append_audit(by, at, "take_back_voided", operator, batch, reason)
    return ReturnedGoods.objects.get(operator=operator, pk=returned.pk)


def _locked_batches(returned: ReturnedGoods) -> dict[int, Batch]:
    """The batch taken back and the buyer's, in the order of id."""
    owners = [returned.operator_id, returned.buyer_operator_id]
    wanted = [returned.received_batch_id or 0, returned.buyer_batch_id]
    rows = Batch.objects.filter(operator_id__in=owners, pk__in=wanted).order_by("pk")
    return {batch.pk: batch for batch in rows.select_for_update(no_key=True)}


def _taken_back_facts(
    returned: ReturnedGoods, batches: Mapping[int, Batch], at: datetime
) -> TakenBackFacts:
    buyer = Operator.objects.get(pk=returned.buyer_operator_id)
    theirs = stock.batch_facts(buyer, [returned.buyer_batch_id], on=business_day(at))
    here = batches.get(returned.received_batch_id or 0)
    of_itself = holds.standstill_of([here.pk] if here else [])
    of_sources = holds.standstill_of([returned.buyer_batch_id, returned.seller_batch_id])
    return TakenBackFacts(
        state=returned.state,
        use=stock.use_of(here.operator, here) if here else Use(NOTHING, returned.unit, None),
        short=_short(returned),
        left=theirs[returned.buyer_batch_id].on_hand if theirs else NOTHING,
        is_stopped=_is_official(of_itself) and not _is_official(of_sources),
    )


def _is_official(found: Standstill | None) -> bool:
    return found is not None and found.is_official


def _short(returned: ReturnedGoods) -> Decimal:
    """How much less was taken back than the buyer had sent."""
    if returned.accepted_quantity is None:
        return NOTHING
    return returned.quantity - returned.accepted_quantity


def _end_batch(pen: Pen, by: Actor, batch: Batch, reason: str) -> None:
    """The batch is void and leads nowhere; no hold is left on it."""
    lots.keep(pen, by, [Lot(batch, {})], RecordState.VOIDED, reason)
    own = Batch.objects.filter(operator=pen.operator, pk=batch.pk)
    own.update(state=RecordState.VOIDED)
    Link.objects.filter(child_id=batch.pk, kind=LinkKind.RETURN).delete()
    Hold.objects.in_force().filter(operator=pen.operator, batch_id=batch.pk).update(
        released_by=by.person_id, released_name=by.name, released_at=pen.at, release_reason=reason
    )
    superseding.forget_page(batch)
    writing.mark_months(pen.operator, [batch.received_on])


def _locked(operator: Operator, returned_id: int) -> ReturnedGoods:
    rows = ReturnedGoods.objects.filter(operator=operator, pk=returned_id)
    found = rows.select_for_update().first()
    if found is None:
        raise OutOfScope
    return found


def _facts(returned: ReturnedGoods) -> ReturnedFacts:
    return ReturnedFacts(returned.state, returned.quantity, returned.unit)


def _write_batch(pen: Pen, returned: ReturnedGoods, quantity: Decimal) -> Batch:
    """What came back, with the facts of the batch that had once been sold."""
    sold = Batch.objects.get(operator=pen.operator, pk=returned.seller_batch_id)
    [id_], [salt] = pen.ids(1), writing.token_salts(1)
    row = writing.batch_row(
        pen,
        id_,
        salt,
        goods_of(sold),
        unit=returned.unit,
        quantity=quantity,
        received_on=pen.today,
        batch_number=sold.batch_number,
        produced_on=sold.produced_on,
        expires_on=sold.expires_on,
        origin_kind=BatchOrigin.RETURNED.value,
        origin_place=sold.origin_place,
    )
    writing.copy_records(Batch, [row])
    link = (id_, returned.buyer_batch_id, LinkKind.RETURN.value, quantity)
    writing.copy_records(Link, [link])
    return Batch.objects.get(operator=pen.operator, pk=id_)


def _freeze(pen: Pen, by: Actor, returned: ReturnedGoods, batch: Batch) -> None:
    """What comes back from a recall or hold must not be sold once more by mistake.

    What a recall or a bureau stopped, only the bureau lets go again.
    """
    found = holds.standstill_of([returned.buyer_batch_id, returned.seller_batch_id])
    if found is None:
        return
    word = "召回" if found.is_recall else "冻结"
    freezing.freeze(pen, by, [batch.pk], found, f"退回的是{word}的货，收回后自动冻结")


def _decide(
    by: Actor,
    returned: ReturnedGoods,
    at: datetime,
    state: State,
    reason: str,
    **facts: object,
) -> None:
    ReturnedGoods.objects.filter(operator_id=returned.operator_id, pk=returned.pk).update(
        state=state, reason=reason, decided_at=at, decided_by=by.person_id, **facts
    )


def _give_back(returned: ReturnedGoods, quantity: Decimal) -> None:
    """What the supplier did not take is in the buyer's stock again; less than nothing takes it out."""
    movement = StockMovement.objects.filter(
        operator_id=returned.buyer_operator_id, pk=returned.movement_id
    )
    if quantity != 0:
        movement.update(returned_quantity=F("returned_quantity") + quantity)
    writing.mark_operator_months({(returned.buyer_operator_id, returned.returned_on)})
