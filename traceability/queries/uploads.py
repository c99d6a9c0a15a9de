"""What self-built systems have uploaded: their own numbers, the answers they got, public codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from enterprises.actor import Actor
from enterprises.models import ApiUpload, Operator, SelfBuiltSystem, UploadedItem
from shilian.db import lists
from shilian.db.together import Rows, Statement
from traceability.models import Batch, FactoryInspection, Purchase, Sale
from traceability.rules.codes import public_code

_BATCH = Batch._meta.db_table
# The record of a production is the batch it made.
_MADE = (
    f"SELECT b.id, b.id, b.token_salt FROM {_BATCH} b"
    " WHERE b.id = ANY(%(ids)s) AND b.operator_id = %(operator)s"
)
# Number by number: for all at once the planner, as long as its statistics do not know of a system's
# many items, reads every one of them by the index that lists the newest.
_KNOWN = (
    f"SELECT said.number, i.record_id, i.content_hash FROM unnest({lists.TEXTS}) AS said(number)"
    f" CROSS JOIN LATERAL (SELECT record_id, content_hash FROM {UploadedItem._meta.db_table}"
    "  WHERE system_id = %s AND operator_id = %s AND kind = %s AND external_id = said.number"
    "  LIMIT 1) i"
)


def _about(model: type[Model]) -> str:
    """Record, batch and salt of records of the operator that are about one batch each."""
    return (
        f"SELECT r.id, b.id, b.token_salt FROM {model._meta.db_table} r"
        f" JOIN {_BATCH} b ON b.id = r.batch_id"
        " WHERE r.id = ANY(%(ids)s) AND r.operator_id = %(operator)s"
    )


_OF_BATCH = {
    "purchases": _about(Purchase),
    "sales": _about(Sale),
    "inspections": _about(FactoryInspection),
    "production": _MADE,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What was recorded under a sender's number, and the digest of what it said."""

    record_id: int
    digest: bytes


def known_statement(
    by: Actor,
    system: SelfBuiltSystem,
    operator: Operator,
    kind: str,
    external_ids: Iterable[str],
) -> Statement:
    """The statement that tells which of the system's numbers are recorded; by index.

    ``known_from`` reads its rows. An operator that is out of sight has none.
    """
    numbers = set(external_ids) if by.sees(operator) else ()
    return Statement(_KNOWN, (lists.texts(numbers), system.pk, operator.pk, kind))


def known_from(rows: Rows) -> dict[str, Known]:
    return {number: Known(id_, bytes(digest)) for number, id_, digest in rows}


def codes_of(kind: str, operator: Operator, record_ids: Iterable[int]) -> dict[int, str]:
    """The public code (追溯码) of the batch that each record is about, where it is about one.

    Cost: one query.
    """
    ids, query = list(record_ids), _OF_BATCH.get(kind)
    if not ids or query is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(query, {"ids": ids, "operator": operator.pk})
        return {id_: public_code(batch_id, salt) for id_, batch_id, salt in cursor.fetchall()}


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
