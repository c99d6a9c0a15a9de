"""Uploaded lines of goods received: what each is worth, and how the good ones become purchases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem
from traceability.operations import arrivals, import_books, purchase_uploads
from traceability.operations.import_books import Books, Goods, Party
from traceability.queries import repeats
from traceability.queries.repeats import DeliveryKey
from traceability.rules import purchases as rules
from traceability.rules.arrivals import Announced, Delivered, best_match
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts, Verdicts
from traceability.sheets.base import Judged, Line, Outcome

RECORDED = "台账里已有同一天、同一供货者、同一商品和数量的记录，没有重复记。"


@dataclass(slots=True)
class Mention:
    """Goods and a supplier as lines name them, with the ids that the books give them."""

    goods: Goods
    party: Party
    product_id: int = 0
    supplier_id: int = 0


@dataclass(slots=True)
class Delivery:
    """What recording a judged line takes."""

    draft: PurchaseDraft
    mention: Mention
    doubts: list[Problem]
    facts: PurchaseFacts
    incoming_id: int | None = None


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, in the ledger already, or what is wrong with it; nothing is written.

    Cost: at most nine queries, whatever the number of lines.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    readable = [line for line in lines if not line.problems or line.is_readable]
    mentions = _mentions(readable)
    books = _look_up(operator, mentions)
    facts = _facts(operator, books)
    drafts = list(map(_draft, readable, mentions))
    doubts = rules.check_each_purchase(drafts, facts, today=business_day(at))
    found = [
        Delivery(draft, mention, problems, facts)
        for draft, mention, problems in zip(drafts, mentions, doubts, strict=True)
    ]
    recorded = _recorded(operator, drafts)
    _match_announced(operator, found, books, recorded)
    verdicts = {
        line.row_no: _verdict(line, delivery, recorded)
        for line, delivery in zip(readable, found, strict=True)
    }
    return [verdicts.get(line.row_no) or Judged(line, Outcome.BAD, line.problems) for line in lines]


def _mentions(lines: Sequence[Line]) -> list[Mention]:
    """What each line names; one object for those that name the same in the same words."""
    known: dict[tuple[int, str], Mention] = {}
    found = []
    for line in lines:
        # What lines share lives as long as they do, so nothing else gets its place in memory.
        key = (id(line.alike), line.values["unit"])
        mention = known.get(key)
        if mention is None:
            mention = Mention(_goods(line), _party(line))
            if line.alike is not None:
                known[key] = mention
        found.append(mention)
    return found


def _look_up(operator: Operator, mentions: Sequence[Mention]) -> Books:
    """Open the books for these, and give each mention its ids."""
    named = list({id(mention): mention for mention in mentions}.values())
    books = import_books.open_books(
        operator,
        dict.fromkeys(mention.goods for mention in named).keys(),
        dict.fromkeys(mention.party for mention in named).keys(),
    )
    for mention in named:
        mention.product_id = books.goods[mention.goods].id
        mention.supplier_id = books.parties[mention.party].id
    return books


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


def _draft(line: Line, mention: Mention) -> PurchaseDraft:
    said = line.values
    may_say = said.get
    return PurchaseDraft(
        mention.product_id,
        mention.supplier_id,
        said["quantity"],
        said["unit"],
        said["purchased_on"],
        may_say("batch_number", ""),
        may_say("produced_on"),
        may_say("voucher_number", ""),
        (),
        may_say("origin_place", ""),
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


def _recorded(operator: Operator, drafts: Sequence[PurchaseDraft]) -> dict[DeliveryKey, int]:
    """What the ledger has of the lines; goods and suppliers that are new cannot be in it."""
    keys = [
        repeats.delivery_key(draft)
        for draft in drafts
        if draft.product_id > 0 and draft.supplier_id > 0
    ]
    return repeats.recorded_purchases(operator, keys)


def _match_announced(
    operator: Operator,
    found: Sequence[Delivery],
    books: Books,
    recorded: Mapping[DeliveryKey, int],
) -> None:
    """Name for each line the goods that its registered seller announced, each once."""
    sellers = {facts.id: facts.operator_id for facts in books.parties.values() if facts.operator_id}
    sold = [
        (delivery, seller)
        for delivery in found
        if (seller := sellers.get(delivery.draft.supplier_id)) is not None
        and repeats.delivery_key(delivery.draft) not in recorded
    ]
    if not sold:
        return
    days = [delivery.draft.purchased_on for delivery, _ in sold]
    waiting = arrivals.announced_to(operator, {who for _, who in sold}, min(days), max(days))
    for delivery, seller in sold:
        delivery.incoming_id = _take_match(delivery, books, waiting.get(seller, []))
    matched = {delivery.incoming_id for delivery, _ in sold} - {None}
    stopped = arrivals.check_announced(operator, [id_ for id_ in matched if id_])
    for delivery, _ in sold:
        row = delivery.draft.row
        delivery.doubts += [p.at_row(row) for p in stopped.get(delivery.incoming_id or 0, [])]


def _take_match(delivery: Delivery, books: Books, waiting: list[Announced]) -> int | None:
    draft, goods = delivery.draft, delivery.mention.goods
    product = books.goods[goods]
    match = best_match(
        Delivered(
            product.name,
            product.specification,
            goods.gtin,
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


def _verdict(line: Line, delivery: Delivery, recorded: Mapping[DeliveryKey, int]) -> Judged:
    problems = delivery.doubts
    if line.problems:
        problems = line.problems + problems
    if problems and any(not problem.is_warning for problem in problems):
        return Judged(line, Outcome.BAD, problems)
    if recorded and (id_ := recorded.get(repeats.delivery_key(delivery.draft))):
        told = Problem("already_recorded", "", RECORDED, line.row_no, "warning")
        return Judged(line, Outcome.SAME, [told], record_id=id_)
    return Judged(line, Outcome.NEW, problems, delivery)


def record(by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime) -> list[int]:
    """Record the lines as purchases, all or none; what the books lack is entered before.

    They were judged in this transaction and in the operator's turn.
    Gives the purchases' ids in the order of the lines.
    Raises: Rejected with problems that name rows; then nothing was written.
    """
    found: list[Delivery] = [item.draft for item in judged]
    drafts, verdicts = _entered(operator, found, at)
    recorded = purchase_uploads.record_uploaded(
        by=by,
        operator=operator,
        drafts=drafts,
        at=at,
        arrived={
            place: delivery.incoming_id
            for place, delivery in enumerate(found)
            if delivery.incoming_id is not None
        },
        verdicts=verdicts,
    )
    for item, new in zip(judged, recorded, strict=True):
        item.batch = new.batch_id, new.token_salt
        item.is_matched = item.draft.incoming_id is not None
    return [new.purchase_id for new in recorded]


def _entered(
    operator: Operator, found: Sequence[Delivery], at: datetime
) -> tuple[list[PurchaseDraft], Verdicts]:
    """The drafts with real products and suppliers, and what is known of them.

    What is entered now was not judged yet. The deliveries stay, should this be undone.
    """
    facts, today = found[0].facts, business_day(at)
    missing = [d.mention for d in found if d.draft.product_id < 0 or d.draft.supplier_id < 0]
    if not missing:
        verdicts = Verdicts(facts, [delivery.doubts for delivery in found], today)
        return [delivery.draft for delivery in found], verdicts
    books = import_books.enter_missing(
        operator,
        dict.fromkeys(mention.goods for mention in missing).keys(),
        dict.fromkeys(mention.party for mention in missing).keys(),
        at=at,
    )
    drafts = [
        replace(
            delivery.draft,
            product_id=books.goods[delivery.mention.goods].id,
            supplier_id=books.parties[delivery.mention.party].id,
        )
        if delivery.draft.product_id < 0 or delivery.draft.supplier_id < 0
        else delivery.draft
        for delivery in found
    ]
    known = replace(
        facts,
        products={**facts.products, **books.products},
        suppliers={**facts.suppliers, **books.partners},
    )
    return drafts, Verdicts(known, None, today)
