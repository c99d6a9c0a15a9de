"""That products and partners were used: what was used last is offered first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from enterprises.models import Operator
from traceability.models import Partner, Product
from traceability.rules.goods import PartnerFacts

_PRODUCTS_USED = (
    f"UPDATE {Product._meta.db_table} SET last_used_at = %s WHERE operator_id = %s AND id = ANY(%s)"
)
_PARTNERS_USED = (
    f"UPDATE {Partner._meta.db_table} p SET last_used_at = %s, linked_operator_id ="
    f" coalesce((SELECT o.id FROM {Operator._meta.db_table} o"
    "  WHERE o.credit_code = p.credit_code LIMIT 1), p.linked_operator_id)"
    " WHERE p.operator_id = %s AND p.id = ANY(%s)"
)
_BOOKS_USED = f"WITH products AS ({_PRODUCTS_USED}) {_PARTNERS_USED}"


def touch_products(operator: Operator, ids: Iterable[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS_USED, [at, operator.pk, sorted(set(ids))])


def touch_partners(operator: Operator, partners: Iterable[PartnerFacts], at: datetime) -> None:
    """Remember the use; a partner that has registered meanwhile is linked from now on."""
    ids = sorted({partner.id for partner in partners})
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS_USED, [at, operator.pk, ids])


def touch_books(
    operator: Operator, products: Iterable[int], partners: Iterable[int], at: datetime
) -> None:
    """The same for both, by their ids. Cost: one query."""
    used: list[Any] = [at, operator.pk, sorted(products), at, operator.pk, sorted(partners)]
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS_USED, used)


def touch_suppliers(operator: Operator, ids: Iterable[int], at: datetime) -> None:
    """Remember the use of partners that have now supplied something."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Partner._meta.db_table} SET is_supplier = true, last_used_at = %s"
            " WHERE operator_id = %s AND id = ANY(%s)",
            [at, operator.pk, sorted(set(ids))],
        )
