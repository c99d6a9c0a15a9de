"""A buyer's own catalogue and address book, filled from the seller's papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from enterprises.models import Operator
from enterprises.rules.pinyin import initials
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import IncomingDraft, Partner, Product
from traceability.operations import book_use, papers
from traceability.operations.papers import Paper
from traceability.queries import suppliers
from traceability.rules.goods import PartnerFacts, ProductFacts

Key = tuple[str, str, str, str]


def products_from_papers(
    operator: Operator, drafts: Sequence[IncomingDraft], at: datetime
) -> dict[int, ProductFacts]:
    """The buyer's product for each draft, by the draft's id; missing ones are made.

    Two acceptances that make the same product at once end with one. Cost: at most four queries.
    """
    by_key = {papers.paper_of(draft).product_key: papers.paper_of(draft) for draft in drafts}
    names = spelled_as(paper.facts["name"] for paper in by_key.values())
    known = _products(operator, by_key, names)
    missing = [_product(operator, by_key[key], at) for key in sorted(by_key.keys() - known.keys())]
    if missing:
        Product.objects.bulk_create(missing, ignore_conflicts=True)
        known = _products(operator, by_key, names)
    book_use.touch_products(operator, known.values(), at)
    return {
        draft.pk: papers.paper_of(draft).product_facts(known[papers.paper_of(draft).product_key])
        for draft in drafts
    }


def _products(operator: Operator, keys: dict[Key, Paper], names: set[str]) -> dict[Key, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, specification, unit, maker_name, id FROM {Product._meta.db_table}"
            " WHERE operator_id = %s AND name = ANY(%s) ORDER BY id",
            [operator.pk, sorted(names)],
        )
        return {
            key: id_
            for name, specification, unit, maker, id_ in cursor.fetchall()
            if (key := (normalise(name), specification, unit, normalise(maker))) in keys
        }


def _product(operator: Operator, paper: Paper, at: datetime) -> Product:
    facts = paper.facts
    return Product(
        operator=operator,
        name=facts["name"],
        pinyin=initials(facts["name"]),
        specification=facts["specification"],
        unit=facts["unit"],
        category_id=facts.get("category_id"),
        goods_class=facts["goods_class"],
        is_farm_produce=facts["is_farm_produce"],
        is_imported=bool(facts.get("is_imported")),
        shelf_life_value=facts.get("shelf_life_value"),
        shelf_life_unit=facts.get("shelf_life_unit") or "",
        storage=facts.get("storage") or "",
        gtin=facts.get("gtin") or "",
        origin=facts["origin_place"],
        maker_name=facts["maker_name"],
        maker_address=facts.get("maker_address") or "",
        maker_credit_code=facts.get("maker_credit_code") or "",
        created_at=at,
    )


def sellers_from_papers(
    operator: Operator, drafts: Sequence[IncomingDraft], at: datetime
) -> dict[int, PartnerFacts]:
    """The buyer's supplier for each selling operator, by that operator's id; missing ones are made.

    Cost: at most five queries.
    """
    by_code = {draft.facts["seller_credit_code"]: draft for draft in drafts}
    known = _partners(operator, by_code)
    missing = [
        _partner(operator, by_code[code], at) for code in sorted(by_code.keys() - known.keys())
    ]
    if missing:
        Partner.objects.bulk_create(missing, ignore_conflicts=True)
        known = _partners(operator, by_code)
    book_use.touch_suppliers(operator, known.values(), at)
    facts = suppliers.partner_facts(operator, known.values())
    return {
        draft.seller_operator_id: facts[known[code]].as_on_paper(
            operator_id=draft.seller_operator_id,
            name=draft.facts["seller_name"],
            address=draft.facts["seller_address"],
            contact=papers.paper_of(draft).seller_contact,
        )
        for code, draft in by_code.items()
    }


def _partners(operator: Operator, codes: dict[str, IncomingDraft]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT credit_code, id FROM {Partner._meta.db_table}"
            " WHERE operator_id = %s AND credit_code = ANY(%s)",
            [operator.pk, list(codes)],
        )
        return dict(cursor.fetchall())


def _partner(operator: Operator, draft: IncomingDraft, at: datetime) -> Partner:
    facts = draft.facts
    return Partner(
        operator=operator,
        name=facts["seller_name"],
        pinyin=initials(facts["seller_name"]),
        credit_code=facts["seller_credit_code"],
        linked_operator_id=draft.seller_operator_id,
        is_supplier=True,
        address=facts["seller_address"],
        contact_name=facts["seller_contact_name"],
        contact_phone=facts["seller_phone"],
        created_at=at,
    )
