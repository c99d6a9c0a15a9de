"""Events that transform, pack or stack goods become runs, with their boxes and pallets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Problem
from traceability.epcis.meaning import Meaning
from traceability.epcis.reading import Reading
from traceability.models import RunOutput
from traceability.operations import runs
from traceability.operations.epcis_pieces import (
    Found,
    Piece,
    Recorded,
    books_of,
    in_unit,
    tried,
)
from traceability.queries import stock
from traceability.queries.epcis_books import EventBooks
from traceability.rules.production import ProductionInput
from traceability.rules.runs import OutputDraft, RunDraft

BOX_GONE = Problem(
    "box_is_gone",
    "childEPCs",
    "有箱子已经装上别的托盘、卖出或拆开，请核对箱码，或先上报拆托、退回的事件。",
)


def record_runs(
    by: Actor, operator: Operator, pieces: list[Piece], books: EventBooks, at: datetime
) -> Found:
    """Record each event as a run; what a rule refuses is said on its reading."""
    found: Found = {}
    for piece in pieces:
        # What an earlier event of the group made may go into a later one.
        known = books_of(operator, [piece]) if found else books
        held = _held(operator, piece.meaning, known)
        if not all(left > 0 for left in held.values()):
            piece.reading.problems.append(BOX_GONE.at_row(piece.reading.position))
            continue
        draft = _run_draft(piece.meaning, known, held)
        if draft is None:
            continue
        recorded = _run(by, operator, piece.reading, draft, at)
        if recorded is not None:
            found[piece.reading.position] = recorded
    return found


def _held(operator: Operator, meaning: Meaning, books: EventBooks) -> dict[int, Decimal]:
    """How much is left of each known box that is packed. Cost: one query where there are boxes."""
    ids = {books.boxes[box].id for box in meaning.boxes if box in books.boxes}
    facts = stock.batch_facts(operator, ids, on=meaning.day) if ids else {}
    return {id_: each.on_hand for id_, each in facts.items()}


def _run_draft(meaning: Meaning, books: EventBooks, held: dict[int, Decimal]) -> RunDraft | None:
    inputs = _inputs(meaning, books, held)
    products = [books.products.get(lot.gtin) for lot in meaning.made]
    if inputs is None or None in products:
        return None
    if meaning.kind == "box":
        # What boxes stand on is a pallet; loose goods alone go into a box.
        pack = "pallet" if meaning.boxes else "box"
        return RunDraft("aggregation", meaning.day, inputs, pack=pack, sscc=meaning.sscc)
    outputs = tuple(
        OutputDraft(in_unit(lot, product.unit)[0], product.id, lot.lot)
        for lot, product in zip(meaning.made, products, strict=True)
        if product is not None
    )
    return RunDraft("transformation", meaning.day, inputs, outputs)


def _inputs(
    meaning: Meaning, books: EventBooks, held: dict[int, Decimal]
) -> tuple[ProductionInput, ...] | None:
    """What goes in, by batch, of each box all of it; None when one of them is not known."""
    taken = []
    for lot in meaning.lots:
        batch = books.batches.get((lot.gtin, lot.lot))
        if batch is None:
            return None
        taken.append(ProductionInput(batch.id, in_unit(lot, batch.unit)[0]))
    for number in meaning.boxes:
        box = books.boxes.get(number)
        if box is None or box.id not in held:
            return None
        taken.append(ProductionInput(box.id, held[box.id]))
    return tuple(taken)


def _run(
    by: Actor, operator: Operator, reading: Reading, draft: RunDraft, at: datetime
) -> Recorded | None:
    batches = tried(reading, lambda: runs.record_run(by=by, operator=operator, draft=draft, at=at))
    if not batches:
        return None
    ids = tuple(batch.pk for batch in batches)
    run_id = RunOutput.objects.filter(batch_id=ids[0]).values_list("run_id", flat=True).get()
    inputs = tuple(part.batch_id for part in draft.inputs)
    return Recorded("run", run_id, (*ids, *inputs))
