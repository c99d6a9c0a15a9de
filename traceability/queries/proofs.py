"""Recomputing a record's leaf from the stored rows, as an outside verifier would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enterprises.models import Operator
from traceability.models import Batch, BatchOrigin, BatchRevision, Purchase
from traceability.models.records import Record
from traceability.rules.leaves import leaf_hash

# The facts of a batch that a record's leaf covers.
BATCH_LEAF_FIELDS = (
    "product_id",
    "name",
    "specification",
    "unit",
    "goods_class",
    "is_farm_produce",
    "batch_number",
    "produced_on",
    "shelf_life",
    "expires_on",
    "origin_kind",
    "origin_place",
    "maker_name",
    "quantity",
    "received_on",
)
# What happens to a record after it was written, and what proves it, are outside its leaf.
OUTSIDE_LEAF = frozenset(
    [
        "state",
        "superseded_by_id",
        "reason",
        "batch_before",
        "raw",
        "leaf_salt",
        "leaf_hash",
        "returned_quantity",
    ]
)


def stored_batch_facts(batch: Batch) -> dict[str, Any]:
    """The facts a leaf covers, as the batch has them now."""
    return {name: getattr(batch, name) for name in BATCH_LEAF_FIELDS}


def batch_facts_at(operator: Operator, record: Record, batch: Batch) -> Mapping[str, Any]:
    """The batch's facts at the moment the record was written. Cost: one query.

    A correction that came later kept what it changed, on the purchase that it superseded or, of a
    made or grown batch, in its revision; ids are ordered by time, so the first one after the
    record tells.
    """
    if batch.origin_kind == BatchOrigin.PURCHASED:
        changed = (
            Purchase.objects.filter(
                operator=operator,
                batch_id=batch.pk,
                batch_before__isnull=False,
                superseded_by_id__gt=record.pk,
            )
            .order_by("superseded_by_id")
            .values_list("batch_before", flat=True)
            .first()
        )
    else:
        revisions = BatchRevision.objects.filter(operator=operator, batch_id=batch.pk)
        later = revisions.filter(pk__gt=record.pk).order_by("pk")
        changed = later.values_list("before__batch", flat=True).first()
    return stored_batch_facts(batch) if changed is None else dict(changed)


def stored_leaf(record: Record, batch: Mapping[str, Any]) -> bytes:
    """The leaf recomputed from the record and its batch's facts at the time."""
    facts = {
        field.attname: getattr(record, field.attname)
        for field in record._meta.concrete_fields
        if field.attname not in OUTSIDE_LEAF
    }
    facts |= {"kind": record._meta.model_name, "batch": dict(batch)}
    return leaf_hash(bytes(record.leaf_salt), facts)


def is_proven(operator: Operator, record: Record, batch: Batch) -> bool:
    """Whether the stored rows still give the leaf that was written with the record."""
    return stored_leaf(record, batch_facts_at(operator, record, batch)) == bytes(record.leaf_hash)
