"""What self-built systems have uploaded: their own numbers, the answers they got, public codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from enterprises.actor import Actor
from enterprises.models import ApiUpload, Operator, SelfBuiltSystem, UploadedItem
from traceability.models import Batch, FactoryInspection, Purchase, RunOutput, Sale
from traceability.rules.codes import public_code

# Records that are about one batch, by kind of sheet.
_OF_BATCH: dict[str, Any] = {
    "purchases": Purchase,
    "sales": Sale,
    "inspections": FactoryInspection,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What was recorded under a sender's number, and the digest of what it said."""

    record_id: int
    digest: bytes


def known_items(
    by: Actor,
    system: SelfBuiltSystem,
    operator: Operator,
    kind: str,
    external_ids: Iterable[str],
) -> dict[str, Known]:
    """Which of the system's numbers are recorded already. Cost: one query by index."""
    rows = _items(by, system, operator, kind).filter(external_id__in=set(external_ids))
    return {
        number: Known(record_id, bytes(digest))
        for number, record_id, digest in rows.values_list(
            "external_id", "record_id", "content_hash"
        )
    }


def codes_of(kind: str, operator: Operator, record_ids: Iterable[int]) -> dict[int, str]:
    """The public code (追溯码) of the batch that each record is about, where it is about one.

    Cost: at most two queries.
    """
    ids = list(record_ids)
    if not ids:
        return {}
    if kind == "production":
        made = RunOutput.objects.filter(run_id__in=ids).values_list("run_id", "batch_id")
        batches = dict(made)
    elif kind in _OF_BATCH:
        own = _OF_BATCH[kind].objects.filter(operator=operator, pk__in=ids)
        batches = dict(own.values_list("pk", "batch_id"))
    else:
        return {}
    held = Batch.objects.filter(operator=operator, pk__in=set(batches.values()))
    salts = dict(held.values_list("pk", "token_salt"))
    return {
        record_id: public_code(batch_id, salts[batch_id])
        for record_id, batch_id in batches.items()
        if batch_id in salts
    }


def uploads_of(
    by: Actor, system: SelfBuiltSystem, *, below: int | None, size: int
) -> list[ApiUpload]:
    """The answers given to the system, newest first, below the id if one is given."""
    rows = ApiUpload.objects.visible_to(by).filter(system=system).defer("answer")
    return list(_below(rows, below).order_by("-id")[:size])


def upload_of(by: Actor, system: SelfBuiltSystem, upload_id: int) -> ApiUpload | None:
    return ApiUpload.objects.visible_to(by).filter(system=system, pk=upload_id).first()


def items_of(
    by: Actor,
    system: SelfBuiltSystem,
    operator: Operator,
    kind: str,
    *,
    below: int | None,
    size: int,
    external_id: str = "",
) -> list[UploadedItem]:
    """What the system recorded of this kind, newest first, below the id if one is given."""
    rows = _items(by, system, operator, kind)
    if external_id:
        rows = rows.filter(external_id=external_id)
    return list(_below(rows, below).order_by("-id")[:size])


def _items(
    by: Actor, system: SelfBuiltSystem, operator: Operator, kind: str
) -> QuerySet[UploadedItem]:
    seen = UploadedItem.objects.visible_to(by)
    return seen.filter(system_id=system.pk, operator_id=operator.pk, kind=kind)


def _below(rows: QuerySet[Any], below: int | None) -> QuerySet[Any]:
    return rows.filter(pk__lt=below) if below else rows
