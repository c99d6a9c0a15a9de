"""Goods that a registered seller announced, closed by the purchase that tells of their arrival."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from enterprises.models import Operator
from shilian.problems import Problem, Rejected
from traceability.models import IncomingDraft, Link, LinkKind
from traceability.operations import incoming, papers, writing
from traceability.operations.writing import Pen
from traceability.queries import holds
from traceability.rules import incoming as rules
from traceability.rules.arrivals import DAYS_APART, Announced
from traceability.rules.incoming import AcceptDraft, IncomingFacts
from traceability.rules.purchases import PurchaseDraft

# The position of a draft among those that are recorded, and what it answers.
Arrived = dict[int, IncomingDraft]
State = IncomingDraft.State


def announced_to(
    operator: Operator, sellers: Iterable[int], first: date, last: date
) -> dict[int, list[Announced]]:
    """What these sellers have announced and nobody has answered, by seller. Cost: one query."""
    rows = IncomingDraft.objects.filter(
        operator=operator,
        state=State.WAITING,
        seller_operator_id__in=set(sellers),
        sold_on__gte=first - DAYS_APART,
        sold_on__lte=last + DAYS_APART,
    )
    found: dict[int, list[Announced]] = {}
    for draft in rows.order_by("pk").iterator():
        found.setdefault(draft.seller_operator_id, []).append(_announced(draft))
    return found


def _announced(draft: IncomingDraft) -> Announced:
    paper = papers.paper_of(draft)
    return Announced(
        incoming_id=draft.pk,
        seller_operator_id=draft.seller_operator_id,
        name=paper.facts["name"],
        specification=paper.facts["specification"],
        gtin=paper.facts.get("gtin") or "",
        batch_number=paper.facts["batch_number"],
        produced_on=paper.produced_on,
        quantity=draft.quantity,
        unit=draft.unit,
        sold_on=draft.sold_on,
    )


def check_announced(operator: Operator, ids: Iterable[int]) -> dict[int, list[Problem]]:
    """Why goods cannot be taken in: decided meanwhile, or stopped. Cost: two queries."""
    drafts = IncomingDraft.objects.filter(operator=operator).in_bulk(list(ids))
    return _problems(drafts)


def lock_arrived(
    operator: Operator, matched: Mapping[int, int], drafts: Sequence[PurchaseDraft]
) -> Arrived:
    """The announced goods that the drafts at these positions answer, kept from everybody else.

    Raises: Rejected when one of them was answered meanwhile or is stopped.
    """
    if not matched:
        return {}
    locked = incoming.lock_drafts(operator, matched.values())
    found = _problems(locked)
    problems = [
        problem.at_row(drafts[place].row)
        for place, id_ in matched.items()
        for problem in (found[id_] if id_ in found else rules.check_open(None))
    ]
    if problems:
        raise Rejected(problems)
    return {place: locked[id_] for place, id_ in matched.items()}


def _problems(drafts: Mapping[int, IncomingDraft]) -> dict[int, list[Problem]]:
    stops = holds.stops_of({draft.seller_batch_id for draft in drafts.values()})
    return {
        id_: rules.check_accepts(
            [AcceptDraft(id_)],
            {
                id_: IncomingFacts(
                    id_,
                    draft.facts["name"],
                    draft.state,
                    draft.quantity,
                    draft.unit,
                    stops.get(draft.seller_batch_id),
                )
            },
        )
        for id_, draft in drafts.items()
    }


def as_on_paper(draft: PurchaseDraft, arrived: IncomingDraft) -> PurchaseDraft:
    """The draft, completed from the seller's paper where the ledger says nothing."""
    paper = papers.paper_of(arrived)
    voucher = paper.facts["voucher_number"] or paper.facts["certificate_number"]
    return replace(
        draft,
        batch_number=paper.facts["batch_number"] or draft.batch_number,
        produced_on=paper.produced_on or draft.produced_on,
        voucher_number=draft.voucher_number or voucher or f"XS{arrived.sale_id}",
        origin_place=paper.facts["origin_place"] or draft.origin_place,
    )


def close_arrived(
    pen: Pen, arrived: Arrived, batch_ids: Sequence[int], purchase_ids: Sequence[int]
) -> None:
    """Link the seller's batches to the buyer's and say that the goods were taken in whole.

    Cost: one statement for the links, one for each draft, one for the months.
    """
    if not arrived:
        return
    writing.copy_records(
        Link,
        [
            (batch_ids[place], draft.seller_batch_id, LinkKind.TRANSFER.value, draft.quantity)
            for place, draft in arrived.items()
        ],
    )
    for place, draft in arrived.items():
        draft.state, draft.accepted_quantity = State.ACCEPTED, draft.quantity
        draft.purchase_id = purchase_ids[place]
        draft.decided_at, draft.decided_by = pen.at, pen.person_id
    IncomingDraft.objects.bulk_update(
        arrived.values(),
        ["state", "accepted_quantity", "purchase_id", "decided_at", "decided_by"],
    )
    incoming.mark_both(pen.operator, arrived.values())
