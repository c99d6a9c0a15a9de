"""One shop with a day's work behind it, for the tests of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client

from enterprises.models import Operator, Person
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.builders.traceability import make_partner, make_product, partner_of
from traceability.models import (
    Batch,
    EvidenceDocument,
    FactoryInspection,
    IncomingDraft,
    Partner,
    Product,
    Purchase,
)
from traceability.operations import production, purchases, sales
from traceability.rules.inspections import InspectionDraft
from traceability.rules.production import ProductionDraft, ProductionInput
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft


@dataclass(slots=True)
class Shop:
    """``client`` is signed in as the owner."""

    operator: Operator
    person: Person
    client: Client
    supplier: Partner
    product: Product

    @property
    def actor(self) -> Any:
        return build.owner_of(self.operator)


def make_shop(**facts: Any) -> Shop:
    """An activated enterprise with one supplier, one product and nothing recorded."""
    operator = build.make_operator(**({"name": "老张粮油店"} | facts))
    person = build.make_person(login=f"boss{operator.pk}", name="张老板")
    build.give_role(person, Role.OWNER, operator=operator)
    client = Client()
    client.force_login(person)
    return Shop(
        operator=operator,
        person=person,
        client=client,
        supplier=make_partner(operator, name="绿源合作社"),
        product=make_product(operator, name="面粉", pinyin="mf"),
    )


def buy(shop: Shop, **facts: Any) -> Purchase:
    """Goods recorded today by the real operation."""
    today = clock.today()
    neutral: dict[str, Any] = {
        "product_id": shop.product.pk,
        "supplier_id": shop.supplier.pk,
        "quantity": Decimal(10),
        "unit": "袋",
        "purchased_on": today,
        "produced_on": today.replace(day=1),
        "voucher_number": "P-1",
    }
    [purchase] = purchases.record_purchases(
        by=shop.actor,
        operator=shop.operator,
        drafts=[PurchaseDraft(**(neutral | facts))],
        at=clock.now(),
    )
    return purchase


def send_to(shop: Shop, *, quantity: int = 4, name: str = "盛禾批发") -> IncomingDraft:
    """A registered seller's sale that waits at the shop."""
    seller = make_shop(name=name, is_wholesale=True)
    batch = Batch.objects.get(pk=buy(seller).batch_id)
    buyer = partner_of(seller.operator, shop.operator)
    sales.record_sales(
        by=seller.actor,
        operator=seller.operator,
        drafts=[SaleDraft(batch.pk, buyer.pk, Decimal(quantity), "袋", clock.today())],
        at=clock.now(),
    )
    return IncomingDraft.objects.get(operator=shop.operator, seller_operator_id=seller.operator.pk)


def make_paper(shop: Shop, **facts: Any) -> EvidenceDocument:
    neutral: dict[str, Any] = {
        "partner": shop.supplier,
        "kind": EvidenceDocument.Kind.LICENCE,
        "number": "JY13701020000001",
        "sha256": "0" * 64,
        "file_path": "evidence/00/none.jpg",
        "media_type": "image/jpeg",
        "byte_count": 10,
        "uploaded_at": clock.now(),
    }
    return EvidenceDocument.objects.create(operator=shop.operator, **(neutral | facts))


def bake(shop: Shop, *inputs: tuple[int, int]) -> Batch:
    """Bread made today; ``inputs`` are pairs of batch id and quantity."""
    product = make_product(shop.operator, name="馒头", pinyin="mt", is_own_made=True)
    draft = ProductionDraft(
        product.pk,
        Decimal(50),
        "袋",
        clock.today(),
        tuple(ProductionInput(id_, Decimal(quantity)) for id_, quantity in inputs),
        "M-1",
    )
    [batch] = production.record_production(
        by=shop.actor, operator=shop.operator, drafts=[draft], at=clock.now()
    )
    return batch


def inspect(shop: Shop, batch: Batch) -> FactoryInspection:
    draft = InspectionDraft(batch.pk, clock.today(), "passed", "J-1")
    [found] = production.record_inspections(
        by=shop.actor, operator=shop.operator, drafts=[draft], at=clock.now()
    )
    return found
