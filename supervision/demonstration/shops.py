"""One operator of the demonstration at work, through the platform's real operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Operator
from supervision.demonstration.catalogue import Goods
from supervision.demonstration.province import PlannedOperator
from traceability.models import Channel, IncomingDraft, Product
from traceability.operations import (
    catalogue,
    incoming,
    inspections,
    partners,
    production,
    purchases,
    sales,
)
from traceability.queries import stock
from traceability.queries.stock import StockLine
from traceability.rules.catalogue import ProductDraft
from traceability.rules.incoming import AcceptDraft
from traceability.rules.inspections import InspectionDraft
from traceability.rules.partners import PartnerDraft
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionInput
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft

SHORT_SHARE = 0.03
REFUSED_SHARE = 0.01


class Shop:
    """An operator with its own products and partners; ``random`` is its own stream."""

    def __init__(self, plan: PlannedOperator, operator: Operator, *, seed: int) -> None:
        self.plan = plan
        self.operator = operator
        self.random = Random(f"{seed}:{operator.credit_code}")
        self.actor: Actor = actor_for_operator(
            operator, channel=Channel.DEMO, name=plan.legal_person
        )
        self._products: dict[str, Product] = {}
        self._partners: dict[str, int] = {}

    def product(self, goods: Goods, *, at: datetime, maker: str = "") -> Product:
        """The shop's own entry for the goods, made when first needed."""
        if goods.name not in self._products:
            value, unit = goods.shelf_life or (None, "")
            draft = ProductDraft(
                name=goods.name,
                specification=goods.specification,
                unit=goods.unit,
                category=goods.category,
                shelf_life_value=value,
                shelf_life_unit=unit,
                storage=goods.storage,
                maker_name=maker,
                origin=self.plan.county.name,
            )
            self._products[goods.name] = catalogue.save_product(
                by=self.actor, operator=self.operator, draft=draft, at=at
            )
        return self._products[goods.name]

    def partner(self, draft: PartnerDraft, *, at: datetime) -> int:
        """The shop's own entry for a supplier or buyer, made when first needed."""
        if draft.name not in self._partners:
            saved = partners.save_partner(by=self.actor, operator=self.operator, draft=draft, at=at)
            self._partners[draft.name] = saved.pk
        return self._partners[draft.name]

    def as_buyer(self) -> PartnerDraft:
        """How a seller enters this shop in its address book."""
        operator = self.operator
        return PartnerDraft(
            name=operator.name,
            credit_code=operator.credit_code,
            is_buyer=True,
            address=operator.address,
            contact_name=operator.contact_name,
            contact_phone=operator.contact_phone,
        )

    def harvest(
        self, goods: Sequence[tuple[Goods, int]], days: Sequence[date], at: datetime
    ) -> None:
        """Each of the goods on each of the days, about the given quantity."""
        drafts = [
            HarvestDraft(
                product_id=self.product(each, at=at).pk,
                quantity=self._about(quantity),
                unit=each.unit,
                harvested_on=day,
                batch_number=f"{day:%Y%m%d}",
                origin_place=self.plan.county.name,
            )
            for each, quantity in goods
            for day in days
        ]
        production.record_harvests(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def make(
        self,
        output: Goods,
        per_unit: Decimal,
        lines: Sequence[StockLine],
        days: Sequence[date],
        at: datetime,
    ) -> None:
        """Turn each stock line into one batch of the output, a day each, and inspect it."""
        product = self.product(output, at=at)
        drafts = [
            ProductionDraft(
                product_id=product.pk,
                quantity=max(line.on_hand // per_unit, Decimal(1)),
                unit=output.unit,
                produced_on=day,
                inputs=(ProductionInput(line.batch_id, line.on_hand),),
                batch_number=f"{day:%Y%m%d}{number:02d}",
            )
            for number, (line, day) in enumerate(zip(lines, days, strict=False), start=1)
        ]
        made = production.record_production(
            by=self.actor, operator=self.operator, drafts=drafts, at=at
        )
        inspections.record_inspections(
            by=self.actor,
            operator=self.operator,
            drafts=[
                InspectionDraft(
                    batch_id=batch.pk,
                    inspected_on=draft.produced_on,
                    certificate_number=f"JY{batch.batch_number}",
                    items="感官、净含量、微生物",
                    inspector=self.plan.legal_person,
                    voucher_number=f"BG{batch.batch_number}",
                )
                for batch, draft in zip(made, drafts, strict=True)
            ],
            at=at,
        )

    def buy(self, supplier: PartnerDraft, goods: Goods, days: Sequence[date], at: datetime) -> None:
        """Each day's delivery of the goods from a supplier that is not on the platform."""
        supplier_id = self.partner(supplier, at=at)
        product = self.product(goods, at=at, maker=supplier.name)
        drafts = [
            PurchaseDraft(
                product_id=product.pk,
                supplier_id=supplier_id,
                quantity=self._about(20),
                unit=goods.unit,
                purchased_on=day,
                batch_number=f"{day:%Y%m%d}",
                produced_on=day - timedelta(days=1),
                voucher_number=f"PJ{day:%m%d}{self.random.randint(100, 999)}",
            )
            for day in days
        ]
        purchases.record_purchases(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def on_hand(self, on: date) -> list[StockLine]:
        """What may be sold on the day and has not run out, oldest first."""
        lines = stock.batches_on_hand(self.actor, self.operator, on=on)
        fresh = [line for line in lines if line.may_be_sold and not line.is_expired(on)]
        return sorted(fresh, key=lambda line: (line.received_on, line.batch_id))

    def sell(
        self, deals: Sequence[tuple[StockLine, Shop, Decimal]], days: Sequence[date], at: datetime
    ) -> None:
        """Sell to the buyers, turning through the days."""
        drafts = [
            SaleDraft(
                batch_id=line.batch_id,
                buyer_id=self.partner(buyer.as_buyer(), at=at),
                quantity=quantity,
                unit=line.unit,
                sold_on=max(days[number % len(days)], line.received_on),
                voucher_number=f"XS{at:%y%m%d}{number:03d}",
            )
            for number, (line, buyer, quantity) in enumerate(deals)
        ]
        if drafts:
            sales.record_sales(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def accept_waiting(self, at: datetime) -> None:
        """Take in what waits; now and then a little short, now and then not at all."""
        waiting = list(
            IncomingDraft.objects.filter(operator=self.operator).waiting().order_by("pk")
        )
        refused = [draft.pk for draft in waiting if self.random.random() < REFUSED_SHARE]
        accepted = [self._answer(draft) for draft in waiting if draft.pk not in refused]
        if refused:
            incoming.refuse_incoming(
                by=self.actor,
                operator=self.operator,
                incoming_ids=refused,
                reason="与订货不符",
                at=at,
            )
        if accepted:
            incoming.accept_incoming(by=self.actor, operator=self.operator, drafts=accepted, at=at)

    def _answer(self, draft: IncomingDraft) -> AcceptDraft:
        if draft.quantity > 2 and self.random.random() < SHORT_SHARE:
            return AcceptDraft(draft.pk, quantity=draft.quantity - 1, reason="途中破损")
        return AcceptDraft(draft.pk)

    def _about(self, quantity: int) -> Decimal:
        return Decimal(round(quantity * self.random.uniform(0.7, 1.3)) or 1)
