"""Events that tell what a legal record tells become that record, by the way all uploads take.

An event of which the books know too little (no such product, nobody behind the GLN) stays an event;
one that breaks a rule is refused with the rule's own problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from enterprises.actor import Actor
from enterprises.models import Operator, Sector, SelfBuiltSystem
from enterprises.operations import systems
from enterprises.roles import Permission
from shilian.problems import Rejected, errors
from traceability.epcis.meaning import LotAmount, Meaning, meaning_of
from traceability.epcis.reading import Reading
from traceability.models import Purchase, Sale
from traceability.operations import epcis_runs, intake, production
from traceability.operations.epcis_pieces import Found, Piece, Recorded, books_of, in_unit, tried
from traceability.operations.intake import Receipt, Status
from traceability.queries import epcis_books, stock
from traceability.queries.epcis_books import EventBooks, KnownBatch
from traceability.rules.codes import public_code
from traceability.rules.goods import ProductFacts
from traceability.rules.production import HarvestDraft
from traceability.sheets.base import SheetKind, cells_of
from traceability.sheets.kinds import PRODUCTION, PURCHASES, SALES

NEEDED = {
    "purchase": Permission.RECORD_PURCHASES,
    "sale": Permission.RECORD_SALES,
    "made": Permission.RECORD_PRODUCTION,
    "run": Permission.RECORD_PRODUCTION,
    "box": Permission.RECORD_PRODUCTION,
}
# The kind of record in the register of systems that each of them is.
REGISTERED = {
    "purchase": "purchases",
    "sale": "sales",
    "made": "production",
    "run": "production",
    "box": "production",
}
Told = dict[str, str]


def record_events(
    *,
    by: Actor,
    operator: Operator,
    readings: Sequence[Reading],
    at: datetime,
    system: SelfBuiltSystem | None = None,
) -> Found:
    """Record the events that mean records, in their order; by position, what each became.

    What a rule refuses, or what the sending ``system`` is not registered for, is appended to the
    reading's problems.
    Cost: a fixed number of queries for each run of events of one kind; boxes and transformations
    one by one.
    """
    pieces = [
        Piece(reading, meaning)
        for reading in readings
        if (meaning := meaning_of(reading)) is not None and by.may(NEEDED[meaning.kind])
    ]
    if not pieces:
        return {}
    found: Found = {}
    own = epcis_books.own_numbers(operator)
    for kind, group in groupby(pieces, key=lambda piece: piece.meaning.kind):
        some = [piece for piece in group if _is_own(piece.meaning, own)]
        if some and _is_registered(system, some):
            found |= _WAYS[kind](by, operator, some, books_of(operator, some), at)
    return found


def _is_registered(system: SelfBuiltSystem | None, pieces: list[Piece]) -> bool:
    """Whether the system may send records of the pieces' kind; if not, each reading says so."""
    try:
        if system is not None:
            systems.check_kind(system, REGISTERED[pieces[0].meaning.kind])
    except Rejected as refused:
        for piece in pieces:
            at_row = piece.reading.position
            piece.reading.problems += [p.at_row(at_row) for p in refused.problems]
        return False
    return True


def _is_own(meaning: Meaning, own: set[str]) -> bool:
    """Whether the sender tells of its own business; others' handovers stay events."""
    mine = meaning.source if meaning.kind == "sale" else meaning.destination
    return meaning.kind not in ("sale", "purchase") or not mine or mine in own


def _purchases(
    by: Actor, operator: Operator, pieces: list[Piece], books: EventBooks, at: datetime
) -> Found:
    told = {piece.reading.position: _bought(piece.meaning, books) for piece in pieces}
    receipts = _take_in(PURCHASES, by, operator, pieces, told, at)
    rows = Purchase.objects.filter(operator=operator, pk__in=_ids(receipts))
    return _of_records("purchase", receipts, dict(rows.values_list("pk", "batch_id")))


def _bought(meaning: Meaning, books: EventBooks) -> list[Told]:
    """The purchases of an event, a line for each lot; none when the books lack something."""
    seller, lines = books.parties.get(meaning.source), []
    for lot in meaning.lots:
        product = books.products.get(lot.gtin)
        if seller is None or product is None:
            return []
        lines.append(
            {
                **_goods(lot, product),
                "purchased_on": meaning.day.isoformat(),
                "produced_on": meaning.produced_on.isoformat() if meaning.produced_on else "",
                "gtin": epcis_books.spellings_of(lot.gtin)[-1],
                "supplier_name": seller.name,
                "supplier_code": seller.credit_code,
                "voucher_number": meaning.voucher,
            }
        )
    return lines


def _sales(
    by: Actor, operator: Operator, pieces: list[Piece], books: EventBooks, at: datetime
) -> Found:
    boxed = {books.boxes[box].id for p in pieces for box in p.meaning.boxes if box in books.boxes}
    on_hand = stock.batch_facts(operator, boxed, on=pieces[0].meaning.day) if boxed else {}
    full = {id_: facts.on_hand for id_, facts in on_hand.items()}
    named = {id_: facts.name for id_, facts in on_hand.items()}
    told = {p.reading.position: _sold(p.meaning, books, full, named) for p in pieces}
    receipts = _take_in(SALES, by, operator, pieces, told, at)
    rows = Sale.objects.filter(operator=operator, pk__in=_ids(receipts))
    return _of_records("sale", receipts, dict(rows.values_list("pk", "batch_id")))


