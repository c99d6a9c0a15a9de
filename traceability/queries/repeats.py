"""Deliveries that are told a second time: which of them stand in the ledger already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from enterprises.models import Operator
from shilian.clock import start_of
from shilian.db.ids import lower_bound
from traceability.models import Batch, Purchase
from traceability.rules.purchases import PurchaseDraft

# Stands in no text that was read from anywhere.
UNIT = "\x1f"


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
    return DeliveryKey(
        draft.product_id,
        draft.supplier_id,
        draft.purchased_on,
        draft.quantity,
        draft.unit,
        draft.voucher_number,
        draft.batch_number,
        draft.produced_on,
    )


def recorded_purchases(operator: Operator, keys: Sequence[DeliveryKey]) -> dict[DeliveryKey, int]:
    """Of the deliveries, those that the ledger has, with their records. Cost: one query."""
    if not keys:
        return {}
    products, partners, days, quantities, units, vouchers, batches, made = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORDED_SQL,
            [
                _array(map(str, products)),
                _array(map(str, partners)),
                _array(map(date.isoformat, days)),
                _array(map(str, quantities)),
                UNIT.join(units),
                UNIT.join(vouchers),
                UNIT.join(batches),
                _array("NULL" if day is None else day.isoformat() for day in made),
                operator.pk,
                # Nothing is recorded before it happens: earlier months need no look.
                lower_bound(start_of(min(days))),
            ],
        )
        return {keys[place - 1]: id_ for place, id_ in cursor.fetchall()}


def _array(items: Iterable[str]) -> str:
    """An array as PostgreSQL writes it: item by item through the driver took ten times as long."""
    return f"{{{','.join(items)}}}"


_RECORDED_SQL = f"""
SELECT k.place, p.id
FROM unnest(%s::text::bigint[], %s::text::bigint[], %s::text::date[], %s::text::numeric[],
  string_to_array(%s, chr(31)), string_to_array(%s, chr(31)), string_to_array(%s, chr(31)),
  %s::text::date[]) WITH ORDINALITY
  AS k(product_id, partner_id, purchased_on, quantity, unit, voucher, batch_number, produced_on, place)
JOIN {Purchase._meta.db_table} p ON p.product_id = k.product_id
  AND p.purchased_on = k.purchased_on AND p.partner_id = k.partner_id
  AND p.quantity = k.quantity AND p.unit = k.unit AND p.voucher_number = coalesce(k.voucher, '')
  AND p.state = 'current'
JOIN {Batch._meta.db_table} b ON b.id = p.batch_id AND b.batch_number = coalesce(k.batch_number, '')
  AND b.produced_on IS NOT DISTINCT FROM k.produced_on
WHERE p.operator_id = %s AND p.id >= %s"""
