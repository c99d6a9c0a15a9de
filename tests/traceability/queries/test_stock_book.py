"""The stock of an operator: every batch, what left it, and in the order in which it expires."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from enterprises.models import Operator
from shilian.clock import business_day
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_made_batch, make_producer
from tests.builders.traceability import (
    batch_of,
    make_product,
    make_purchase,
    make_sale,
    partner_of,
    sale_draft,
)
from traceability.models import Batch
from traceability.models.batches import USING_UP
from traceability.operations import purchases, sales
from traceability.queries import stock, stock_book
from traceability.queries.stock_book import StockFilter, StockRow
from traceability.rules import codes

pytestmark = pytest.mark.django_db
TODAY = business_day(AT)


def buy(operator: Operator, *, days_left: int | None = 100, **facts: Any) -> Batch:
    """Goods that keep a hundred days and end in ``days_left``."""
    product = make_product(
        operator,
        name=facts.pop("name", "面粉"),
        pinyin=facts.pop("pinyin", ""),
        specification=facts.pop("specification", f"规格{Batch.objects.count()}"),
        shelf_life_value=None if days_left is None else 100,
        shelf_life_unit="" if days_left is None else "day",
    )
    made_on = TODAY - timedelta(days=100 - (days_left if days_left is not None else 100))
    return batch_of(make_purchase(operator, product=product, produced_on=made_on, **facts))


def ids(operator: Operator, search: str = "", state: Any = "") -> list[int]:
    rows = stock_book.all_of_stock(operator, StockFilter(search, state), today=TODAY, limit=99)
    return [row.batch_id for row in rows]


def sell(batch: Batch, quantity: int) -> None:
    seller = Operator.objects.get(pk=batch.operator_id)
    sales.record_sales(
        by=owner_of(seller),
        operator=seller,
        drafts=[sale_draft(batch, partner_of(seller, make_operator()), quantity=Decimal(quantity))],
        at=AT,
        short_confirmed=True,
    )


def test_a_row_tells_how_the_goods_left() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(10)))
    make_made_batch(factory, (flour.pk, 3))
    sell(flour, 2)

    found = {
        row.batch_id: row
        for row in stock_book.all_of_stock(factory, StockFilter(), today=TODAY, limit=9)
    }

    row = found[flour.pk]
    assert (row.received, row.sold, row.used, row.on_hand) == tuple(map(Decimal, (10, 2, 3, 5)))
    assert row.on_hand == stock.batch_facts(factory, [flour.pk], on=TODAY)[flour.pk].on_hand


def test_what_expires_first_is_first_and_what_never_expires_last() -> None:
    shop = make_operator()
    never, late, soon = buy(shop, days_left=None), buy(shop, days_left=90), buy(shop, days_left=3)

    assert ids(shop) == [soon.pk, late.pk, never.pk]


@pytest.mark.parametrize(
    ("state", "days_left", "sold", "is_there"),
    [
        ("near", 15, 0, True),
        ("near", 16, 0, False),
        ("near", 0, 0, True),
        ("near", -1, 0, False),
        ("near", 3, 10, False),
        ("expired", -1, 0, True),
        ("expired", 0, 0, False),
        ("expired", -1, 10, False),
        ("negative", 50, 11, True),
        ("negative", 50, 10, False),
        ("", 50, 10, False),
        ("", 50, 11, True),
        ("all", 50, 10, True),
    ],
)
def test_a_state_narrows_the_list(state: str, days_left: int, sold: int, is_there: bool) -> None:
    shop = make_operator()
    batch = buy(shop, days_left=max(days_left, 0), quantity=Decimal(10))
    if sold:
        sell(batch, sold)
    if days_left < 0:
        Batch.objects.filter(pk=batch.pk).update(expires_on=TODAY + timedelta(days=days_left))

    assert bool(ids(shop, state=state)) is is_there
    counts = stock_book.count_stock(shop, today=TODAY)
    told = {"near": counts.near, "expired": counts.expired, "negative": counts.negative}
    assert bool(told.get(state, is_there)) is is_there


@pytest.mark.parametrize("text", ["花生", "5升", "花生油 5升", "hsy", "L-88", "100%"])
def test_a_search_reaches_the_batch_by_whatever_names_it(text: str) -> None:
    shop = make_operator()
    wanted = buy(shop, name="花生油100%纯", pinyin="hsy", specification="5升", batch_number="L-88")
    if text == "花生油 5升":
        Batch.objects.filter(pk=wanted.pk).update(name="花生油")
    buy(shop, name="大豆油", pinyin="ddy", specification="10升", batch_number="L-99")

    assert ids(shop, text) == [wanted.pk]


def test_a_search_finds_by_the_public_code_and_only_ones_own() -> None:
    shop, other = make_operator(), make_operator()
    mine, theirs = buy(shop), buy(other)

    assert ids(shop, codes.public_code(mine.pk, mine.token_salt)) == [mine.pk]
    assert ids(shop, codes.public_code(theirs.pk, theirs.token_salt)) == []


def test_pages_lead_through_all_batches_and_back() -> None:
    shop = make_operator()
    whole = [buy(shop, days_left=days).pk for days in (1, 1, 20, 50)] + [
        buy(shop, days_left=None).pk for _ in range(3)
    ]
    there, after = [], None
    while True:
        page = stock_book.page_of_stock(shop, StockFilter(), today=TODAY, after=after, size=2)
        there += [row.batch_id for row in page.rows]
        if page.older is None:
            break
        after = page.older
    back = stock_book.page_of_stock(
        shop, StockFilter(), today=TODAY, before=_row(shop, there[-1]).key, size=2
    )

    assert there == ids(shop) == whole
    assert [row.batch_id for row in back.rows] == there[-3:-1]
    assert back.older is not None
    assert back.newer is not None


def _row(shop: Operator, id_: int) -> StockRow:
    rows = stock_book.all_of_stock(shop, StockFilter(), today=TODAY, limit=99)
    return next(row for row in rows if row.batch_id == id_)


def test_a_voided_batch_is_nowhere() -> None:
    shop = make_operator()
    purchase = make_purchase(shop)
    purchases.void_purchase(
        by=owner_of(shop), operator=shop, purchase_id=purchase.pk, reason="重复", at=AT
    )

    assert ids(shop, state="all") == []


def test_pickers_offer_fresh_goods_first_and_the_long_expired_last() -> None:
    shop = make_operator()
    old, soon, late = buy(shop), buy(shop, days_left=2), buy(shop, days_left=40)
    Batch.objects.filter(pk=old.pk).update(expires_on=TODAY - timedelta(days=30))

    found = stock.batches_on_hand(owner_of(shop), shop, on=TODAY)

    assert [line.batch_id for line in found] == [soon.pk, late.pk, old.pk]


def test_what_a_buyer_did_not_take_is_back() -> None:
    shop = make_operator()
    batch = buy(shop)
    sale = make_sale(shop, make_operator(), batch=batch, quantity=Decimal(4))
    type(sale).objects.filter(pk=sale.pk).update(returned_quantity=Decimal(1))

    assert _row(shop, batch.pk).sold == Decimal(3)


@pytest.mark.parametrize("which", [[], ["expires_on BETWEEN '2026-01-01' AND '2026-02-01'"]])
def test_the_book_is_read_by_index(which: list[str]) -> None:
    """Plans as for tables too long to read through: only one operator's rows are touched."""
    shop = make_operator()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN {stock_book._book(which)}",
            {"operator": shop.pk, "using_up": USING_UP},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Seq Scan" not in plan, plan


def test_goods_of_own_making_can_be_left_out() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(10)))
    bread = make_made_batch(factory, (flour.pk, 3))
    factory.refresh_from_db()

    everything = stock_book.ids_to_take_from(factory, search="", today=TODAY, limit=9)
    bought = stock_book.ids_to_take_from(factory, search="", today=TODAY, limit=9, with_made=False)

    assert set(everything) == {flour.pk, bread.pk}
    assert bought == [flour.pk]
