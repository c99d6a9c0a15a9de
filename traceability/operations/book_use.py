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
# Uploads come by the second and name the same goods: the order in the pickers needs no more. A row
# that another holds is noted by a later upload: nobody waits, and never in a circle.
_NOTED_EVERY = timedelta(minutes=10)
_NOTED_LONG_AGO = "last_used_at IS NULL OR last_used_at < %s"
_REGISTERED_SINCE = (
    "linked_operator_id IS NULL AND credit_code <> '' AND EXISTS"
    f" (SELECT FROM {Operator._meta.db_table} o WHERE o.credit_code = p.credit_code)"
)


def _where(use: str, table: str, condition: str) -> str:
    return (
        f"{use} WHERE id = ANY(ARRAY(SELECT id FROM {table} p{_NAMED} AND ({condition})"
        " FOR NO KEY UPDATE SKIP LOCKED))"
    )


_PRODUCTS_NOTED = _where(_USE_PRODUCTS, Product._meta.db_table, _NOTED_LONG_AGO)
_PARTNERS_NOTED = _where(
    _USE_PARTNERS, Partner._meta.db_table, f"{_NOTED_LONG_AGO} OR {_REGISTERED_SINCE}"
)


def touch_products(operator: Operator, ids: Iterable[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS_USED, [at, operator.pk, lists.array(sorted(set(ids)))])


def touch_partners(operator: Operator, partners: Iterable[PartnerFacts], at: datetime) -> None:
    """Remember the use; a partner that has registered meanwhile is linked from now on."""
    ids = sorted({partner.id for partner in partners})
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS_USED, [at, operator.pk, lists.array(ids)])


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
    now and then, but that a partner has registered at once.
    """
    goods = (at, operator.pk, lists.array(sorted(products)))
    people = (at, operator.pk, lists.array(sorted(partners)))
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
