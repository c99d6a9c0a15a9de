"""What came out of a piece of work, with what had gone into it, and its former versions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from traceability.models import (
    CHANGES_HANDS,
    Batch,
    BatchRevision,
    Link,
    Package,
    RecordState,
    Run,
)
from traceability.operations.writing import Pen
from traceability.queries import proofs
from traceability.rules.leaves import canonical


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch that the operator itself made, grew or reshaped, and how much of which batch went in.

    ``run``: what it came out of, where a correction asks.
    """

    batch: Batch
    inputs: Mapping[int, Decimal]
    run: Run | None = None


def inputs_of(batch_ids: Collection[int]) -> Any:
    return Link.objects.filter(child_id__in=batch_ids).exclude(kind__in=CHANGES_HANDS)


def taken_by(batch_ids: Collection[int]) -> dict[int, dict[int, Decimal]]:
    """How much of which batch went into each."""
    taken: dict[int, dict[int, Decimal]] = {id_: {} for id_ in batch_ids}
    rows = inputs_of(batch_ids).values_list("child_id", "parent_id", "quantity")
    for child, parent, quantity in rows:
        taken[child][parent] = quantity
    return taken


def keep(pen: Pen, by: Actor, lots: Sequence[Lot], became: RecordState, reason: str) -> None:
    """Append the versions that end here. Cost: three queries."""
    told = _told(pen.operator, lots)
    boxes = _box_facts(pen.operator, [lot.batch.pk for lot in lots])
    BatchRevision.objects.bulk_create(
        BatchRevision(
            id=id_,
            operator=pen.operator,
            division_id=lot.batch.division_id,
            county_id=lot.batch.county_id,
            batch_id=lot.batch.pk,
            at=pen.at,
            person_id=by.person_id,
            person_name=by.name,
            became=became,
            reason=reason,
            before={
                "batch": json.loads(canonical(proofs.stored_batch_facts(lot.batch))),
                "inputs": told[lot.batch.pk],
                **boxes.get(lot.batch.pk, {}),
            },
        )
        for id_, lot in zip(pen.ids(len(lots)), lots, strict=True)
    )


def _told(operator: Operator, lots: Sequence[Lot]) -> dict[int, list[dict[str, Any]]]:
    """The inputs of each as a person reads them, should their own batches change later."""
    wanted = {id_ for lot in lots for id_ in lot.inputs}
    rows = list(Batch.objects.filter(operator=operator, pk__in=wanted).order_by("pk"))
    return {
        lot.batch.pk: [
            {
                "batch_id": row.pk,
                "name": row.name,
                "unit": row.unit,
                "quantity": f"{lot.inputs[row.pk].normalize():f}",
            }
            for row in rows
            if row.pk in lot.inputs
        ]
        for lot in lots
    }


def _box_facts(operator: Operator, batch_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What the labels of those that are boxes say."""
    rows = Package.objects.filter(operator=operator, batch_id__in=batch_ids)
    return {row.batch_id: {"box": {"kind": row.kind, "sscc": row.sscc}} for row in rows}
