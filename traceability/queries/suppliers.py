"""What an operator's own books say about its products, partners and papers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from enterprises.models import Licence, Operator
from shilian.db import lists
from shilian.db.together import Statement, execute_together
from traceability.models import EvidenceDocument, Partner, Product, ShelfLifeUnit
from traceability.rules.goods import PaperFacts, PartnerFacts, ProductFacts

_UNIT_LABELS = dict(ShelfLifeUnit.choices)


def product_facts(
    operator: Operator, ids: Collection[int], *, locked: bool = False
) -> dict[int, ProductFacts]:
    """The operator's own products among the ids. Cost: one query.

    ``locked`` keeps them from other writers until the transaction ends; always in the order of id,
    so that two writers wait for each other and never in a circle.
    """
    lock = " FOR NO KEY UPDATE" if locked else ""
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS_SQL + lock, [operator.pk, list(ids)])
        return {row[0]: _product(operator.pk, *row) for row in cursor.fetchall()}


_PRODUCT_FIELDS = (
    "id",
    "name",
    "specification",
    "unit",
    "category_id",
    "goods_class",
    "is_farm_produce",
    "is_imported",
    "is_own_made",
    "shelf_life_value",
    "shelf_life_unit",
    "origin",
    "maker_name",
)
_OF_PRODUCTS = f"FROM {Product._meta.db_table} p WHERE p.operator_id = %s AND"
_PRODUCTS_SQL = f"SELECT {', '.join(_PRODUCT_FIELDS)} {_OF_PRODUCTS} id = ANY(%s) ORDER BY id"


# Uploads name the same goods again and again, and a row that says the same means the same.
@lru_cache(maxsize=8192)
def _product(
    operator_id: int,
    id_: int,
    name: str,
    specification: str,
    unit: str,
    category: str | None,
    goods_class: str,
    is_farm_produce: bool,
    is_imported: bool,
    is_own_made: bool,
    life: int | None,
    life_unit: str,
    origin: str,
    maker_name: str,
) -> ProductFacts:
    return ProductFacts(
        id_,
        name,
        specification,
        unit,
        category or "",
        goods_class,
        is_farm_produce,
        is_imported,
        is_own_made,
        f"{life}{_UNIT_LABELS[life_unit]}" if life else "",
        life,
        life_unit,
        origin,
        maker_name,
        operator_id if is_own_made else None,
    )


def partner_facts(
    operator: Operator, ids: Collection[int], *, locked: bool = False
) -> dict[int, PartnerFacts]:
    """The operator's own partners among the ids, with the licence and address of those that are registered.

    A partner whose credit code has been registered meanwhile is seen as registered. ``locked`` keeps
    them from other writers, in the order of id. Cost: one query.
    """
    lock = " FOR NO KEY UPDATE OF p" if locked else ""
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS_SQL + lock, [operator.pk, list(ids)])
        return {row[0]: _partner(*row) for row in cursor.fetchall()}


# A partner is registered when it is linked, or when its credit code is on the register by now. Of a
# registered one the register's licence counts, and its address where none was typed: the address of
# a licence is public; the phone is not, and stays with who typed it.
_PARTNER_FIELDS = """p.id, p.name, p.credit_code, r.operator_id, p.address, p.contact_name,
  p.contact_phone, p.licence_valid_until, p.is_supplier, p.is_buyer, l.valid_until, l.address"""
_OF_PARTNERS = f"""
FROM {Partner._meta.db_table} p
CROSS JOIN LATERAL (SELECT coalesce(p.linked_operator_id,
  (SELECT o.id FROM {Operator._meta.db_table} o
   WHERE p.credit_code <> '' AND o.credit_code = p.credit_code LIMIT 1)) AS operator_id) r
LEFT JOIN LATERAL (SELECT max(c.valid_until) AS valid_until, o.address
  FROM {Licence._meta.db_table} c JOIN {Operator._meta.db_table} o ON o.id = c.operator_id
  WHERE c.operator_id = r.operator_id AND c.valid_until IS NOT NULL GROUP BY o.address) l ON true
