"""Whatever buyers and sellers do, stock is what came in less what left and stayed away."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_purchase,
    partner_of,
    sale_draft,
)
from traceability.models import Batch, IncomingDraft, Link, Purchase, RecordState
from traceability.operations import incoming, purchases, sales
from traceability.queries import stock
from traceability.rules.incoming import AcceptDraft

pytestmark = pytest.mark.django_db


class Market:
    """One seller and one buyer, and a ledger kept the slow and obvious way."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.seller, self.buyer = make_operator(), make_operator()
        self.batch = batch_of(make_purchase(self.seller, quantity=Decimal(100)))
        self.partner = partner_of(self.seller, self.buyer)
        self.sold: dict[int, int] = {}

    def step(self) -> None:
        act = self.random.choice([self.sell, self.accept, self.refuse, self.withdraw, self.reopen])
        with suppress(Rejected):
            act()

    def sell(self) -> None:
        quantity = self.random.randint(1, 30)
        [sale] = sales.record_sales(
            by=owner_of(self.seller),
            operator=self.seller,
            drafts=[sale_draft(self.batch, self.partner, quantity=Decimal(quantity))],
            at=AT,
        )
        self.sold[sale.pk] = quantity

    def accept(self) -> None:
        draft = self._any_draft()
        quantity = self.random.randint(1, int(draft.quantity))
        incoming.accept_incoming(
            by=owner_of(self.buyer),
            operator=self.buyer,
            drafts=[AcceptDraft(draft.pk, Decimal(quantity), "少收")],
            at=AT,
        )
        self.sold[draft.sale_id] = quantity

    def refuse(self) -> None:
        draft = self._any_draft()
        incoming.refuse_incoming(
            by=owner_of(self.buyer),
            operator=self.buyer,
            incoming_ids=[draft.pk],
            reason="不要",
            at=AT,
        )
        self.sold[draft.sale_id] = 0

    def withdraw(self) -> None:
        draft = self._any_draft()
        sales.void_sale(
            by=owner_of(self.seller),
            operator=self.seller,
            sale_id=draft.sale_id,
            reason="开错",
            at=AT,
        )
        self.sold[draft.sale_id] = 0

    def reopen(self) -> None:
        bought = list(Purchase.objects.current().filter(operator=self.buyer))
        if not bought:
            return
        purchase = self.random.choice(bought)
        purchases.void_purchase(
            by=owner_of(self.buyer),
            operator=self.buyer,
            purchase_id=purchase.pk,
            reason="点错",
            at=AT,
        )
        draft = IncomingDraft.objects.get(sale_id=purchase.sale_id)
        self.sold[draft.sale_id] = int(draft.quantity)

    def _any_draft(self) -> IncomingDraft:
        drafts = list(IncomingDraft.objects.order_by("pk"))
        if not drafts:
            raise Rejected([])
        return self.random.choice(drafts)

    def check(self) -> None:
        facts = stock.batch_facts(self.seller, [self.batch.pk], on=TODAY)
        assert facts[self.batch.pk].on_hand == 100 - sum(self.sold.values())
        current = Batch.objects.filter(operator=self.buyer, state=RecordState.CURRENT)
        held = sum(batch.quantity for batch in current)
        taken = IncomingDraft.objects.filter(state__in=["accepted", "accepted_short"])
        assert held == sum(draft.accepted_quantity or 0 for draft in taken)
        assert held == sum(link.quantity for link in Link.objects.all())


@pytest.mark.parametrize("seed", range(4))
def test_both_sides_agree_after_every_step(seed):
    market = Market(seed)

    for _ in range(25):
        market.step()
        market.check()

    assert market.sold
