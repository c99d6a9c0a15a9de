"""Typed builders of products, partners and drafts; name the one fact that matters in the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from enterprises.models import Operator
from shilian.clock import business_day
from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import Batch, IncomingDraft, Partner, Product, Purchase, Sale
from traceability.operations import purchases, sales
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft

TODAY = business_day(AT)
_numbers = count(1)


def make_product(operator: Operator, *, name: str = "", **facts: Any) -> Product:
    neutral: dict[str, Any] = {
        "specification": "500克/袋",
        "unit": "袋",
        "shelf_life_value": 12,
        "shelf_life_unit": "month",
        "created_at": AT,
    }
    return Product.objects.create(
        operator=operator, name=name or f"面粉{next(_numbers)}", **(neutral | facts)
    )


def make_partner(operator: Operator, *, name: str = "", **facts: Any) -> Partner:
    neutral: dict[str, Any] = {
        "is_supplier": True,
        "is_buyer": True,
        "address": "文化路8号",
        "contact_name": "李四",
        "contact_phone": "13900000000",
        "created_at": AT,
    }
    return Partner.objects.create(
        operator=operator, name=name or f"第{next(_numbers)}供应站", **(neutral | facts)
    )


def partner_of(operator: Operator, other: Operator, **facts: Any) -> Partner:
    """The other, registered operator in this operator's address book."""
    return make_partner(
        operator,
        name=other.name,
        credit_code=other.credit_code,
        linked_operator_id=other.pk,
        **facts,
    )


def purchase_draft(product: Product, supplier: Partner, **facts: Any) -> PurchaseDraft:
    draft = PurchaseDraft(
        product_id=product.pk,
        supplier_id=supplier.pk,
        quantity=Decimal(10),
        unit=product.unit,
        purchased_on=TODAY,
        produced_on=date(2026, 11, 1),
        voucher_number="P-1",
    )
    return replace(draft, **facts)


def make_purchase(
    operator: Operator | None = None, *, product: Product | None = None, **facts: Any
) -> Purchase:
    """A purchase recorded by the real operation."""
    operator = operator or make_operator()
    product = product or make_product(operator)
    draft = purchase_draft(product, make_partner(operator), **facts)
    [purchase] = purchases.record_purchases(
        by=owner_of(operator), operator=operator, drafts=[draft], at=AT
    )
    return purchase


def batch_of(purchase: Purchase) -> Batch:
    return Batch.objects.get(pk=purchase.batch_id)


def sale_draft(batch: Batch, buyer: Partner, **facts: Any) -> SaleDraft:
    draft = SaleDraft(
        batch_id=batch.pk,
        buyer_id=buyer.pk,
        quantity=Decimal(4),
        unit=batch.unit,
        sold_on=TODAY,
        voucher_number="S-1",
    )
    return replace(draft, **facts)


def make_sale(
    seller: Operator, buyer: Operator, *, batch: Batch | None = None, **facts: Any
) -> Sale:
    """A sale recorded by the real operation; the registered buyer has it waiting."""
    batch = batch or batch_of(make_purchase(seller))
    partner = Partner.objects.filter(operator=seller, credit_code=buyer.credit_code).first()
    draft = sale_draft(batch, partner or partner_of(seller, buyer), **facts)
    [sale] = sales.record_sales(by=owner_of(seller), operator=seller, drafts=[draft], at=AT)
    return sale


def make_incoming(
    buyer: Operator, *, seller: Operator | None = None, **facts: Any
) -> IncomingDraft:
    """Goods that wait for the buyer's answer."""
    sale = make_sale(seller or make_operator(), buyer, **facts)
    return IncomingDraft.objects.get(sale_id=sale.pk)