WHERE p.operator_id = %s AND"""
_PARTNERS_SQL = f"SELECT {_PARTNER_FIELDS} {_OF_PARTNERS} p.id = ANY(%s) ORDER BY p.id"


@lru_cache(maxsize=8192)
def _partner(
    id_: int,
    name: str,
    credit_code: str,
    operator_id: int | None,
    address: str,
    contact_name: str,
    contact_phone: str,
    own_until: date | None,
    is_supplier: bool,
    is_buyer: bool,
    registered_until: date | None,
    registered_address: str | None,
) -> PartnerFacts:
    return PartnerFacts(
        id=id_,
        name=name,
        credit_code=credit_code,
        operator_id=operator_id,
        address=address or registered_address or "",
        contact=f"{contact_name} {contact_phone}".strip()[:60],
        licence_valid_until=registered_until or own_until,
        is_supplier=is_supplier,
        is_buyer=is_buyer,
    )


class NamedProduct(NamedTuple):
    """A product as the books name it; what was merged stands for the one it was merged into."""

    facts: ProductFacts
    gtin: str
    merged_into_id: int | None

    @property
    def meant_id(self) -> int:
        return self.merged_into_id or self.facts.id


class NamedPartner(NamedTuple):
    """A partner as the books name it; what was merged stands for the one it was merged into."""

    facts: PartnerFacts
    merged_into_id: int | None

    @property
    def meant_id(self) -> int:
        return self.merged_into_id or self.facts.id


class Named(NamedTuple):
    """What the books have under certain names and codes; the rows that count most stand last."""

    by_gtin: list[NamedProduct]
    by_name: list[NamedProduct]
    partners_by_code: list[NamedPartner]
    partners_by_name: list[NamedPartner]


def named(
    operator: Operator,
    *,
    gtins: Collection[str],
    products: Collection[str],
    codes: Collection[str],
    partners: Collection[str],
) -> Named:
    """What is in use, or was merged into something in use, under exactly these names and codes.

    Cost: one query with a statement for each kind of name that is asked for.
    """
    asked = ((_BY_GTIN, gtins), (_BY_NAME, products), (_BY_CODE, codes), (_BY_PARTNER, partners))
    statements = [Statement(sql, (operator.pk, lists.texts(said))) for sql, said in asked if said]
    answers = iter(execute_together(*statements))
    goods, same_goods, coded, people = (next(answers) if said else [] for _, said in asked)
    return Named(
        [_named_product(operator.pk, *row) for row in goods],
        [_named_product(operator.pk, *row) for row in same_goods],
        [_named_partner(*row) for row in coded],
        [_named_partner(*row) for row in people],
    )


def _named_product(
    operator_id: int, gtin: str, merged_into_id: int | None, *facts: Any
) -> NamedProduct:
    return NamedProduct(_product(operator_id, *facts), gtin, merged_into_id)


def _named_partner(merged_into_id: int | None, *facts: Any) -> NamedPartner:
    return NamedPartner(_partner(*facts), merged_into_id)


_MERGED = "CASE WHEN p.is_retired THEN p.merged_into_id END"
_KNOWN = "(NOT p.is_retired OR p.merged_into_id IS NOT NULL)"
_NAMED_PRODUCTS = f"SELECT p.gtin, {_MERGED}, {', '.join(_PRODUCT_FIELDS)} {_OF_PRODUCTS}"
_NAMED_PARTNERS = f"SELECT {_MERGED}, {_PARTNER_FIELDS} {_OF_PARTNERS}"
_BY_GTIN = f"{_NAMED_PRODUCTS} NOT p.is_retired AND p.gtin = ANY({lists.TEXTS}) ORDER BY p.id DESC"
_BY_NAME = (
    f"{_NAMED_PRODUCTS} {_KNOWN} AND p.name = ANY({lists.TEXTS}) ORDER BY p.is_retired DESC, p.id"
)
_BY_CODE = (
    f"{_NAMED_PARTNERS} {_KNOWN} AND p.credit_code = ANY({lists.TEXTS}) ORDER BY p.is_retired DESC"
)
_BY_PARTNER = f"{_NAMED_PARTNERS} {_KNOWN} AND p.name = ANY({lists.TEXTS}) ORDER BY p.is_retired DESC, p.id DESC"


def registered_by_code(codes: Iterable[str]) -> dict[str, int]:
    """The registered operators with exactly these credit codes."""
    rows = Operator.objects.filter(credit_code__in=set(codes)).values_list("credit_code", "pk")
    return dict(rows)


def paper_facts(operator: Operator, ids: Collection[int]) -> dict[int, PaperFacts]:
    """The operator's own papers among the ids. Cost: one query, none without ids."""
    if not ids:
        return {}
    rows = EvidenceDocument.objects.filter(operator=operator, pk__in=ids)
    return {row.pk: PaperFacts(row.pk, str(row), row.valid_until) for row in rows}


def papers_of(operator: Operator, ids: Collection[int]) -> list[EvidenceDocument]:
    """The operator's papers among the ids, the newest first. Cost: at most one query."""
    if not ids:
        return []
    return list(EvidenceDocument.objects.filter(operator=operator, pk__in=ids).order_by("-pk"))


def valid_papers(operator: Operator, partner_id: int, *, on: date) -> list[EvidenceDocument]:
    """The papers of one supplier that may be used again, the longest valid first."""
    return list(
        EvidenceDocument.objects.filter(operator=operator, partner_id=partner_id, is_retired=False)
        .valid_on(on)
        .order_by("-valid_until", "-pk")
    )
