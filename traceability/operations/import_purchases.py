"""Uploaded lines of goods received: what each is worth, and how the good ones become purchases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem
from traceability.operations import arrivals, import_books, purchases
from traceability.operations.import_books import Books, Goods, Party
from traceability.queries import repeats
from traceability.queries.repeats import DeliveryKey
from traceability.rules import purchases as rules
from traceability.rules.arrivals import Announced, Delivered, best_match
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts, Verdicts
from traceability.sheets.base import Judged, Line, Outcome

RECORDED = "台账里已有同一天、同一供货者、同一商品和数量的记录，没有重复记。"


@dataclass(slots=True)
class Delivery:
    """What recording a judged line takes."""

    draft: PurchaseDraft
    goods: Goods
    party: Party
    doubts: list[Problem] = field(default_factory=list)
    facts: PurchaseFacts | None = None
    incoming_id: int | None = None


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, in the ledger already, or what is wrong with it; nothing is written.

    Cost: at most fourteen queries, whatever the number of lines.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    named = [(line, _goods(line), _party(line)) for line in lines if line.is_readable]
    books = import_books.open_books(
        operator,
        dict.fromkeys(goods for _, goods, _ in named).keys(),
        dict.fromkeys(party for _, _, party in named).keys(),
    )
    found = [
        Delivery(_draft(line, goods, party, books), goods, party) for line, goods, party in named
    ]
    facts = _facts(operator, books)
    drafts = [delivery.draft for delivery in found]
    doubts = rules.check_each_purchase(drafts, facts, today=business_day(at))
    for delivery, problems in zip(found, doubts, strict=True):
        delivery.doubts, delivery.facts = problems, facts
    recorded = _recorded(operator, found)
    _match_announced(operator, found, books, doubts, recorded)
    verdicts = {
        delivery.draft.row: _verdict(line, delivery, problems, recorded)
        for (line, _, _), delivery, problems in zip(named, found, doubts, strict=True)
    }
    return [verdicts.get(line.row_no) or Judged(line, Outcome.BAD, line.problems) for line in lines]


def _goods(line: Line) -> Goods:
    said = line.values
    return Goods(
        said["product_name"],
        said.get("specification", ""),
        said["unit"],
        said.get("gtin", ""),
        said.get("shelf_life"),
        said.get("category", ""),
    )


def _party(line: Line) -> Party:
    said = line.values
    return Party(
        said["supplier_name"],
        said.get("supplier_code", ""),
        said.get("supplier_address", ""),
        said.get("supplier_person", ""),
        said.get("supplier_phone", ""),
        said.get("supplier_licence", ""),
    )


def _draft(line: Line, goods: Goods, party: Party, books: Books) -> PurchaseDraft:
    said = line.values
    return PurchaseDraft(
        books.goods[goods].id,
        books.parties[party].id,
        said["quantity"],
        said["unit"],
        said["purchased_on"],
        said.get("batch_number", ""),
        said.get("produced_on"),
        said.get("voucher_number", ""),
        (),
        said.get("origin_place", ""),
        line.raw or None,
        line.row_no,
    )


def _facts(operator: Operator, books: Books) -> PurchaseFacts:
    return PurchaseFacts(
        operator_id=operator.pk,
        credit_code=operator.credit_code,
        products=books.products,
        suppliers=books.partners,
    )


def _recorded(operator: Operator, found: Sequence[Delivery]) -> dict[DeliveryKey, int]:
    """What the ledger has of the lines; goods and suppliers that are new cannot be in it."""
    keys = [
        repeats.delivery_key(delivery.draft)
        for delivery in found
        if delivery.draft.product_id > 0 and delivery.draft.supplier_id > 0
    ]
    return repeats.recorded_purchases(operator, keys)


def _match_announced(
    operator: Operator,
    found: Sequence[Delivery],
    books: Books,
    doubts: Sequence[list[Problem]],
    recorded: Mapping[DeliveryKey, int],
) -> None:
    """Name for each line the goods that its registered seller announced, each once."""
    sold = [
        (delivery, problems, seller)
        for delivery, problems in zip(found, doubts, strict=True)
        if (seller := books.parties[delivery.party].operator_id) is not None
        and repeats.delivery_key(delivery.draft) not in recorded
    ]
    if not sold:
        return
    days = [delivery.draft.purchased_on for delivery, _, _ in sold]
    waiting = arrivals.announced_to(operator, {who for _, _, who in sold}, min(days), max(days))
    for delivery, _, seller in sold:
        delivery.incoming_id = _take_match(delivery, books, waiting.get(seller, []))
    matched = {delivery.incoming_id for delivery, _, _ in sold} - {None}
    stopped = arrivals.check_announced(operator, [id_ for id_ in matched if id_])
    for delivery, problems, _ in sold:
        row = delivery.draft.row
        problems += [p.at_row(row) for p in stopped.get(delivery.incoming_id or 0, [])]


def _take_match(delivery: Delivery, books: Books, waiting: list[Announced]) -> int | None:
    draft, product = delivery.draft, books.goods[delivery.goods]
    match = best_match(
        Delivered(
            product.name,
            product.specification,
            delivery.goods.gtin,
            draft.batch_number,
            draft.produced_on,
            draft.quantity,
            draft.unit,
            draft.purchased_on,
        ),
        waiting,
    )
    if match is None:
        return None
    waiting.remove(match)
    return match.incoming_id


def _verdict(
    line: Line,
    delivery: Delivery,
    problems: list[Problem],
    recorded: Mapping[DeliveryKey, int],
) -> Judged:
    problems = line.problems + problems if line.problems or problems else problems
    if problems and any(not problem.is_warning for problem in problems):
        return Judged(line, Outcome.BAD, problems)
    if recorded and (id_ := recorded.get(repeats.delivery_key(delivery.draft))):
        told = Problem("already_recorded", "", RECORDED, line.row_no, "warning")
        return Judged(line, Outcome.SAME, [told], record_id=id_)
    return Judged(line, Outcome.NEW, problems, delivery)


def record(by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime) -> list[int]:
    """Record the lines as purchases, all or none; what the books lack is entered before.

    Gives the purchases' ids in the order of the lines.
    Raises: Rejected with problems that name rows; then nothing was written.
    """
    found: list[Delivery] = [item.draft for item in judged]
    facts = found[0].facts or _facts(operator, Books())
    recorded = purchases.record_uploaded(
        by=by,
        operator=operator,
        drafts=_entered(operator, found, at),
        at=at,
        arrived={
            place: delivery.incoming_id
            for place, delivery in enumerate(found)
            if delivery.incoming_id is not None
        },
        verdicts=Verdicts(facts, [delivery.doubts for delivery in found], business_day(at)),
    )
    for item, new in zip(judged, recorded, strict=True):
        item.batch = new.batch_id, new.token_salt
    return [new.purchase_id for new in recorded]


def _entered(operator: Operator, found: Sequence[Delivery], at: datetime) -> list[PurchaseDraft]:
    """The drafts with real products and suppliers; the deliveries stay, should this be undone."""
    missing = [d for d in found if d.draft.product_id < 0 or d.draft.supplier_id < 0]
    if not missing:
        return [delivery.draft for delivery in found]
    books = import_books.enter_missing(
        operator,
        dict.fromkeys(delivery.goods for delivery in missing).keys(),
        dict.fromkeys(delivery.party for delivery in missing).keys(),
        at=at,
    )
    return [
        replace(
            delivery.draft,
            product_id=books.goods[delivery.goods].id,
            supplier_id=books.parties[delivery.party].id,
        )
        if delivery.draft.product_id < 0 or delivery.draft.supplier_id < 0
        else delivery.draft
        for delivery in found
    ]
