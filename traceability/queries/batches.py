"""One operator's batches as its own pages show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from enterprises.actor import Actor
from enterprises.models import Operator
from traceability.models import Batch, BatchOrigin, FactoryInspection, Purchase, RecordState, Sale
from traceability.queries import stock
from traceability.queries.stock import StockLine
from traceability.rules.sales import BatchFacts

MADE_SHOWN = 60
MOVES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A batch, what is left of it, how it came and where it went."""

    batch: Batch
    stock: StockLine
    purchase: Purchase | None
    sales: list[Sale]
    inspections: list[FactoryInspection]


def stock_lines(
    actor: Actor, operator: Operator, ids: Collection[int], *, on: date
) -> dict[int, StockLine]:
    """The operator's current batches among the ids, whatever is left of them."""
    rows = Batch.objects.visible_to(actor).filter(
        operator=operator, pk__in=ids, state=RecordState.CURRENT
    )
    return {line.batch_id: line for line in _lines(operator, rows, on)}


def made_batches(actor: Actor, operator: Operator, *, on: date) -> list[StockLine]:
    """The newest batches of the operator's own making, those not yet passed first."""
    rows = Batch.objects.visible_to(actor).filter(
        operator=operator, origin_kind=BatchOrigin.MADE, state=RecordState.CURRENT
    )
    lines = _lines(operator, rows.order_by("-pk")[:MADE_SHOWN], on)
    return sorted(lines, key=lambda line: line.may_be_sold)


def find_own_batch(actor: Actor, operator: Operator, batch_id: int) -> Batch | None:
    """The operator's batch. Cost: one query."""
    return Batch.objects.visible_to(actor).filter(operator=operator, pk=batch_id).first()


def find_batch(actor: Actor, operator: Operator, batch_id: int, *, on: date) -> BatchPage | None:
    """Everything the batch's page shows. Cost: at most eight queries."""
    rows = Batch.objects.visible_to(actor).filter(operator=operator, pk=batch_id)
    batch = rows.first()
    if batch is None:
        return None
    own = {"operator": operator, "batch_id": batch.pk}
    return BatchPage(
        batch=batch,
        stock=_lines(operator, [batch], on)[0],
        purchase=Purchase.objects.filter(**own).current().first(),
        sales=list(Sale.objects.filter(**own).current().order_by("-pk")[:MOVES_SHOWN]),
        inspections=list(
            FactoryInspection.objects.filter(**own).current().order_by("-pk")[:MOVES_SHOWN]
        ),
    )


def _lines(operator: Operator, rows: Iterable[Batch], on: date) -> list[StockLine]:
    batches = list(rows)
    facts = stock.batch_facts(operator, [batch.pk for batch in batches], on=on)
    return [_line(batch, facts.get(batch.pk)) for batch in batches]


def _line(batch: Batch, facts: BatchFacts | None) -> StockLine:
    return StockLine(
        batch_id=batch.pk,
        product_id=batch.product_id,
        name=batch.name,
        specification=batch.specification,
        unit=batch.unit,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        expires_on=batch.expires_on,
        received_on=batch.received_on,
        on_hand=stock.ZERO if facts is None else facts.on_hand,
        is_made=batch.origin_kind == BatchOrigin.MADE,
        may_be_sold=facts is not None and (facts.has_passed or not facts.needs_inspection),
    )
