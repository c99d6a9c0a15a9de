"""Goods that a registered seller says it sold: the buyer accepts, accepts short or refuses.

One row is what both sides read, and whoever decides locks it first, so they agree at every moment.
Locks are taken in one order: incoming drafts, then sales, each by id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from shilian.text import tidy_prose
from traceability.models import (
    Batch,
    Channel,
    IncomingDraft,
    Link,
    LinkKind,
    Purchase,
    Sale,
)
from traceability.operations import books, papers, purchase_rows, writing
from traceability.operations.writing import Pen, Row
from traceability.queries import holds
from traceability.rules import incoming as rules
from traceability.rules import purchases as purchase_rules
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.rules.holds import Stop
from traceability.rules.incoming import AcceptDraft, IncomingFacts
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts

OPERATION = "accept_incoming"
NO_STOPS: Mapping[int, Stop] = MappingProxyType({})
State = IncomingDraft.State


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One accepted draft, on its way to become a purchase."""

    incoming: IncomingDraft
    answer: AcceptDraft
    quantity: Decimal
    product: ProductFacts
    seller: PartnerFacts

    @property
    def is_short(self) -> bool:
        return self.quantity < self.incoming.quantity


def preview_incoming(
    *, by: Actor, operator: Operator, drafts: Sequence[AcceptDraft]
) -> list[Problem]:
    """Every problem that taking these goods in now would meet; nothing is written."""
    by.require(Permission.DECIDE_INCOMING, on=operator)
    rows = IncomingDraft.objects.filter(operator=operator)
    waiting = rows.in_bulk({draft.incoming_id for draft in drafts})
    stops = holds.stops_of({draft.seller_batch_id for draft in waiting.values()})
    return rules.check_accepts(drafts, _facts(waiting, stops))


