"""Records of different channels and systems side by side, and the pairs that wait for a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, SelfBuiltSystem
from enterprises.models.api_keys import UploadedItem
from enterprises.models.systems import RecordKind, SystemClient, SystemKind
from shilian.clock import start_of
from shilian.db import ids, lists
from shilian.db.spelling import part_of
from traceability.models import Batch, Channel, DuplicateSuspect, Purchase, Sale
from traceability.rules.duplicates import BASE, LEFT_OUT, Told

Kind = DuplicateSuspect.Kind
# The other record may have come so long before the newer one.
APART = timedelta(days=40)


class Pair(NamedTuple):
    """Two records of one operator, product, partner and day, by different channels or systems."""

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

    Cost: one query; it looks into an index for every goods, partner and day of new records.
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
        product_id, partner_id, on, channel, quantity, unit, system_id,
        channel_, quantity_, unit_, system_id_,
    ) = row  # fmt: skip
    return Pair(
        record_id,
        earlier_id,
        operator_id,
        division_id,
        county_id,
        name,
        partner_name,
        Told(channel, product_id, partner_id, on, quantity, unit, system_id),
        Told(channel_, product_id, partner_id, on, quantity_, unit_, system_id_),
    )


class Sender(NamedTuple):
    """Who sends an operator's records: a channel, or one of its systems when that is known."""

    channel: str
    system_id: int | None = None


def senders_of(operator: Operator, *, since: datetime) -> set[Sender]:
    """The channels by which real purchases and sales came since then, and every system that uploads.

    Cost: one query.
    """
    said = {"operator": operator.pk, "since": ids.lower_bound(since)}
    with connection.cursor() as cursor:
        cursor.execute(_SENDERS_SQL, said)
        found = {Sender(_CHANNELS.get(by, by), system_id) for by, system_id in cursor.fetchall()}
    return {sender for sender in found if sender.channel not in LEFT_OUT}


# A system of one's own is named by its kind; its records by the door they came through.
_CHANNELS = {str(SystemKind.OWN): str(Channel.API)}


class Asked(NamedTuple):
    """What is about to be recorded: of which product (a purchase) or batch (a sale), with whom, when."""

    thing_id: int
    partner_id: int
    happened_on: date


def told_by_others(
    kind: str, operator: Operator, asked: Sequence[Asked], *, channel: str, systems: Sequence[int]
) -> dict[Asked, list[Told]]:
    """What the operator's other channels, and these systems of the same, told of the same goods.

    The same goods are those of one partner and day.

    Cost: one query; each of ``asked`` looks into an index.
    """
    found: dict[Asked, list[Told]] = defaultdict(list)
    if not asked:
        return found
    things, partners, days = zip(*asked, strict=True)
    said: dict[str, Any] = {
        "things": lists.array(things),
        "partners": lists.array(partners),
        "days": lists.array(days),
        "operator": operator.pk,
        # Nothing is recorded before it happens: earlier months need no look.
        "since": ids.lower_bound(start_of(min(days))),
        "left_out": list(LEFT_OUT),
        "channel": channel,
        "systems": list(systems),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD_SQL[Kind(kind)], said)
        for thing_id, partner_id, day, product_id, by, quantity, unit, system in cursor.fetchall():
            told = Told(by, product_id, partner_id, day, quantity, unit, system)
            found[Asked(thing_id, partner_id, day)].append(told)
    return found


# Most operators have one system at most, and records of one are never compared with each other.
_SEVERAL = f"""several AS MATERIALIZED (
  SELECT t.operator_id, array_agg(t.system_id) AS systems FROM (
    SELECT operator_id, id AS system_id FROM {SelfBuiltSystem._meta.db_table}
    WHERE in_service_since IS NOT NULL
    UNION SELECT c.operator_id, c.system_id FROM {SystemClient._meta.db_table} c
    JOIN {SelfBuiltSystem._meta.db_table} s ON s.id = c.system_id
    WHERE s.in_service_since IS NOT NULL) t
  GROUP BY t.operator_id HAVING count(*) > 1)"""
_OF_SEVERAL = "ARRAY(SELECT operator_id FROM several)"
_ALL_SYSTEMS = "ARRAY(SELECT unnest(systems) FROM several)"
# As ``rules.duplicates.amount`` has it.
_UNITS = ", ".join(f"('{unit}', '{base}', {factor})" for unit, (base, factor) in BASE.items())


def _sender(kind: RecordKind) -> str:
    """The item by which a system handed the record over, by the sender's own number of it."""
    return f"""
LEFT JOIN {UploadedItem._meta.db_table} ou ON ou.system_id = ANY(%(systems)s::bigint[])
  AND ou.operator_id = o.operator_id AND ou.kind = '{kind.value}'
  AND ou.external_id = o.raw->>'external_id' AND ou.record_id = o.id"""