def _sold(
    meaning: Meaning, books: EventBooks, full: dict[int, Decimal], named: dict[int, str]
) -> list[Told]:
    """The sales of an event: of each lot so much, of each box all of it."""
    buyer = books.parties.get(meaning.destination)
    if buyer is None:
        return []
    common = {
        "sold_on": meaning.day.isoformat(),
        "buyer_name": buyer.name,
        "buyer_code": buyer.credit_code,
        "voucher_number": meaning.voucher,
    }
    lines = []
    for lot in meaning.lots:
        product, batch = books.products.get(lot.gtin), books.batches.get((lot.gtin, lot.lot))
        if product is None or batch is None:
            return []
        lines.append({**_goods(lot, product, batch.unit), **common, "batch_code": _code(batch)})
    for number in meaning.boxes:
        box = books.boxes.get(number)
        if box is None or box.id not in full:
            return []
        goods = {"product_name": named[box.id], "quantity": f"{full[box.id]:f}", "unit": box.unit}
        lines.append({**goods, **common, "batch_code": _code(box)})
    return lines


def _made(
    by: Actor, operator: Operator, pieces: list[Piece], books: EventBooks, at: datetime
) -> Found:
    if operator.sector == Sector.FARM:
        return _harvested(by, operator, pieces, books, at)
    told = {piece.reading.position: _produced(piece.meaning, books) for piece in pieces}
    receipts = _take_in(PRODUCTION, by, operator, pieces, told, at)
    return _of_records("batch", receipts, {id_: id_ for id_ in _ids(receipts)})


def _produced(meaning: Meaning, books: EventBooks) -> list[Told]:
    lines = []
    for lot in meaning.made:
        product = books.products.get(lot.gtin)
        if product is None:
            return []
        lines.append({**_goods(lot, product), "produced_on": meaning.day.isoformat()})
    return lines


def _harvested(
    by: Actor, operator: Operator, pieces: list[Piece], books: EventBooks, at: datetime
) -> Found:
    found: Found = {}
    for piece in pieces:
        meaning, reading = piece.meaning, piece.reading
        if not all(lot.gtin in books.products for lot in meaning.made):
            continue
        drafts = [_harvest(lot, books.products[lot.gtin], meaning) for lot in meaning.made]
        batches = tried(
            reading,
            lambda drafts=drafts: production.record_harvests(  # type: ignore[misc]
                by=by, operator=operator, drafts=drafts, at=at
            ),
        )
        if batches:
            ids = tuple(batch.pk for batch in batches)
            found[reading.position] = Recorded("batch", ids[0], ids, more_ids=ids[1:])
    return found


def _harvest(lot: LotAmount, product: ProductFacts, meaning: Meaning) -> HarvestDraft:
    quantity, unit = in_unit(lot, product.unit)
    return HarvestDraft(product.id, quantity, unit, meaning.day, batch_number=lot.lot)


def _take_in(
    kind: SheetKind,
    by: Actor,
    operator: Operator,
    pieces: list[Piece],
    told: dict[int, list[Told]],
    at: datetime,
) -> dict[int, list[Receipt]]:
    """The receipts of each event; events of one line go in together, others each as a whole."""
    readings = {piece.reading.position: piece.reading for piece in pieces}
    single = {position: lines[0] for position, lines in told.items() if len(lines) == 1}
    found: dict[int, list[Receipt]] = {}
    if single:
        lines = [
            kind.read(cells_of(said), position, readings[position].moment.date())
            for position, said in single.items()
        ]
        receipts = intake.take_in(kind, by=by, operator=operator, lines=lines, at=at)
        found |= {position: [each] for position, each in zip(single, receipts, strict=True)}
    for position, many in told.items():
        if len(many) > 1:
            day = readings[position].moment.date()
            lines = [kind.read(cells_of(said), row, day) for row, said in enumerate(many)]
            found[position] = intake.take_in(
                kind, by=by, operator=operator, lines=lines, at=at, atomic=True
            )
    for position, each in found.items():
        _keep_refusals(readings[position], each)
    return found


def _keep_refusals(reading: Reading, receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        if receipt.status == Status.REFUSED:
            refused = errors(receipt.problems)
            reading.problems += [replace(p, row=reading.position) for p in refused]


def _ids(receipts: dict[int, list[Receipt]]) -> list[int]:
    return [each.record_id for some in receipts.values() for each in some if each.record_id]


def _of_records(kind: str, receipts: dict[int, list[Receipt]], batches: dict[int, int]) -> Found:
    found: Found = {}
    for position, some in receipts.items():
        ids = [each.record_id for each in some if each.record_id]
        if ids and all(each.status != Status.REFUSED for each in some):
            lots = tuple(batches[id_] for id_ in ids if id_ in batches)
            is_new = all(each.status == Status.RECORDED for each in some)
            first, *more = dict.fromkeys(ids)
            found[position] = Recorded(kind, first, lots, is_new, tuple(more))
    return found


def _goods(lot: LotAmount, product: ProductFacts, unit: str = "") -> Told:
    quantity, counted = in_unit(lot, unit or product.unit)
    return {
        "product_name": product.name,
        "specification": product.specification,
        "quantity": f"{quantity:f}",
        "unit": counted,
        "batch_number": lot.lot,
    }


def _code(batch: KnownBatch) -> str:
    return public_code(batch.id, batch.token_salt)


_WAYS = {
    "purchase": _purchases,
    "sale": _sales,
    "made": _made,
    "run": epcis_runs.record_runs,
    "box": epcis_runs.record_runs,
}
