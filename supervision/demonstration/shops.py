"""One operator of the demonstration at work, through the platform's real operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Operator
from supervision.demonstration.catalogue import FRESH_DAYS, Goods
from supervision.demonstration.province import PlannedOperator
from traceability.models import Batch, Channel, IncomingDraft, Product, Purchase
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
NO_VOUCHER_SHARE = 0.15
MINUTES = 40
# A seller looks at its newest batches; older ones have long been sold out or set aside.
LOOKED_AT = 60

Deal = tuple[StockLine, "Shop", Decimal]


class Shop:
    """An operator with its own products and partners; ``random`` is its own stream."""

    def __init__(self, plan: PlannedOperator, operator: Operator, *, seed: int) -> None:
        self.plan = plan
        self.operator = operator
        self.random = Random(f"{seed}:{operator.credit_code}")
        self.actor: Actor = actor_for_operator(
            operator, channel=Channel.DEMO, name=plan.legal_person
        )
        self._products: dict[Goods, Product] = {}
        self._partners: dict[str, int] = {}

    @property
    def is_regular(self) -> bool:
        return self.plan.conduct == "regular"

    def moment(self, at: datetime) -> datetime:
        """A little after the hour: not everybody writes at the same minute."""
        return at + timedelta(seconds=self.random.randrange(MINUTES * 60))

    def products(self, goods: Sequence[Goods], *, at: datetime, maker: str = "") -> list[Product]:
        """The shop's own entries for the goods, made when first needed."""
        if missing := [each for each in goods if each not in self._products]:
            drafts = [self._product_draft(each, maker) for each in missing]
            saved = catalogue.save_products(
                by=self.actor, operator=self.operator, drafts=drafts, at=at
            )
            self._products.update(zip(missing, saved, strict=True))
        return [self._products[each] for each in goods]

    def _product_draft(self, goods: Goods, maker: str) -> ProductDraft:
        value, unit = goods.shelf_life or (None, "")
        return ProductDraft(
            name=goods.name,
            specification=goods.specification,
            unit=goods.unit,
            category=goods.category,
            shelf_life_value=value,
            shelf_life_unit=unit,
            storage=goods.storage,
            maker_name=maker,
            origin="" if maker else self.plan.county.name,
        )

    def partners(self, drafts: Sequence[PartnerDraft], *, at: datetime) -> list[int]:
        """The shop's own entries for suppliers or buyers, made when first needed."""
        if missing := [draft for draft in drafts if draft.name not in self._partners]:
            saved = partners.save_partners(
                by=self.actor, operator=self.operator, drafts=missing, at=at
            )
            self._partners.update((row.name, row.pk) for row in saved)
        return [self._partners[draft.name] for draft in drafts]

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
        self, lots: Sequence[tuple[Goods, int, date, str]], at: datetime
    ) -> list[StockLine]:
        """Bring in lots of some goods, quantity, day and number; what may be sold of them."""
        goods = list(dict.fromkeys(lot[0] for lot in lots))
        products = dict(zip(goods, self.products(goods, at=at), strict=True))
        drafts = [
            HarvestDraft(
                product_id=products[each].pk,
                quantity=self._about(quantity),
                unit=each.unit,
                harvested_on=day,
                batch_number=number,
                origin_place=self.plan.county.name,
            )
            for each, quantity, day, number in lots
        ]
        made = production.record_harvests(
            by=self.actor, operator=self.operator, drafts=drafts, at=at
        )
        return [line_of(batch) for batch in made]

    def make(
        self,
        output: Goods,
        per_unit: Decimal,
        lines: Sequence[StockLine],
        days: Sequence[date],
        at: datetime,
        *,
        prefix: str = "",
    ) -> list[StockLine]:
        """Turn each stock line into one batch of the output, a day each."""
        [product] = self.products([output], at=at)
        drafts = [
            ProductionDraft(
                product_id=product.pk,
                quantity=max(line.on_hand // per_unit, Decimal(1)),
                unit=output.unit,
                produced_on=day,
                inputs=(ProductionInput(line.batch_id, line.on_hand),),
                batch_number=f"{prefix}{day:%Y%m%d}{number:02d}",
            )
            for number, (line, day) in enumerate(zip(lines, days, strict=False), start=1)
        ]
        made = production.record_production(
            by=self.actor, operator=self.operator, drafts=drafts, at=at
        )
        return [line_of(batch) for batch in made]

    def inspect(
        self,
        lines: Sequence[StockLine],
        at: datetime,
        *,
        failed: Sequence[StockLine] = (),
        items: str = "感官、净含量、微生物",
        on: date | None = None,
    ) -> None:
        """Inspect what was made, on the day it was made or on the day given."""
        drafts = [
            InspectionDraft(
                batch_id=line.batch_id,
                inspected_on=on or line.received_on,
                result="failed" if line in failed else "passed",
                certificate_number="" if line in failed else f"JY{line.batch_number}",
                items=items,
                inspector=self.plan.legal_person,
                voucher_number=f"BG{line.batch_number}{'F' if on else ''}",
            )
            for line in lines
        ]
        inspections.record_inspections(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def buy(
        self, supplier: PartnerDraft, goods: Sequence[Goods], days: Sequence[date], at: datetime
    ) -> None:
        """Each day's delivery of the first goods, and of the others on every second day.

        The supplier is not on the platform. Now and then a paper of the others is missing.
        """
        [supplier_id] = self.partners([supplier], at=at)
        products = self.products(goods, at=at, maker=supplier.name)
        drafts = [
            self._purchase(product, each, supplier_id, day, is_main=each is goods[0])
            for each, product in zip(goods, products, strict=True)
            for number, day in enumerate(days)
            if each is goods[0] or number % 2 == 0
        ]
        purchases.record_purchases(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def _purchase(
        self, product: Product, goods: Goods, supplier_id: int, day: date, *, is_main: bool
    ) -> PurchaseDraft:
        made_on = day - timedelta(days=goods.age_days)
        has_voucher = is_main or self.random.random() >= NO_VOUCHER_SHARE
        return PurchaseDraft(
            product_id=product.pk,
            supplier_id=supplier_id,
            quantity=self._about(goods.per_delivery),
            unit=goods.unit,
            purchased_on=day,
            batch_number=f"{made_on:%Y%m%d}",
            produced_on=made_on,
            voucher_number=f"PJ{day:%m%d}{self.random.randint(100, 999)}" if has_voucher else "",
        )

    def on_hand(self, on: date) -> list[StockLine]:
        """What may be sold on the day and is still good, oldest first."""
        lines = stock.newest_on_hand(self.actor, self.operator, on=on, limit=LOOKED_AT)
        good = [line for line in lines if line.may_be_sold and not _is_stale(line, on)]
        return sorted(good, key=lambda line: (line.received_on, line.batch_id))

    def sell(
        self, deals: Sequence[Deal], days: Sequence[date], at: datetime, *, voucher: str = "XS"
    ) -> None:
        """Sell to the buyers, turning through the days."""
        if not deals:
            return
        buyers = {buyer.operator.pk: buyer.as_buyer() for _, buyer, _ in deals}
        ids = dict(zip(buyers, self.partners(list(buyers.values()), at=at), strict=True))
        drafts = [
            SaleDraft(
                batch_id=line.batch_id,
                buyer_id=ids[buyer.operator.pk],
                quantity=quantity,
                unit=line.unit,
                sold_on=max(days[number % len(days)], line.received_on),
                voucher_number=f"{voucher}{at:%y%m%d}{number:03d}",
            )
            for number, (line, buyer, quantity) in enumerate(deals)
        ]
        sales.record_sales(by=self.actor, operator=self.operator, drafts=drafts, at=at)

    def accept_waiting(self, at: datetime) -> list[StockLine]:
        """Take in what waits, now and then a little short or not at all; what came in."""
        rows = IncomingDraft.objects.filter(operator=self.operator).waiting().order_by("pk")
        waiting = list(rows.values_list("pk", "quantity", "facts"))
        refused = [id_ for id_, *_ in waiting if self.random.random() < REFUSED_SHARE]
        accepted = [row for row in waiting if row[0] not in refused]
        if refused:
            incoming.refuse_incoming(
                by=self.actor,
                operator=self.operator,
                incoming_ids=refused,
                reason="与订货不符",
                at=at,
            )
        if not accepted:
            return []
        answers = [self._answer(id_, quantity) for id_, quantity, _ in accepted]
        taken = incoming.accept_incoming(
            by=self.actor, operator=self.operator, drafts=answers, at=at
        )
        return [_arrived(row[2], bought) for row, bought in zip(accepted, taken, strict=True)]

    def _answer(self, incoming_id: int, quantity: Decimal) -> AcceptDraft:
        if quantity > 2 and self.random.random() < SHORT_SHARE:
            return AcceptDraft(incoming_id, quantity=quantity - 1, reason="途中破损")
        return AcceptDraft(incoming_id)

    def _about(self, quantity: int) -> Decimal:
        return Decimal(round(quantity * self.random.uniform(0.8, 1.2)) or 1)


def _is_stale(line: StockLine, on: date) -> bool:
    if line.expires_on is not None:
        return line.is_expired(on)
    # Liquor has no shelf life either, but it is not sold loose.
    made_on = line.produced_on or line.received_on
    return line.unit == "千克" and (on - made_on).days > FRESH_DAYS


def line_of(batch: Batch) -> StockLine:
    """The batch as it is right after it was made, all of it still there."""
    return StockLine(
        batch_id=batch.pk,
        product_id=batch.product_id,
        name=batch.name,
        specification=batch.specification,
        unit=batch.unit,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        expires_on=batch.expires_on,
        received_on=batch.received_on,
        on_hand=batch.quantity,
        is_made=batch.is_own_made,
        may_be_sold=True,
    )


def _arrived(facts: dict[str, Any], purchase: Purchase) -> StockLine:
    """What was taken in, all of it still there."""
    produced_on, expires_on = facts["produced_on"], facts["expires_on"]
    return StockLine(
        batch_id=purchase.batch_id,
        product_id=purchase.product_id,
        name=facts["name"],
        specification=facts["specification"],
        unit=purchase.unit,
        batch_number=facts["batch_number"],
        produced_on=date.fromisoformat(produced_on) if produced_on else None,
        expires_on=date.fromisoformat(expires_on) if expires_on else None,
        received_on=purchase.purchased_on,
        on_hand=purchase.quantity,
        is_made=False,
        may_be_sold=True,
    )
