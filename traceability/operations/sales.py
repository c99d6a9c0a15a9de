"""Recording goods sold (销售记录); a sale to a registered operator becomes its incoming draft.

Locks are taken in one order: incoming drafts, batches, sales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, OperatorState
from enterprises.operations import audit
from enterprises.roles import Permission, Role
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from traceability.models import Batch, Channel, IncomingDraft, RecordState, Sale
from traceability.operations import (
    book_use,
    duplicate_pairs,
    papers,
    sale_rows,
    superseding,
    writing,
)
from traceability.operations.writing import Pen, Row
from traceability.queries import exemptions, stock
from traceability.rules import corrections as correction_rules
from traceability.rules import sales as rules
from traceability.rules import shortage
from traceability.rules.sales import SaleDraft

OPERATION = "record_sales"
RELEASED_BEFORE = "原记录已经放行"
State = IncomingDraft.State


def preview_sales(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[SaleDraft],
    at: datetime,
    override_reason: str = "",
) -> list[Problem]:
    """Every problem and warning that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_SALES, on=operator)
    today = business_day(at)
    batches = stock.batch_facts(operator, {draft.batch_id for draft in drafts}, on=today)
    facts = sale_rows.gather_facts(operator, drafts, batches, override_reason.strip())
    return _check_override(by, override_reason) + rules.check_sales(drafts, facts, today=today)


@transaction.atomic
def record_sales(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[SaleDraft],
    at: datetime,
    submit_key: UUID | None = None,
    override_reason: str = "",
    short_confirmed: bool = False,
) -> list[Sale]:
    """Record goods sold: all of the drafts, or none of them.

    The seller's batches are locked meanwhile, so the same goods are never sold twice unknowingly:
    more than is on hand needs ``short_confirmed`` and is kept as a warning of the record; goods
    from a system, where nobody can be asked, are only warned about. Each sale to an activated
    operator waits there as an incoming draft. ``override_reason`` lets the operator's
    responsible person sell before the factory inspection has passed; it is written to the audit.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 51 and 53 paragraph 4.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    if problems := _check_override(by, override_reason):
        raise Rejected(problems)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, OPERATION, ids, at)
    if earlier is not None:
        return list(Sale.objects.filter(operator=operator, pk__in=earlier).order_by("pk"))
    if not drafts:
        return []
    is_known = short_confirmed or not pen.asks_back
    sales = write_sales(pen, drafts, ids, override_reason.strip(), is_known=is_known)
    audit.append(
        by=by,
        at=at,
        event="sales_recorded",
        about=operator,
        count=len(sales),
        reason=override_reason.strip(),
    )
    return sales


def _check_override(by: Actor, reason: str) -> list[Problem]:
    if not reason.strip() or Role.OWNER in by.roles:
        return []
    message = "只有负责人可以在出厂检验合格前放行，请由负责人登录操作。"
    return [Problem("override_needs_owner", "override_reason", message)]


def write_sales(
    pen: Pen,
    drafts: Sequence[SaleDraft],
    ids: list[int],
    override_reason: str = "",
    supersedes_id: int | None = None,
    *,
    is_known: bool,
) -> list[Sale]:
    """Check and write the sales and lay them before their buyers, inside the caller's transaction.

    ``is_known`` says that nobody has to be asked about selling more than there is.
    Raises: Rejected with every problem found.
    """
    operator = pen.operator
    wanted = {draft.batch_id for draft in drafts}
    batches, on_hand = stock.locked_batches(operator, wanted, on=pen.today)
    exempt = exemptions.exempt_batches(operator, batches.values(), on=pen.today)
    facts = sale_rows.gather_facts(operator, drafts, on_hand, override_reason, exempt)
    found = [
        shortage.unless_confirmed(problems, is_known)
        for problems in rules.check_each_sale(drafts, facts, today=pen.today)
    ]
    if any(errors(problems) for problems in found):
        raise Rejected(problem for problems in found for problem in problems)
    rows = [
        sale_rows.sale_row(
            pen, id_, draft, batches[draft.batch_id], facts, problems, salt, supersedes_id
        )
        for id_, draft, problems, salt in zip(
            ids, drafts, found, writing.salts(len(drafts)), strict=True
        )
    ]
    writing.copy_records(Sale, rows)
    sales = [writing.record_from(Sale, row) for row in rows]
    offer_to_buyers(pen, sales, batches)
    writing.mark_months(operator, (draft.sold_on for draft in drafts))
    book_use.touch_partners(operator, facts.buyers.values(), pen.at)
    writing.begin_using(operator, pen.at)
    return sales


def offer_to_buyers(pen: Pen, sales: Sequence[Sale], batches: dict[int, Batch]) -> int:
    """Lay each sale to an activated operator before it; the number of drafts laid.

    An operator that is only on the roster has nobody who could answer. Cost: at most three queries.
    """
    wanted = {sale.buyer_operator_id for sale in sales if sale.buyer_operator_id is not None}
    if not wanted:
        return 0
    activated = Operator.objects.filter(pk__in=wanted).exclude(state=OperatorState.LISTED)
    places = activated.values_list("pk", "division_id", "county_id")
    buyers = {row[0]: row for row in places}
    offered = [
        (sale, buyers[sale.buyer_operator_id])
        for sale in sales
        if sale.buyer_operator_id is not None and sale.buyer_operator_id in buyers
    ]
    products = papers.product_papers(pen.operator, {sale.product_id for sale, _ in offered})
    writing.copy_records(
        IncomingDraft,
        (
            _incoming_row(pen, id_, sale, buyer, batches[sale.batch_id], products[sale.product_id])
            for id_, (sale, buyer) in zip(pen.ids(len(offered)), offered, strict=True)
        ),
    )
    return len(offered)


def _incoming_row(
    pen: Pen, id_: int, sale: Sale, place: Row, batch: Batch, product: dict[str, Any]
) -> Row:
    """One waiting draft; ``place`` is the buyer with its township and county."""
    return (
        id_,
        *place,
        pen.operator.pk,
        sale.pk,
        sale.batch_id,
        Jsonb(papers.write_paper(pen.operator, sale, batch, product)),
        sale.quantity,
        sale.unit,
        sale.sold_on,
        State.WAITING.value,
        None,
        "",
        None,
        pen.at,
        None,
        None,
    )


@transaction.atomic
def void_sale(*, by: Actor, operator: Operator, sale_id: int, reason: str, at: datetime) -> Sale:
    """Declare a sale void; its goods return to stock and a waiting draft is withdrawn.

    Raises: Rejected when it is not current, or its buyer has already taken the goods in;
    OutOfScope when the operator has no such sale.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    reason = superseding.checked_reason(reason)
    incoming = _incoming_of_sale(operator, sale_id)
    sale = superseding.locked(Sale, operator, sale_id)
    if problems := correction_rules.check_void_sale(sale.state, incoming.state if incoming else ""):
        raise Rejected(problems)
    superseding.close(sale, RecordState.VOIDED, reason)
    _withdraw(incoming, reason, by, at)
    writing.mark_months(operator, [sale.sold_on])
    pairs = duplicate_pairs.after_voiding(sale, by=by, at=at)
    superseding.append_audit(by, at, "sale_voided", operator, sale, reason, along=pairs)
    return sale