@transaction.atomic
def accept_incoming(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[AcceptDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[Purchase]:
    """Take goods in, all or fewer than were sold: purchases, batches and links in one step.

    The buyer's product and supplier are found or made from the seller's paper. What was not taken
    goes back to the seller's stock.
    Raises: Rejected with every problem found; nothing is taken in then.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.DECIDE_INCOMING, on=operator)
    pen = writing.pen_for(by, operator, at, channel=Channel.INCOMING)
    ids = pen.ids(2 * len(drafts))
    purchase_ids = ids[len(drafts) :]
    earlier = writing.claim_submission(operator, submit_key, OPERATION, purchase_ids, at)
    if earlier is not None:
        return list(Purchase.objects.filter(operator=operator, pk__in=earlier).order_by("pk"))
    if not drafts:
        return []
    waiting = lock_drafts(operator, {draft.incoming_id for draft in drafts})
    stops = holds.stops_of({draft.seller_batch_id for draft in waiting.values()})
    problems = rules.check_accepts(drafts, _facts(waiting, stops))
    if errors(problems):
        raise Rejected(problems)
    arrivals = _arrivals(operator, drafts, waiting, at)
    rows = _write(pen, arrivals, ids)
    _decide(pen, arrivals, purchase_ids)
    audit.append(by=by, at=at, event="incoming_accepted", about=operator, count=len(arrivals))
    return [writing.record_from(Purchase, row) for row in rows]


@transaction.atomic
def refuse_incoming(
    *, by: Actor, operator: Operator, incoming_ids: Collection[int], reason: str, at: datetime
) -> list[IncomingDraft]:
    """Refuse goods; their whole quantity goes back to the seller's stock.

    Raises: Rejected when one is unknown or already decided, or when no reason is given.
    """
    by.require(Permission.DECIDE_INCOMING, on=operator)
    reason = tidy_prose(reason)
    waiting = lock_drafts(operator, incoming_ids)
    facts = _facts(waiting)
    problems = rules.check_reason(reason, "拒收原因")
    for id_ in incoming_ids:
        problems += rules.check_open(facts.get(id_))
    if problems:
        raise Rejected(problems)
    IncomingDraft.objects.filter(operator=operator, pk__in=waiting).update(
        state=State.REFUSED, reason=reason, decided_at=at, decided_by=by.person_id
    )
    give_back({draft.sale_id: (draft, draft.quantity) for draft in waiting.values()})
    mark_both(operator, waiting.values())
    audit.append(
        by=by, at=at, event="incoming_refused", about=operator, count=len(waiting), reason=reason
    )
    return list(IncomingDraft.objects.filter(operator=operator, pk__in=waiting).order_by("pk"))


def lock_drafts(operator: Operator, ids: Collection[int]) -> dict[int, IncomingDraft]:
    """The buyer's drafts among the ids, kept from everybody else until the transaction ends."""
    rows = IncomingDraft.objects.filter(operator=operator, pk__in=ids).order_by("pk")
    return {draft.pk: draft for draft in rows.select_for_update()}


def _facts(
    waiting: dict[int, IncomingDraft], stops: Mapping[int, Stop] = NO_STOPS
) -> dict[int, IncomingFacts]:
    return {
        id_: IncomingFacts(
            id_,
            draft.facts["name"],
            draft.state,
            draft.quantity,
            draft.unit,
            stops.get(draft.seller_batch_id),
        )
        for id_, draft in waiting.items()
    }


def _arrivals(
    operator: Operator,
    drafts: Sequence[AcceptDraft],
    waiting: dict[int, IncomingDraft],
    at: datetime,
) -> list[_Arrival]:
    incoming = [waiting[draft.incoming_id] for draft in drafts]
    products = books.products_from_papers(operator, incoming, at)
    sellers = books.sellers_from_papers(operator, incoming, at)
    return [
        _Arrival(
            incoming=arrived,
            answer=answer,
            quantity=arrived.quantity if answer.quantity is None else answer.quantity,
            product=products[arrived.pk],
            seller=sellers[arrived.seller_operator_id],
        )
        for answer, arrived in zip(drafts, incoming, strict=True)
    ]


def _write(pen: Pen, arrivals: list[_Arrival], ids: list[int]) -> list[Row]:
    count = len(arrivals)
    batches, rows, links = [], [], []
    drawn = zip(writing.salts(count), writing.token_salts(count), strict=True)
    for number, (arrival, (salt, token_salt)) in enumerate(zip(arrivals, drawn, strict=True)):
        draft = _purchase_draft(pen, arrival)
        problems = _doubts(pen, draft, arrival)
        batch = purchase_rows.purchased_batch(pen, ids[number], token_salt, draft, arrival.product)
        batches.append(batch)
        links.append(
            (
                ids[number],
                arrival.incoming.seller_batch_id,
                LinkKind.TRANSFER.value,
                arrival.quantity,
            )
        )
        rows.append(
            purchase_rows.purchase_row(
                pen,
                ids[count + number],
                draft,
                arrival.product,
                arrival.seller,
                batch,
                problems,
                salt,
                sale_id=arrival.incoming.sale_id,
            )
        )
    writing.copy_records(Batch, batches)
    writing.copy_records(Purchase, rows)
    writing.copy_records(Link, links)
    return rows


def _purchase_draft(pen: Pen, arrival: _Arrival) -> PurchaseDraft:
    paper = papers.paper_of(arrival.incoming)
    voucher = paper.facts["voucher_number"] or paper.facts["certificate_number"]
    return PurchaseDraft(
        product_id=arrival.product.id,
        supplier_id=arrival.seller.id,
        quantity=arrival.quantity,
        unit=arrival.incoming.unit,
        purchased_on=pen.today,
        batch_number=paper.facts["batch_number"],
        produced_on=paper.produced_on,
        # The seller's electronic paper is itself the voucher when it names no other.
        voucher_number=voucher or f"XS{arrival.incoming.sale_id}",
        origin_place=paper.facts["origin_place"],
    )


def _doubts(pen: Pen, draft: PurchaseDraft, arrival: _Arrival) -> list[Problem]:
    """What the rules of purchases say of the arrival, kept as warnings beside the record."""
    facts = PurchaseFacts(
        operator_id=pen.operator.pk,
        credit_code=pen.operator.credit_code,
        products={draft.product_id: arrival.product},
        suppliers={draft.supplier_id: arrival.seller},
    )
    problems = purchase_rules.check_purchase(draft, facts, today=pen.today)
    if errors(problems):
        raise Rejected(problems)
    return problems


def _decide(pen: Pen, arrivals: list[_Arrival], purchase_ids: list[int]) -> None:
    """Write the answers on the drafts and what comes back on the sales."""
    table = IncomingDraft._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} d SET state = v.state, accepted_quantity = v.quantity,"
            " reason = v.reason, purchase_id = v.purchase_id, decided_at = %s, decided_by = %s"
            " FROM unnest(%s::bigint[], %s::varchar[], %s::numeric[], %s::varchar[], %s::bigint[])"
            " AS v(id, state, quantity, reason, purchase_id)"
            " WHERE d.operator_id = %s AND d.id = v.id",
            [
                pen.at,
                pen.person_id,
                [arrival.incoming.pk for arrival in arrivals],
                [_state(arrival).value for arrival in arrivals],
                [arrival.quantity for arrival in arrivals],
                [
                    tidy_prose(arrival.answer.reason) if arrival.is_short else ""
                    for arrival in arrivals
                ],
                purchase_ids,
                pen.operator.pk,
            ],
        )
    give_back(
        {
            arrival.incoming.sale_id: (
                arrival.incoming,
                arrival.incoming.quantity - arrival.quantity,
            )
            for arrival in arrivals
            if arrival.is_short
        }
    )
    mark_both(pen.operator, [arrival.incoming for arrival in arrivals])
    writing.mark_months(pen.operator, [pen.today])
    writing.begin_using(pen.operator, pen.at)


def _state(arrival: _Arrival) -> State:
    return State.ACCEPTED_SHORT if arrival.is_short else State.ACCEPTED


def give_back(returned: dict[int, tuple[IncomingDraft, Decimal]]) -> None:
    """Write on each sale how much of it went back to its seller's stock. Cost: one query."""
    if not returned:
        return
    ordered = sorted(returned)
    table = Sale._meta.db_table
    values: list[Any] = [
        ordered,
        [returned[id_][0].seller_operator_id for id_ in ordered],
        [returned[id_][1] for id_ in ordered],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} s SET returned_quantity = v.quantity"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS v(id, seller, quantity)"
            " WHERE s.operator_id = v.seller AND s.id = v.id AND s.id = ANY(%s)",
            [*values, ordered],
        )


def mark_both(buyer: Operator, drafts: Collection[IncomingDraft]) -> None:
    """The months of the sales change on both sides: nothing waits any more. Cost: one query."""
    writing.mark_operator_months(
        {(side, draft.sold_on) for draft in drafts for side in (draft.seller_operator_id, buyer.pk)}
    )
