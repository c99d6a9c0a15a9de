"""Deliveries that are told a second time: which of them stand in the ledger already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from enterprises.models import Operator
from shilian.clock import start_of
from shilian.db import lists
from shilian.db.ids import lower_bound, made_at, new_id
from traceability.models import Batch, Purchase
from traceability.rules.purchases import PurchaseDraft

# Stands in no text that was read from anywhere.
APART = "\x1f"


class DeliveryKey(NamedTuple):
    """What makes two records tell of one delivery."""

    product_id: int
    partner_id: int
    purchased_on: date
    quantity: Decimal
    unit: str
    voucher_number: str
    batch_number: str
    produced_on: date | None


def delivery_key(draft: PurchaseDraft) -> DeliveryKey:
    # Not through the constructor: its detour takes as long as everything else here.
    return tuple.__new__(
        DeliveryKey,
        (
            draft.product_id,
            draft.supplier_id,
            draft.purchased_on,
            draft.quantity,
            draft.unit,
            draft.voucher_number,
            draft.batch_number,
            draft.produced_on,
        ),
    )


def recorded_purchases(operator: Operator, keys: Sequence[DeliveryKey]) -> dict[DeliveryKey, int]:
    """Of the deliveries, those that the ledger has, with their records.

    Deliveries that differ only by their papers are looked for together, so that a ledger of few
    goods and days is read once for all of them. Cost: one query, and a second when there are some.
    """
    if not keys:
        return {}
    alike = list(dict.fromkeys(key[:4] for key in keys))
    with connection.cursor() as cursor:
        vouchers = {"vouchers": lists.texts({key.voucher_number for key in keys})}
        cursor.execute(_ANY_SQL, _asked(operator, alike) | vouchers)
        told = [alike[place - 1] for (place,) in cursor.fetchall()]
        if not told:
            return {}
        alike_ones = set(told)
        papers = lists.texts({_papers(key) for key in keys if key[:4] in alike_ones})
        cursor.execute(_RECORDED_SQL, _asked(operator, told) | {"papers": papers})
        found = {DeliveryKey._make(said): id_ for id_, *said in cursor.fetchall()}
    return {key: found[key] for key in keys if key in found}


def _asked(operator: Operator, alike: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """The parameters that ask for these products, partners, days and quantities."""
    products, partners, days, quantities = zip(*alike, strict=True)
    return {
        "products": lists.array(products),
        "partners": lists.array(partners),
        "days": lists.array(days),
        "quantities": lists.array(quantities),
        # Nothing is recorded before it happens, and ids only grow: other months need no look.
        "oldest": lower_bound(start_of(min(days))),
        "newest": lower_bound(made_at(new_id()) + timedelta(days=1)),
        "operator": operator.pk,
    }


def _papers(key: DeliveryKey) -> str:
    """What else tells deliveries apart, as ``_RECORDED_SQL`` puts it together of a record."""
    made = "" if key.produced_on is None else key.produced_on.isoformat()
    return f"{key.unit}{APART}{key.voucher_number}{APART}{key.batch_number}{APART}{made}"


# One probe of the index of same deliveries for each kind of delivery; what it finds is looked up
# among all papers at once. Left to itself the planner reads the whole ledger of an operator whose
# thousands of new rows its statistics do not know of yet.
_KINDS = """unnest(%(products)s::text::bigint[], %(partners)s::text::bigint[],
  %(days)s::text::date[], %(quantities)s::text::numeric[])"""
_ALIKE = f"""
  FROM {Purchase._meta.db_table} p
  WHERE p.product_id = k.product_id AND p.purchased_on = k.purchased_on
    AND p.partner_id = k.partner_id AND p.quantity = k.quantity AND p.state = 'current'
    AND p.id >= %(oldest)s AND p.id < %(newest)s"""
# Asked first, for most deliveries are like no other or have a voucher of their own, and batches lie
# in every month's partition.
_ANY_SQL = f"""
SELECT k.place
FROM {_KINDS} WITH ORDINALITY AS k(product_id, partner_id, purchased_on, quantity, place)
CROSS JOIN LATERAL (SELECT 1 {_ALIKE} AND p.operator_id = %(operator)s
    AND p.voucher_number = ANY({lists.TEXTS % "%(vouchers)s"}) LIMIT 1) p"""
_RECORDED_SQL = f"""
SELECT p.id, k.product_id, k.partner_id, k.purchased_on, k.quantity, p.unit, p.voucher_number,
  b.batch_number, b.produced_on
FROM {_KINDS} AS k(product_id, partner_id, purchased_on, quantity)
CROSS JOIN LATERAL (
  SELECT p.id, p.operator_id, p.batch_id, p.unit, p.voucher_number {_ALIKE}
  OFFSET 0) p
CROSS JOIN LATERAL (
  SELECT b.batch_number, b.produced_on FROM {Batch._meta.db_table} b
  WHERE b.id = p.batch_id
  OFFSET 0) b
WHERE p.operator_id = %(operator)s
  AND p.unit || chr(31) || p.voucher_number || chr(31) || b.batch_number || chr(31)
    || coalesce(to_char(b.produced_on, 'YYYY-MM-DD'), '')
  = ANY({lists.TEXTS % "%(papers)s"})"""
