"""What the ways of recording events share: an event with its meaning, and what it became."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from enterprises.models import Operator
from shilian.problems import Rejected, errors
from traceability.epcis.meaning import LotAmount, Meaning
from traceability.epcis.reading import Reading
from traceability.models import Batch
from traceability.queries import epcis_books
from traceability.queries.epcis_books import EventBooks

# Units of one measure: a product counted in the one may be told in the other.
GRAMS = {
    "吨": Decimal(1_000_000),
    "千克": Decimal(1000),
    "公斤": Decimal(1000),
    "斤": Decimal(500),
    "两": Decimal(50),
    "克": Decimal(1),
    "毫克": Decimal("0.001"),
}
MILLILITRES = {"升": Decimal(1000), "毫升": Decimal(1)}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record that an event became, and the batches that it is about.

    An event of several lots became ``more_ids`` as well. Not ``is_new`` when it, or a part of it, was in the books already and the event repeats it.
    """

    kind: str
    record_id: int
    batch_ids: tuple[int, ...] = ()
    is_new: bool = True
    more_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One event with what it means."""

    reading: Reading
    meaning: Meaning


Found = dict[int, Recorded]


def books_of(operator: Operator, pieces: Iterable[Piece]) -> EventBooks:
    meanings = [piece.meaning for piece in pieces]
    lots = [lot for meaning in meanings for lot in (*meaning.lots, *meaning.made)]
    return epcis_books.open_event_books(
        operator,
        gtins={lot.gtin for lot in lots},
        lots={lot.lot for lot in lots},
        boxes={box for meaning in meanings for box in meaning.boxes},
        glns={gln for each in meanings for gln in (each.source, each.destination) if gln},
    )


def tried(reading: Reading, record: Callable[[], list[Batch]]) -> list[Batch]:
    """What was recorded; nothing when a rule refused it, which the reading then says."""
    try:
        with transaction.atomic():
            return record()
    except Rejected as refused:
        reading.problems += [p.at_row(reading.position) for p in errors(refused.problems)]
        return []


def in_unit(lot: LotAmount, unit: str) -> tuple[Decimal, str]:
    """The amount in the unit of the goods where the two measure the same, else as it was told."""
    if not lot.unit or lot.unit == unit:
        return lot.quantity, unit
    for measure in (GRAMS, MILLILITRES):
        if lot.unit in measure and unit in measure:
            amount = lot.quantity * measure[lot.unit] / measure[unit]
            return amount.quantize(Decimal("0.001")).normalize(), unit
    return lot.quantity, lot.unit