def _pairs_sql(table: str, day: str, partner: str, kind: RecordKind) -> str:
    """The goods, partners and days of new records are read once, however many records tell of them.

    Only amounts that two senders told are set side by side; a thousand alike rows of one sender are
    left out before they would meet each other.
    """
    return f"""
WITH {_SEVERAL},
{_told(table, day, partner, kind)},
sided AS MATERIALIZED (
  SELECT * FROM (
    SELECT t.*, min(t.id) OVER alike AS alike_id,
      min(t.channel) OVER alike <> max(t.channel) OVER alike
        OR min(t.system_id) OVER alike <> max(t.system_id) OVER alike AS is_by_two
    FROM told t
    WINDOW alike AS (
      PARTITION BY t.operator_id, t.product_id, t.partner_id, t.day, t.base, t.amount)) t
  WHERE t.is_by_two)
SELECT n.id, o.id, n.operator_id, n.division_id, n.county_id, left(b.name, 80), n.partner_name,
  n.product_id, n.partner_id, n.day, n.channel, n.quantity, n.unit, n.system_id,
  o.channel, o.quantity, o.unit, o.system_id
FROM sided n JOIN sided o ON o.alike_id = n.alike_id AND o.id < n.id
  AND (o.channel <> n.channel OR n.system_id <> o.system_id)
CROSS JOIN LATERAL (
  SELECT b.name FROM {Batch._meta.db_table} b WHERE b.id = n.batch_id OFFSET 0) b
WHERE n.id >= %(since)s"""


def _told(table: str, day: str, partner: str, kind: RecordKind) -> str:
    """What all senders told of the goods, partners and days of the new records."""
    return f"""fresh AS MATERIALIZED (
  SELECT DISTINCT n.operator_id, n.product_id, n.partner_id, n.{day} AS day FROM {table} n
  WHERE n.id >= %(since)s AND n.state = 'current' AND NOT n.channel = ANY(%(left_out)s)
    AND (%(operators)s::bigint[] IS NULL OR n.operator_id = ANY(%(operators)s::bigint[]))),
told AS (
  SELECT o.*, u.system_id, coalesce(c.base, o.unit) AS base,
    o.quantity * coalesce(c.factor, 1) AS amount
  FROM fresh f
  CROSS JOIN LATERAL (
    SELECT r.id, r.operator_id, r.division_id, r.county_id, r.product_id, r.partner_id, r.batch_id,
      r.{partner} AS partner_name, r.{day} AS day, r.channel, r.quantity, r.unit,
      r.raw->>'external_id' AS external_id
    FROM {table} r
    WHERE r.product_id = f.product_id AND r.{day} = f.day AND r.partner_id = f.partner_id
      AND r.operator_id = f.operator_id AND r.state = 'current' AND r.id >= %(oldest)s
      AND NOT r.channel = ANY(%(left_out)s)
    OFFSET 0) o
  LEFT JOIN (VALUES {_UNITS}) AS c(unit, base, factor) ON c.unit = o.unit
  LEFT JOIN LATERAL (
    SELECT i.system_id FROM {UploadedItem._meta.db_table} i
    WHERE o.operator_id = ANY({_OF_SEVERAL}) AND i.system_id = ANY({_ALL_SYSTEMS})
      AND i.operator_id = o.operator_id AND i.kind = '{kind.value}'
      AND i.external_id = o.external_id AND i.record_id = o.id) u ON true)"""


_TOLD_BY = (
    "SELECT channel, NULL::bigint FROM {} WHERE operator_id = %(operator)s AND id >= %(since)s"
)
# The union leaves each once.
_SENDERS_SQL = f"""
{_TOLD_BY.format(Purchase._meta.db_table)} AND state = 'current'
UNION {_TOLD_BY.format(Sale._meta.db_table)} AND state = 'current'
UNION SELECT s.kind, s.id FROM {SelfBuiltSystem._meta.db_table} s
WHERE (s.operator_id = %(operator)s OR EXISTS (
    SELECT FROM {SystemClient._meta.db_table} c
    WHERE c.system_id = s.id AND c.operator_id = %(operator)s))
  AND EXISTS (
    SELECT FROM {UploadedItem._meta.db_table} u
    WHERE u.system_id = s.id AND u.operator_id = %(operator)s)"""

_SQL = {
    Kind.PURCHASE: _pairs_sql(
        Purchase._meta.db_table, "purchased_on", "supplier_name", RecordKind.PURCHASES
    ),
    Kind.SALE: _pairs_sql(Sale._meta.db_table, "sold_on", "buyer_name", RecordKind.SALES),
}

_ASKED = (
    "unnest(%(things)s::text::bigint[], %(partners)s::text::bigint[], %(days)s::text::date[])"
    " AS k(thing_id, partner_id, day)"
)
_SAID = "k.thing_id, k.partner_id, k.day, o.product_id, o.channel, o.quantity, o.unit, ou.system_id"
_OTHERS = """o.operator_id = %(operator)s AND o.id >= %(since)s AND o.state = 'current'
  AND NOT o.channel = ANY(%(left_out)s)
  AND (o.channel <> %(channel)s OR ou.system_id IS NOT NULL)"""
_TOLD_SQL = {
    Kind.PURCHASE: f"""
SELECT {_SAID} FROM {_ASKED}
JOIN {Purchase._meta.db_table} o ON o.product_id = k.thing_id AND o.purchased_on = k.day
  AND o.partner_id = k.partner_id
{_sender(RecordKind.PURCHASES)}
WHERE {_OTHERS}""",
    Kind.SALE: f"""
SELECT {_SAID} FROM {_ASKED}
JOIN {Batch._meta.db_table} b ON b.operator_id = %(operator)s AND b.id = k.thing_id
JOIN {Sale._meta.db_table} o ON o.product_id = b.product_id AND o.sold_on = k.day
  AND o.partner_id = k.partner_id
{_sender(RecordKind.SALES)}
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
