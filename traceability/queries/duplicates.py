"""Records of different channels side by side, and the pairs that wait for a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from shilian.clock import start_of
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


def channels_of(operator: Operator, *, since: datetime) -> set[str]:
    """The channels by which real purchases and sales came since then. Cost: one query."""
    about = {"pk__gte": ids.lower_bound(since), "operator": operator, "state": "current"}
    bought = Purchase.objects.filter(**about).order_by().values("channel")
    sold = Sale.objects.filter(**about).order_by().values("channel")
    # The union leaves each channel once.
    return {row["channel"] for row in bought.union(sold)} - set(LEFT_OUT)


class Asked(NamedTuple):
    """What is about to be recorded: of which product (a purchase) or batch (a sale), with whom, when."""

    thing_id: int
    partner_id: int
    happened_on: date


def told_by_others(
    kind: str, operator: Operator, asked: Sequence[Asked], *, channel: str
) -> dict[Asked, list[Told]]:
    """What the operator's other channels told of the same goods, partner and day.

    Cost: one query; each of ``asked`` looks into an index.
    """
    found: dict[Asked, list[Told]] = defaultdict(list)
    if not asked:
        return found
    things, partners, days = zip(*asked, strict=True)
    said: dict[str, Any] = {
        "things": _array(map(str, things)),
        "partners": _array(map(str, partners)),
        "days": _array(map(date.isoformat, days)),
        "operator": operator.pk,
        # Nothing is recorded before it happens: earlier months need no look.
        "since": ids.lower_bound(start_of(min(days))),
        "left_out": [channel, *LEFT_OUT],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD_SQL[Kind(kind)], said)
        for thing_id, partner_id, day, product_id, by, quantity, unit in cursor.fetchall():
            told = Told(by, product_id, partner_id, day, quantity, unit)
            found[Asked(thing_id, partner_id, day)].append(told)
    return found


def _array(items: Iterable[str]) -> str:
    """An array as PostgreSQL writes it; item by item through the driver takes far longer."""
    return f"{{{','.join(items)}}}"


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

_ASKED = (
    "unnest(%(things)s::text::bigint[], %(partners)s::text::bigint[], %(days)s::text::date[])"
    " AS k(thing_id, partner_id, day)"
)
_SAID = "k.thing_id, k.partner_id, k.day, o.product_id, o.channel, o.quantity, o.unit"
_OTHERS = """o.operator_id = %(operator)s AND o.id >= %(since)s AND o.state = 'current'
  AND NOT o.channel = ANY(%(left_out)s)"""
_TOLD_SQL = {
    Kind.PURCHASE: f"""
SELECT {_SAID} FROM {_ASKED}
JOIN {Purchase._meta.db_table} o ON o.product_id = k.thing_id AND o.purchased_on = k.day
  AND o.partner_id = k.partner_id
WHERE {_OTHERS}""",
    Kind.SALE: f"""
SELECT {_SAID} FROM {_ASKED}
JOIN {Batch._meta.db_table} b ON b.operator_id = %(operator)s AND b.id = k.thing_id
JOIN {Sale._meta.db_table} o ON o.product_id = b.product_id AND o.sold_on = k.day
  AND o.partner_id = k.partner_id
WHERE {_OTHERS}""",
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
