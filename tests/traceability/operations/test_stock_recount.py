"""After any sequence of operations, the stock of each batch is what a slow recount says.

The recount reads every record one by one; three quick readers must agree with it: the one that
guards a sale, the stock page's, and the balance's. A ledger kept by hand beside it knows nothing
of records at all.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from enterprises.models import Operator
from shilian.problems import Rejected
from tests.builders.enterprises import AT, owner_of
from tests.builders.production import make_producer, production_draft
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_product,
    make_purchase,
    partner_of,
    purchase_draft,
    sale_draft,
)
from traceability.graph import balance
from traceability.models import (
    CHANGES_HANDS,
    Batch,
    IncomingDraft,
    Link,
    Partner,
    Product,
    Purchase,
    RecordState,
    ReturnedGoods,
    Sale,
    StockMovement,
)
from traceability.operations import (
    batches,
    incoming,
    movements,
    production,
    purchases,
    returns,
    sales,
)
from traceability.queries import stock, stock_book
from traceability.queries.stock_book import StockFilter
from traceability.rules.incoming import AcceptDraft
from traceability.rules.movements import MovementDraft, TakeBackDraft

pytestmark = pytest.mark.django_db

STEPS = [
    "buy", "sell", "accept", "refuse", "unsell", "resell", "make", "unmake", "rebuy", "unbuy",
    "lose", "destroy", "give_back", "take_back", "decline", "unmove",
]  # fmt: skip
# Which step, which of the things it may be done to, and how much.
ACTS = some.lists(
    some.tuples(some.sampled_from(STEPS), some.integers(0, 5), some.integers(1, 15)),
    min_size=4,
    max_size=16,
)


class Chain:
    """A maker and its buyer, who buy, make, sell and send back as the steps say."""

    def __init__(self) -> None:
        self.maker, self.buyer = make_producer(), make_producer()
        self.partner = partner_of(self.maker, self.buyer)
        self.product = make_product(self.maker, is_farm_produce=True)
        make_purchase(self.maker, product=self.product)

    def do(self, step: str, which: int, amount: int) -> bool:
        """Whether it was done; what cannot be done now is refused and has changed nothing."""
        with suppress(Rejected, IndexError), transaction.atomic():
            getattr(self, step)(which, Decimal(amount))
            return True
        return False

    def _about(self, operator: Operator) -> dict[str, Any]:
        return {"by": owner_of(operator), "operator": operator, "at": AT}

    def _pick(self, rows: Any, which: int) -> Any:
        """One of the newest: the oldest are soon past changing."""
        found = list(rows.order_by("-pk"))
        return found[which % len(found)] if found else [][0]

    def _batch(self, which: int) -> Batch:
        return self._pick(Batch.objects.current(), which)

    def buy(self, which: int, amount: Decimal) -> None:
        make_purchase(self.maker, product=self.product, quantity=amount)

    def sell(self, which: int, amount: Decimal) -> None:
        batch = self._pick(Batch.objects.current().filter(operator=self.maker), which)
        sales.record_sales(
            drafts=[sale_draft(batch, self.partner, quantity=amount)],
            override_reason="急用",
            short_confirmed=True,
            **self._about(self.maker),
        )

    def accept(self, which: int, amount: Decimal) -> None:
        waiting = self._pick(IncomingDraft.objects.filter(operator=self.buyer), which)
        draft = AcceptDraft(waiting.pk, min(amount, waiting.quantity), "少了")
        incoming.accept_incoming(drafts=[draft], **self._about(self.buyer))

    def refuse(self, which: int, amount: Decimal) -> None:
        waiting = self._pick(IncomingDraft.objects.filter(operator=self.buyer), which)
        incoming.refuse_incoming(
            incoming_ids=[waiting.pk], reason="不要", **self._about(self.buyer)
        )

    def unsell(self, which: int, amount: Decimal) -> None:
        sale = self._pick(Sale.objects.all(), which)
        sales.void_sale(sale_id=sale.pk, reason="开错", **self._about(self.maker))

    def resell(self, which: int, amount: Decimal) -> None:
        sale = self._pick(Sale.objects.all(), which)
        batch = Batch.objects.get(pk=sale.batch_id)
        sales.correct_sale(
            sale_id=sale.pk,
            draft=sale_draft(batch, self.partner, quantity=amount),
            reason="数量错",
            override_reason="急用",
            short_confirmed=True,
            **self._about(self.maker),
        )

    def make(self, which: int, amount: Decimal) -> None:
        inputs = {self._batch(which).pk, self._batch(which + 1).pk}
        used = [(id_, int(amount)) for id_ in inputs]
        owner = Batch.objects.get(pk=min(inputs)).operator
        production.record_production(
            drafts=[production_draft(make_product(owner), *used)],
            short_confirmed=True,
            **self._about(owner),
        )

    def unmake(self, which: int, amount: Decimal) -> None:
        batch = self._pick(Batch.objects.filter(origin_kind="made"), which)
        batches.void_batch(batch_id=batch.pk, reason="重复", **self._about(batch.operator))

    def rebuy(self, which: int, amount: Decimal) -> None:
        old = self._pick(Purchase.objects.all(), which)
        product = Product.objects.get(pk=old.product_id)
        draft = purchase_draft(
            product, Partner.objects.get(pk=old.partner_id), quantity=amount, unit=old.unit
        )
        purchases.correct_purchase(
            purchase_id=old.pk,
            draft=draft,
            reason="看错",
            short_confirmed=True,
            **self._about(old.operator),
        )

    def unbuy(self, which: int, amount: Decimal) -> None:
        old = self._pick(Purchase.objects.all(), which)
        purchases.void_purchase(purchase_id=old.pk, reason="重复", **self._about(old.operator))

    def lose(self, which: int, amount: Decimal) -> None:
        self._move("loss", which, amount)

    def destroy(self, which: int, amount: Decimal) -> None:
        self._move("destruction", which, amount)

    def give_back(self, which: int, amount: Decimal) -> None:
        bought = Batch.objects.current().filter(operator=self.buyer, origin_kind="purchased")
        self._move("return", which, amount, self._pick(bought, which))

    def _move(self, kind: str, which: int, amount: Decimal, batch: Batch | None = None) -> None:
        batch = batch or self._batch(which)
        draft = MovementDraft(kind, batch.pk, amount, TODAY, "破损")
        movements.record_movements(
            drafts=[draft], short_confirmed=True, **self._about(batch.operator)
        )

    def take_back(self, which: int, amount: Decimal) -> None:
        back = self._pick(ReturnedGoods.objects.all(), which)
        draft = TakeBackDraft(back.pk, min(amount, back.quantity), "少了")
        returns.take_back(draft=draft, **self._about(back.operator))

    def decline(self, which: int, amount: Decimal) -> None:
        back = self._pick(ReturnedGoods.objects.all().waiting(), which)
        returns.refuse_return(returned_id=back.pk, reason="不收", **self._about(back.operator))

    def unmove(self, which: int, amount: Decimal) -> None:
        row = self._pick(StockMovement.objects.all(), which)
        movements.void_movement(movement_id=row.pk, reason="记错", **self._about(row.operator))


def recounted(operator: Operator) -> dict[int, Decimal]:
    """What is left of each current batch, record by record."""
    gone: dict[int, Decimal] = defaultdict(Decimal)
    for row in [*Sale.objects.all(), *StockMovement.objects.all()]:
        if row.state == RecordState.CURRENT:
            gone[row.batch_id] += row.quantity - row.returned_quantity
    for link in Link.objects.all():
        if link.kind not in CHANGES_HANDS:
            gone[link.parent_id] += link.quantity
    left = {}
    for batch in Batch.objects.filter(operator=operator):
        if batch.state == RecordState.CURRENT:
            left[batch.pk] = batch.quantity - gone[batch.pk]
    return left


def assert_all_agree(operator: Operator) -> None:
    expected = recounted(operator)
    guard = stock.batch_facts(operator, list(expected), on=TODAY)
    page = stock_book.all_of_stock(operator, StockFilter(state="all"), today=TODAY, limit=999)
    books = balance.batch_balances(operator.pk, TODAY.replace(day=1), TODAY, limit=999)
    assert {id_: facts.on_hand for id_, facts in guard.items()} == expected
    assert {row.batch_id: row.on_hand for row in page} == expected
    assert {row.id: row.closing for row in books} == expected


def assert_both_sides_agree(chain: Chain) -> None:
    """What the buyer got is what the seller gave, goods on the way apart."""
    for draft in IncomingDraft.objects.filter(state__in=["accepted", "accepted_short"]):
        sale = Sale.objects.get(pk=draft.sale_id)
        purchase = Purchase.objects.get(pk=draft.purchase_id)
        assert sale.quantity - sale.returned_quantity == purchase.quantity
        assert batch_of(purchase).quantity == purchase.quantity


@given(acts=ACTS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_stock_is_what_a_slow_recount_says(acts: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        chain = Chain()
        for step, which, amount in acts:
            chain.do(step, which, amount)
            assert_all_agree(chain.maker)
            assert_all_agree(chain.buyer)
            assert_both_sides_agree(chain)
        transaction.set_rollback(True)


def test_every_step_can_be_done() -> None:
    """Else the sequences above would prove nothing."""
    chain, random = Chain(), Random(7)
    drawn = [(random.choice(STEPS), random.randrange(6), random.randint(1, 15)) for _ in range(300)]

    done = {step for step, which, amount in drawn if chain.do(step, which, amount)}

    assert done == set(STEPS)
    assert_all_agree(chain.maker)
    assert_all_agree(chain.buyer)
