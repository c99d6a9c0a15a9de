"""What one press of a submit button wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from enterprises.actor import Actor
from enterprises.models import Operator
from traceability.models import (
    Batch,
    FactoryInspection,
    Purchase,
    Sale,
    StockMovement,
    Submission,
)

MODELS: dict[str, Any] = {
    "purchase": Purchase,
    "sale": Sale,
    "inspection": FactoryInspection,
    "movement": StockMovement,
}


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """One record as the page after the press names it; ``lacking`` None where nothing is asked."""

    id: int
    title: str
    note: str
    lacking: int | None
    lacks_voucher: bool = False

    @property
    def is_complete(self) -> bool | None:
        return None if self.lacking is None else self.lacking == 0


def records_of(operator: Operator, key: UUID) -> list[int]:
    """The ids that the press with this key wrote; empty when it wrote nothing."""
    held = Submission.objects.filter(operator_id=operator.pk, key=key)
    return next(iter(held.values_list("record_ids", flat=True)), [])


def saved_records(actor: Actor, operator: Operator, key: UUID, kind: str) -> list[SavedRecord]:
    """The records of a press, in the order of the page. Cost: three queries."""
    ids = records_of(operator, key)
    if not ids:
        return []
    if kind == "batch":
        batches = Batch.objects.visible_to(actor).filter(operator=operator, pk__in=ids)
        return [_batch(batch) for batch in batches.order_by("pk")]
    rows = MODELS[kind].objects.visible_to(actor).filter(operator=operator, pk__in=ids)
    return [_record(row) for row in rows.select_related("batch").order_by("pk")]


def _record(row: Any) -> SavedRecord:
    batch = row.batch
    amount = getattr(row, "quantity", batch.quantity)
    other = getattr(row, "supplier_name", "") or getattr(row, "buyer_name", "")
    result = getattr(row, "get_result_display", str)() or getattr(row, "get_kind_display", str)()
    return SavedRecord(
        id=row.pk,
        title=f"{batch.name} {_plain(amount)}{batch.unit}",
        note=" · ".join(part for part in (other, result, _facts(batch)) if part),
        # The law names no fields of what was lost or sent back.
        lacking=None if isinstance(row, StockMovement) else len(row.missing),
        lacks_voucher="voucher" in row.missing,
    )


def _batch(batch: Batch) -> SavedRecord:
    title = f"{batch.name} {_plain(batch.quantity)}{batch.unit}"
    return SavedRecord(id=batch.pk, title=title, note=_facts(batch), lacking=None)


def _facts(batch: models.Model) -> str:
    produced = f"{batch.produced_on} 生产" if batch.produced_on else ""  # type: ignore[attr-defined]
    number = f"批号 {batch.batch_number}" if batch.batch_number else ""  # type: ignore[attr-defined]
    return " · ".join(part for part in (produced, number) if part)


def _plain(amount: Any) -> str:
    return f"{amount.normalize():f}"
