"""Records of different channels side by side, and the pairs that wait for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from shilian.db import ids
from shilian.db.spelling import part_of
from traceability.models import Batch, DuplicateSuspect, Purchase, Sale
from traceability.rules.duplicates import LEFT_OUT, Told

Kind = DuplicateSuspect.Kind
# The other record may have come so long before the newer one.
APART = timedelta(days=40)


class Pair(NamedTuple):
    """Two records of one operator, product, partner and day, by different channels."""

    record_id: int
    earlier_id: int
    operator_id: int
    division_id: int
    county_id: int
    name: str
    partner_name: str
    record: Told
    earlier: Told


def pairs_since(
    kind: str, since: datetime, *, operator_ids: Sequence[int] | None = None
) -> list[Pair]:
    """Every pair of which the later record came since then; for all operators, or for those named.

    Cost: one query; each new record looks into an index.
    """
    said: dict[str, Any] = {
        "since": ids.lower_bound(since),
        "oldest": ids.lower_bound(since - APART),
        "left_out": list(LEFT_OUT),
        "operators": list(operator_ids) if operator_ids is not None else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL[Kind(kind)], said)
        return [_pair(row) for row in cursor.fetchall()]


def _pair(row: tuple[Any, ...]) -> Pair:
    (
        record_id, earlier_id, operator_id, division_id, county_id, name, partner_name,
        product_id, partner_id, on, channel, quantity, unit, channel_, quantity_, unit_,
    ) = row  # fmt: skip
    return Pair(
        record_id,
        earlier_id,
        operator_id,
        division_id,
        county_id,
        name,
        partner_name,
        Told(channel, product_id, partner_id, on, quantity, unit),
        Told(channel_, product_id, partner_id, on, quantity_, unit_),
    )


def _pairs_sql(table: str, day: str, partner: str) -> str:
    return f"""
SELECT n.id, o.id, n.operator_id, n.division_id, n.county_id, left(b.name, 80), n.{partner},
  n.product_id, n.partner_id, n.{day}, n.channel, n.quantity, n.unit,
  o.channel, o.quantity, o.unit
FROM {table} n
JOIN {table} o ON o.operator_id = n.operator_id AND o.product_id = n.product_id
  AND o.{day} = n.{day} AND o.partner_id = n.partner_id AND o.channel <> n.channel
  AND o.state = 'current' AND o.id < n.id AND o.id >= %(oldest)s
  AND NOT o.channel = ANY(%(left_out)s)
JOIN {Batch._meta.db_table} b ON b.operator_id = n.operator_id AND b.id = n.batch_id
WHERE n.id >= %(since)s AND n.state = 'current' AND NOT n.channel = ANY(%(left_out)s)
  AND (%(operators)s::bigint[] IS NULL OR n.operator_id = ANY(%(operators)s::bigint[]))"""


_SQL = {
    Kind.PURCHASE: _pairs_sql(Purchase._meta.db_table, "purchased_on", "supplier_name"),
    Kind.SALE: _pairs_sql(Sale._meta.db_table, "sold_on", "buyer_name"),
}


def list_suspects(actor: Actor, filters: dict[str, Any]) -> QuerySet[DuplicateSuspect]:
    """The pairs in the actor's sight, narrowed by ``state``, ``kind`` and ``search``."""
    found = DuplicateSuspect.objects.visible_to(actor).select_related("operator")
    for name in ("state", "kind"):
        if value := filters.get(name):
            found = found.filter(**{name: value})
    if text := filters.get("search"):
        found = found.filter(part_of("name", text) | part_of("operator__name", text))
    return found


def own_suspects(operator: Operator) -> QuerySet[DuplicateSuspect]:
    """The pairs that wait for the operator."""
    return DuplicateSuspect.objects.filter(operator=operator).waiting()


def find_suspect(actor: Actor, suspect_id: int) -> DuplicateSuspect:
    """Raises: OutOfScope when it does not exist for the actor. Cost: one query."""
    seen = DuplicateSuspect.objects.visible_to(actor).select_related("operator")
    found = seen.filter(pk=suspect_id).first()
    if found is None:
        raise OutOfScope
    return found
