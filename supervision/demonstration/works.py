"""A day's handling of goods: a run on a line, a split, boxes on a pallet, returns, a loss, a destruction.

Only the operators of the accounts do so, so that everybody finds it where they sign in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Operator
from shilian.clock import business_day
from traceability.models import Channel, Product, Purchase, ReturnedGoods
from traceability.operations import catalogue, movements, purchases, returns, runs
from traceability.queries import stock
from traceability.queries.stock import StockLine
from traceability.rules.catalogue import ProductDraft
from traceability.rules.movements import MovementDraft, TakeBackDraft
from traceability.rules.production import ProductionInput
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.runs import OutputDraft, RunDraft

PREFIX = "6901234"
HANDLED = Decimal(4)
# Of each of two wheats, in kilograms: four bags of 25 kg and some bran.
BOUGHT, MILLED, BRAN = Decimal(60), Decimal(55), Decimal(8)
MINUTE = timedelta(minutes=1)


def tell_works(operators: Mapping[str, Operator], *, at: datetime) -> None:
    """What each of the accounts' operators did today, as far as it has goods for it."""
    if factory := operators.get("factory"):
        _Hand(factory, at).run_on_a_line()
    if wholesaler := operators.get("wholesaler"):
        _Hand(wholesaler, at + MINUTE).pack()
    if shop := operators.get("shop"):
        hand = _Hand(shop, at + 2 * MINUTE)
        hand.send_back()
        hand.throw_away()
    for returned in _first_of_two(operators.values()):
        _take_back(returned, at + 10 * MINUTE)


@dataclass(slots=True)
class _Hand:
    """One operator at work."""

    operator: Operator
    at: datetime

    @property
    def by(self) -> dict[str, Any]:
        return {"by": self.actor, "operator": self.operator, "at": self.at}

    @property
    def actor(self) -> Actor:
        return actor_for_operator(self.operator, channel=Channel.DEMO)

    def goods(self) -> list[StockLine]:
        """What is there, free to move and enough to be divided."""
        today = business_day(self.at)
        found = stock.batches_on_hand(self.actor, self.operator, on=today)
        return [
            line
            for line in found
            if line.stop is None
            and line.on_hand >= HANDLED
            and line.received_on <= today
            and not line.is_expired(today)
        ]

    def _run(
        self, kind: str, inputs: Iterable[ProductionInput], *out: OutputDraft, **facts: Any
    ) -> list[int]:
        draft = RunDraft(kind, business_day(self.at), tuple(inputs), out)
        made = runs.record_run(draft=replace(draft, **facts), **self.by)
        return [batch.pk for batch in made]

    def run_on_a_line(self) -> None:
        """Two materials in, the usual product and a by-product out."""
        self._buy_again()
        there = [line for line in self.goods() if not line.is_made and line.on_hand >= MILLED]
        bought = there[:2]
        usual = Product.objects.filter(operator=self.operator, is_own_made=True).first()
        if len(bought) < 2 or usual is None:
            return
        draft = ProductDraft(
            name=f"{usual.name}（边料）", specification="散装", unit="千克", is_own_made=True
        )
        [other] = catalogue.save_products(drafts=[draft], **self.by)
        outputs = (
            OutputDraft(HANDLED, usual.pk, batch_number="A1"),
            OutputDraft(BRAN, other.pk),
        )
        materials = [ProductionInput(line.batch_id, MILLED) for line in bought]
        self._run("transformation", materials, *outputs, line="一号线")

    def _buy_again(self) -> None:
        """The last two purchases once more: a factory uses up what it buys."""
        last = Purchase.objects.current().filter(operator=self.operator, partner_id__isnull=False)
        drafts = [
            PurchaseDraft(
                product_id=row.product_id,
                supplier_id=row.partner_id or 0,
                quantity=BOUGHT,
                unit=row.unit,
                purchased_on=business_day(self.at),
                produced_on=business_day(self.at),
                voucher_number=f"JH{row.pk % 10_000}",
            )
            for row in last.order_by("-pk")[:2]
        ]
        purchases.record_purchases(drafts=drafts, **self.by)

    def pack(self) -> None:
        """A batch in two parts, one of them boxed, the box on a pallet."""
        for line in self.goods()[:1]:
            half = OutputDraft(HANDLED / 2)
            part, _ = self._run("split", [_some(line)], half, half)
            box = {"pack": "box", "company_prefix": PREFIX}
            [boxed] = self._run("aggregation", [ProductionInput(part, HANDLED / 2)], **box)
            pallet = box | {"pack": "pallet"}
            self._run("aggregation", [ProductionInput(boxed, HANDLED / 2)], **pallet)

    def send_back(self) -> None:
        """One unit each of two deliveries of registered sellers."""
        there = {line.batch_id for line in self.goods()}
        bought = Purchase.objects.current().filter(operator=self.operator, batch_id__in=there)
        found = bought.filter(sale_id__isnull=False).order_by("-pk")[:2]
        self._move("return", [row.batch_id for row in found], "包装破损，与供货商说好退货")

    def throw_away(self) -> None:
        batches = [line.batch_id for line in self.goods()[:2]]
        self._move("loss", batches[:1], "搬运时破损")
        self._move("destruction", batches[1:], "包装胀气，已捣毁")

    def _move(self, kind: str, batch_ids: list[int], cause: str) -> None:
        day = business_day(self.at)
        drafts = [MovementDraft(kind, id_, Decimal(1), day, cause) for id_ in batch_ids]
        if drafts:
            movements.record_movements(drafts=drafts, **self.by)


def _some(line: StockLine) -> ProductionInput:
    return ProductionInput(line.batch_id, HANDLED)


def _first_of_two(buyers: Iterable[Operator]) -> list[ReturnedGoods]:
    """Half of what was sent back: the rest still waits for its supplier."""
    sent = ReturnedGoods.objects.waiting().filter(
        buyer_operator_id__in=[operator.pk for operator in buyers]
    )
    return list(sent.select_related("operator").order_by("pk")[:1])


def _take_back(returned: ReturnedGoods, at: datetime) -> None:
    seller = returned.operator
    returns.take_back(
        by=actor_for_operator(seller, channel=Channel.DEMO),
        operator=seller,
        draft=TakeBackDraft(returned.pk),
        at=at,
    )
