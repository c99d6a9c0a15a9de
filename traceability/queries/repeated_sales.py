"""Whether a sale that a sheet tells of stands in the ledger already, as one record or as several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection

from enterprises.models import Operator
from shilian.clock import start_of
from shilian.db.ids import lower_bound
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import Batch, Product, Sale
from traceability.queries.named_batches import Named, folded


@dataclass(frozen=True, slots=True)
class SaleKey:
    """To whom, how much, when, on which voucher."""

    buyer_id: int
    quantity: Decimal
    unit: str
    sold_on: date
    voucher_number: str


@dataclass(frozen=True, slots=True)
class _Told:
    sale_id: int
    name: str
    specification: str
    batch_numbers: frozenset[str]


@dataclass(slots=True)
class RecordedSales:
    """The sales of some days, to be found by what a row says of them."""

    _by_key: dict[SaleKey, list[_Told]] = field(default_factory=dict)

    def add(self, key: SaleKey, told: _Told) -> None:
        self._by_key.setdefault(key, []).append(told)

    def find(self, key: SaleKey, named: Named) -> int | None:
        """The record, or the first of the records, that say the same of these goods."""
        for told in self._by_key.get(key, ()):
            if _is_of(told, named):
                return told.sale_id
        return None


def _is_of(told: _Told, named: Named) -> bool:
    if told.name != normalise(named.name):
        return False
    if named.specification and normalise(told.specification) != named.specification:
        return False
    return not named.batch_number or folded(named.batch_number) in told.batch_numbers


# The parts of one row were written in one call and keep the same typed text.
_SQL = f"""
SELECT array_agg(s.id ORDER BY s.id), s.product_id, s.partner_id, s.unit, s.sold_on,
  s.voucher_number, array_agg(s.quantity ORDER BY s.id),
  array_agg(b.batch_number ORDER BY s.id)
FROM {Sale._meta.db_table} s JOIN {Batch._meta.db_table} b ON b.id = s.batch_id
WHERE s.operator_id = %s AND s.state = 'current' AND s.sold_on = ANY (%s) AND s.id >= %s
  AND s.product_id = ANY (%s) AND s.partner_id IS NOT NULL
GROUP BY s.product_id, s.partner_id, s.unit, s.sold_on, s.voucher_number, s.recorded_at,
  md5(s.raw::text)"""


def recorded_sales(operator: Operator, names: Iterable[str], days: Sequence[date]) -> RecordedSales:
    """The operator's current sales of these goods on these days. Cost: two queries."""
    found = RecordedSales()
    if not days:
        return found
    rows = Product.objects.filter(operator=operator, name__in=spelled_as(names))
    products = {
        pk: (name, size) for pk, name, size in rows.values_list("pk", "name", "specification")
    }
    with connection.cursor() as cursor:
        # Nothing is recorded before it happens: earlier months need no look.
        since = lower_bound(start_of(min(days)))
        cursor.execute(_SQL, [operator.pk, list(set(days)), since, list(products)])
        for ids, product_id, buyer_id, unit, day, voucher, amounts, numbers in cursor.fetchall():
            name, size = products[product_id]
            single = zip(ids, amounts, numbers, strict=True)
            told = [(id_, amount, {folded(number)}) for id_, amount, number in single]
            if len(ids) > 1:
                told.append((ids[0], sum(amounts), {folded(number) for number in numbers}))
            for id_, amount, which in told:
                key = SaleKey(buyer_id, amount, unit, day, voucher)
                found.add(key, _Told(id_, normalise(name), size, frozenset(which)))
    return found
