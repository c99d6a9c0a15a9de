"""The seller's own paper of a sale: all that its buyer receives to accept or refuse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from enterprises.models import Operator
from shilian.text import normalise
from traceability.models import Batch, IncomingDraft, Product, Sale
from traceability.rules.goods import ProductFacts

_PRODUCT_FIELDS = (
    "category_id",
    "is_imported",
    "shelf_life_value",
    "shelf_life_unit",
    "storage",
    "gtin",
    "maker_address",
    "maker_credit_code",
)


def product_papers(operator: Operator, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What the seller's catalogue adds to its batches. Cost: one query."""
    rows = Product.objects.filter(operator=operator, pk__in=ids).values("id", *_PRODUCT_FIELDS)
    return {row.pop("id"): row for row in rows}


def write_paper(
    operator: Operator, sale: Sale, batch: Batch, product: dict[str, Any]
) -> dict[str, Any]:
    """The facts on the seller's paper, ready for JSON."""
    is_maker = batch.maker_operator_id == operator.pk
    return {
        "seller_name": operator.name,
        "seller_credit_code": operator.credit_code,
        "seller_address": operator.address,
        "seller_contact_name": operator.contact_name,
        "seller_phone": operator.contact_phone,
        "name": batch.name,
        "specification": batch.specification,
        "unit": batch.unit,
        "goods_class": batch.goods_class,
        "is_farm_produce": batch.is_farm_produce,
        "batch_number": batch.batch_number,
        "produced_on": _iso(batch.produced_on),
        "expires_on": _iso(batch.expires_on),
        "shelf_life": batch.shelf_life,
        "origin_place": batch.origin_place,
        "maker_name": operator.name if is_maker else batch.maker_name,
        "maker_operator_id": batch.maker_operator_id,
        "certificate_number": sale.certificate_number,
        "voucher_number": sale.voucher_number,
        **product,
        **({"maker_credit_code": operator.credit_code} if is_maker else {}),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Paper:
    """An incoming draft's facts, read back."""

    facts: dict[str, Any]

    @property
    def produced_on(self) -> date | None:
        return _day(self.facts.get("produced_on"))

    @property
    def product_key(self) -> tuple[str, str, str, str]:
        """What makes two products of one operator the same, whatever width they are written in."""
        facts = self.facts
        name, maker = normalise(facts["name"]), normalise(facts["maker_name"])
        return (name, facts["specification"], facts["unit"], maker)

    @property
    def seller_contact(self) -> str:
        return f"{self.facts['seller_contact_name']} {self.facts['seller_phone']}".strip()[:60]

    def product_facts(self, product_id: int) -> ProductFacts:
        """The goods as the paper describes them, under the buyer's own product."""
        facts = self.facts
        return ProductFacts(
            id=product_id,
            name=facts["name"],
            specification=facts["specification"],
            unit=facts["unit"],
            category=facts.get("category_id") or "",
            goods_class=facts["goods_class"],
            is_farm_produce=facts["is_farm_produce"],
            is_imported=bool(facts.get("is_imported")),
            shelf_life=facts["shelf_life"],
            shelf_life_value=facts.get("shelf_life_value"),
            shelf_life_unit=facts.get("shelf_life_unit") or "",
            origin=facts["origin_place"],
            maker_name=facts["maker_name"],
            maker_operator_id=facts["maker_operator_id"],
        )


def paper_of(draft: IncomingDraft) -> Paper:
    return Paper(draft.facts)
