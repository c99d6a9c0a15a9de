"""The batches that a sheet names: by public code, by name and batch number, by name and day.

Who keeps a list writes 特一粉, 批号 20260401A; the books may hold several deliveries of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Value
from django.db.models.functions import Replace, Upper

from enterprises.models import Operator
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import Batch, BatchOrigin, Product, RecordState
from traceability.queries import stock, stock_book
from traceability.rules import codes
from traceability.rules.holds import Stop
from traceability.rules.sales import BatchFacts

MOST_LOTS = 5_000
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Named:
    """Goods as a row names them; ``code`` is the public code of a batch."""

    name: str
    specification: str = ""
    batch_number: str = ""
    produced_on: date | None = None
    code: str = ""

    @property
    def is_one_batch(self) -> bool:
        """Whether a batch is meant, and not just the goods."""
        return bool(self.batch_number or self.produced_on or self.code)


@dataclass(frozen=True, slots=True)
class NamedBatch:
    """A batch that a row may mean, with what is left of it where that was asked for."""

    batch_id: int
    product_id: int
    name: str
    specification: str
    unit: str
    batch_number: str
    produced_on: date | None
    received_on: date
    expires_on: date | None
    is_own_made: bool
    is_packed: bool
    token_salt: int
    on_hand: Decimal = ZERO
    may_be_sold: bool = True
    stop: Stop | None = None


def batches_named(operator: Operator, named: Sequence[Named]) -> list[NamedBatch]:
    """The operator's current batches that any of the rows may mean. Cost: at most one query."""
    return [_named(batch) for batch in _meant(operator, [row for row in named if row.is_one_batch])]


def lots_named(operator: Operator, named: Sequence[Named], *, on: date) -> list[NamedBatch]:
    """The same with what is left of each; and of goods without a batch, all that is on hand.

    Cost: at most eight queries.
    """
    meant = [row for row in named if row.is_one_batch]
    ids = {batch.pk for batch in _meant(operator, meant)} if meant else set()
    ids |= set(_on_hand(operator, {row.name for row in named if not row.is_one_batch}, on))
    if not ids:
        return []
    facts = stock.batch_facts(operator, ids, on=on)
    rows = Batch.objects.filter(operator=operator, pk__in=facts).order_by("pk")
    return [_named(batch, facts[batch.pk]) for batch in rows]


def _on_hand(operator: Operator, names: Collection[str], on: date) -> list[int]:
    """All batches with something left of the goods of these names."""
    if not names:
        return []
    rows = Product.objects.filter(operator=operator, name__in=spelled_as(names))
    products = list(rows.values_list("pk", flat=True))
    if not products:
        return []
    return stock_book.ids_to_take_from(
        operator, search="", today=on, limit=MOST_LOTS, product_ids=products
    )


def _meant(operator: Operator, named: Sequence[Named]) -> Iterable[Batch]:
    if not named:
        return []
    content = (codes.read_code(row.code) for row in named if row.code)
    by_code = Q(pk__in={said.batch_id for said in content if said is not None})
    numbers = {folded(row.batch_number) for row in named if row.batch_number}
    days = {row.produced_on for row in named if row.produced_on}
    by_name = Q(name__in=spelled_as(row.name for row in named))
    rows = Batch.objects.filter(operator=operator, state=RecordState.CURRENT)
    # As numbers are compared: without blanks, in capitals.
    rows = rows.annotate(number=Upper(Replace("batch_number", Value(" "), Value(""))))
    return rows.filter(
        by_code | by_name & (Q(number__in=numbers) | Q(produced_on__in=days))
    ).order_by("pk")


def folded(number: str) -> str:
    """A batch number as numbers are compared."""
    return normalise(number).upper().replace(" ", "")


def _named(batch: Batch, facts: BatchFacts | None = None) -> NamedBatch:
    return NamedBatch(
        batch_id=batch.pk,
        product_id=batch.product_id,
        name=batch.name,
        specification=batch.specification,
        unit=batch.unit,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        received_on=batch.received_on,
        expires_on=batch.expires_on,
        is_own_made=batch.is_own_made,
        is_packed=batch.origin_kind == BatchOrigin.PACKED,
        token_salt=batch.token_salt,
        on_hand=facts.on_hand if facts else ZERO,
        may_be_sold=facts is None or facts.has_passed or not facts.needs_inspection,
        stop=facts.stop if facts else None,
    )