def preview_sale_correction(
    *,
    by: Actor,
    operator: Operator,
    sale_id: int,
    draft: SaleDraft,
    at: datetime,
    override_reason: str = "",
) -> list[Problem]:
    """Every problem and warning that correcting the sale so would meet; nothing is written.

    Raises: OutOfScope when the operator has no such sale.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    old = superseding.own(Sale, operator, sale_id).first()
    if old is None:
        raise OutOfScope
    answer = IncomingDraft.objects.filter(seller_operator_id=operator.pk, sale_id=sale_id).first()
    today = business_day(at)
    batches = stock.batch_facts(operator, {draft.batch_id}, on=today)
    if old.is_current and old.batch_id in batches:
        there = batches[old.batch_id]
        back = old.quantity - old.returned_quantity
        batches[old.batch_id] = replace(there, on_hand=there.on_hand + back)
    released = _released(old, draft, override_reason)
    facts = sale_rows.gather_facts(operator, [draft], batches, released)
    return [
        *_check_override(by, override_reason),
        *correction_rules.check_void_sale(old.state, answer.state if answer else ""),
        *rules.check_sales([draft], facts, today=today),
    ]


@transaction.atomic
def correct_sale(
    *,
    by: Actor,
    operator: Operator,
    sale_id: int,
    draft: SaleDraft,
    reason: str,
    at: datetime,
    override_reason: str = "",
    short_confirmed: bool = False,
) -> Sale:
    """Write a new sale in place of a wrong one; the buyer gets the new paper instead of the old.

    What the old sale rightly let out before its inspection stays let out; for more of it the
    responsible person gives ``override_reason`` anew.
    Raises: Rejected with every problem, also when the buyer has already taken the goods in;
    OutOfScope when the operator has no such sale.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    reason = superseding.checked_reason(reason)
    if problems := _check_override(by, override_reason):
        raise Rejected(problems)
    incoming = _incoming_of_sale(operator, sale_id)
    batch_id = superseding.own(Sale, operator, sale_id).values_list("batch_id", flat=True).first()
    stock.locked_batches(operator, {batch_id, draft.batch_id} - {None}, on=business_day(at))
    old = superseding.locked(Sale, operator, sale_id)
    if problems := correction_rules.check_void_sale(old.state, incoming.state if incoming else ""):
        raise Rejected(problems)
    pen = writing.pen_for(by, operator, at, channel=old.channel)
    [new_id] = pen.ids(1)
    superseding.close(old, RecordState.SUPERSEDED, reason, by_id=new_id)
    _withdraw(incoming, reason, by, at)
    released = _released(old, draft, override_reason)
    # A person can be asked back, whoever sent what is corrected.
    is_known = short_confirmed or by.channel != Channel.FORM
    [new] = write_sales(pen, [draft], [new_id], released, supersedes_id=old.pk, is_known=is_known)
    writing.mark_months(operator, [old.sold_on])
    pairs = duplicate_pairs.after_correction(old, new, by=by, at=at)
    override = override_reason.strip()
    superseding.append_audit(
        by, at, "sale_corrected", operator, old, reason, along=pairs, override_reason=override
    )
    return new


def _released(old: Sale, draft: SaleDraft, override_reason: str) -> str:
    """Why the goods may be out before their inspection has passed; empty when nothing says so."""
    is_no_more = draft.batch_id == old.batch_id and draft.quantity <= old.quantity
    return override_reason.strip() or (RELEASED_BEFORE if is_no_more else "")


def _incoming_of_sale(operator: Operator, sale_id: int) -> IncomingDraft | None:
    rows = IncomingDraft.objects.filter(seller_operator_id=operator.pk, sale_id=sale_id)
    return rows.select_for_update().first()


def _withdraw(incoming: IncomingDraft | None, reason: str, by: Actor, at: datetime) -> None:
    if incoming is None or incoming.state != State.WAITING:
        return
    IncomingDraft.objects.filter(operator_id=incoming.operator_id, pk=incoming.pk).update(
        state=State.WITHDRAWN, reason=reason, decided_at=at, decided_by=by.person_id
    )
    writing.mark_operator_months({(incoming.operator_id, incoming.sold_on)})
