"""That products and partners were used: what was used last is offered first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from enterprises.models import Operator
from shilian.db import lists
from shilian.db.together import Statement
from traceability.models import Partner, Product
from traceability.rules.goods import PartnerFacts

_USE_PRODUCTS = f"UPDATE {Product._meta.db_table} SET last_used_at = %s"
_USE_PARTNERS = (
    f"UPDATE {Partner._meta.db_table} p SET last_used_at = %s, linked_operator_id ="
    f" coalesce((SELECT o.id FROM {Operator._meta.db_table} o"
    "  WHERE o.credit_code = p.credit_code LIMIT 1), p.linked_operator_id)"
)
_NAMED = f" WHERE operator_id = %s AND id = ANY({lists.NUMBERS})"
_PRODUCTS_USED, _PARTNERS_USED = _USE_PRODUCTS + _NAMED, _USE_PARTNERS + _NAMED
# Uploads come by the second and name the same goods: the order in the pickers needs no more. Rows
# that another holds are being noted by that one: nobody waits, and never in a circle.
_NOTED_EVERY = timedelta(minutes=10)


def _unless_noted(use: str, table: str) -> str:
    return (
        f"{use} WHERE id = ANY(ARRAY(SELECT id FROM {table}{_NAMED}"
        " AND (last_used_at IS NULL OR last_used_at < %s) FOR NO KEY UPDATE SKIP LOCKED))"
    )


_PRODUCTS_NOTED = _unless_noted(_USE_PRODUCTS, Product._meta.db_table)
_PARTNERS_NOTED = _unless_noted(_USE_PARTNERS, Partner._meta.db_table)


def touch_products(operator: Operator, ids: Iterable[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS_USED, [at, operator.pk, lists.numbers(sorted(set(ids)))])


def touch_partners(operator: Operator, partners: Iterable[PartnerFacts], at: datetime) -> None:
    """Remember the use; a partner that has registered meanwhile is linked from now on."""
    ids = sorted({partner.id for partner in partners})
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS_USED, [at, operator.pk, lists.numbers(ids)])


def touching(
    operator: Operator,
    products: Iterable[int],
    partners: Iterable[int],
    at: datetime,
    *,
    is_typed: bool,
) -> tuple[Statement, Statement]:
    """The statements that do the same for both, by their ids.

    What a person typed is noted at once, and the caller has locked it; what a system sends is noted
    now and then.
    """
    goods = (at, operator.pk, lists.numbers(sorted(products)))
    people = (at, operator.pk, lists.numbers(sorted(partners)))
    if is_typed:
        return Statement(_PRODUCTS_USED, goods), Statement(_PARTNERS_USED, people)
    before = at - _NOTED_EVERY
    return (
        Statement(_PRODUCTS_NOTED, (*goods, before)),
        Statement(_PARTNERS_NOTED, (*people, before)),
    )


def touch_suppliers(operator: Operator, ids: Iterable[int], at: datetime) -> None:
    """Remember the use of partners that have now supplied something."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Partner._meta.db_table} SET is_supplier = true, last_used_at = %s"
            " WHERE operator_id = %s AND id = ANY(%s)",
            [at, operator.pk, sorted(set(ids))],
        )
