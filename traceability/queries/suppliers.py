"""What an operator's own books say about its products, partners and papers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Max

from enterprises.models import Licence, Operator
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
    rows = Product.objects.filter(operator=operator, pk__in=ids).order_by("pk")
    if locked:
        rows = rows.select_for_update(no_key=True)
    fields = (
        "id",
        "name",
        "specification",
        "unit",
        "goods_class",
        "is_farm_produce",
        "is_imported",
        "is_own_made",
        "shelf_life_value",
        "shelf_life_unit",
        "origin",
        "maker_name",
    )
    return {row["id"]: _product(operator, row) for row in rows.values(*fields)}


def _product(operator: Operator, row: dict[str, Any]) -> ProductFacts:
    own_made = bool(row["is_own_made"])
    value = row["shelf_life_value"]
    return ProductFacts(
        **row,
        shelf_life=f"{value}{_UNIT_LABELS[row['shelf_life_unit']]}" if value else "",
        maker_operator_id=operator.pk if own_made else None,
    )


def partner_facts(
    operator: Operator, ids: Collection[int], *, locked: bool = False
) -> dict[int, PartnerFacts]:
    """The operator's own partners among the ids, with the licence and address of those that are registered.

    A partner whose credit code has been registered meanwhile is seen as registered.
    Cost: at most three queries.
    """
    rows = Partner.objects.filter(operator=operator, pk__in=ids).order_by("pk")
    if locked:
        rows = rows.select_for_update(no_key=True)
    found = {row.pk: _partner(row) for row in rows}
    found = _linked_by_code(found)
    return _with_register(found)


def _partner(row: Partner) -> PartnerFacts:
    return PartnerFacts(
        id=row.pk,
        name=row.name,
        credit_code=row.credit_code,
        operator_id=row.linked_operator_id,
        address=row.address,
        contact=f"{row.contact_name} {row.contact_phone}".strip()[:60],
        licence_valid_until=row.licence_valid_until,
        is_supplier=row.is_supplier,
        is_buyer=row.is_buyer,
    )


def _linked_by_code(found: dict[int, PartnerFacts]) -> dict[int, PartnerFacts]:
    codes = {p.credit_code for p in found.values() if p.credit_code and p.operator_id is None}
    if not codes:
        return found
    registered = registered_by_code(codes)
    return {
        id_: replace(p, operator_id=p.operator_id or registered.get(p.credit_code))
        for id_, p in found.items()
    }


def registered_by_code(codes: Iterable[str]) -> dict[str, int]:
    """The registered operators with exactly these credit codes."""
    rows = Operator.objects.filter(credit_code__in=set(codes)).values_list("credit_code", "pk")
    return dict(rows)


def _with_register(found: dict[int, PartnerFacts]) -> dict[int, PartnerFacts]:
    """The same with the licence that the register has, and its address where none was typed.

    The address of a licence is public; its phone is not, and stays with who typed it.
    """
    linked = {p.operator_id for p in found.values() if p.operator_id is not None}
    if not linked:
        return found
    rows = (
        Licence.objects.filter(operator_id__in=linked, valid_until__isnull=False)
        .values_list("operator_id", "operator__address")
        .annotate(Max("valid_until"))
    )
    known = {operator_id: (until, address) for operator_id, address, until in rows}
    return {id_: _as_registered(p, known) for id_, p in found.items()}


def _as_registered(partner: PartnerFacts, known: Mapping[int, tuple[date, str]]) -> PartnerFacts:
    if partner.operator_id is None or partner.operator_id not in known:
        return partner
    until, address = known[partner.operator_id]
    return replace(partner, licence_valid_until=until, address=partner.address or address)


def paper_facts(operator: Operator, ids: Collection[int]) -> dict[int, PaperFacts]:
    """The operator's own papers among the ids. Cost: one query, none without ids."""
    if not ids:
        return {}
    rows = EvidenceDocument.objects.filter(operator=operator, pk__in=ids)
    return {row.pk: PaperFacts(row.pk, str(row), row.valid_until) for row in rows}


def valid_papers(operator: Operator, partner_id: int, *, on: date) -> list[EvidenceDocument]:
    """The papers of one supplier that may be used again, the longest valid first."""
    return list(
        EvidenceDocument.objects.filter(operator=operator, partner_id=partner_id, is_retired=False)
        .valid_on(on)
        .order_by("-valid_until", "-pk")
    )
