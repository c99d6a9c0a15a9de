"""Deliveries that are told a second time: which of them stand in the ledger already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from enterprises.models import Operator
from traceability.models import Batch, Purchase
from traceability.rules.purchases import PurchaseDraft


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
    with connection.cursor() as cursor:
        cursor.execute(_RECORDED_SQL, [*map(list, zip(*keys, strict=True)), operator.pk])
        return {keys[place - 1]: id_ for place, id_ in cursor.fetchall()}


_RECORDED_SQL = f"""
SELECT k.place, p.id
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::numeric[], %s::varchar[], %s::varchar[],
  %s::varchar[], %s::date[]) WITH ORDINALITY
  AS k(product_id, partner_id, purchased_on, quantity, unit, voucher, batch_number, produced_on, place)
JOIN {Purchase._meta.db_table} p ON p.product_id = k.product_id
  AND p.purchased_on = k.purchased_on AND p.partner_id = k.partner_id
  AND p.quantity = k.quantity AND p.unit = k.unit AND p.voucher_number = k.voucher
  AND p.state = 'current'
JOIN {Batch._meta.db_table} b ON b.id = p.batch_id AND b.batch_number = k.batch_number
  AND b.produced_on IS NOT DISTINCT FROM k.produced_on
WHERE p.operator_id = %s"""
