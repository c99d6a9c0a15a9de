"""In against out over a period, from the records themselves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_made_batch, make_producer
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_product,
    make_purchase,
    partner_of,
    sale_draft,
)
from traceability.graph import balance as graph
from traceability.models import Batch
from traceability.operations import purchases, sales
from traceability.queries import balance
from traceability.queries.balance import Asked

pytestmark = pytest.mark.django_db
MONTH = Asked(TODAY.replace(day=1), TODAY)


def sell(batch, quantity, on=TODAY):
    seller = batch.operator
    draft = sale_draft(
        batch, partner_of(seller, make_operator()), quantity=Decimal(quantity), sold_on=on
    )
    sales.record_sales(
        by=owner_of(seller), operator=seller, drafts=[draft], at=AT, short_confirmed=True
    )


def lines(operator, asked=MONTH):
    return list(balance.lines_of(operator, asked, limit=99))


def test_opening_and_movements_make_the_closing():
    factory = make_producer()
    product = make_product(factory, name="面粉")
    last_month = TODAY.replace(day=1) - timedelta(days=1)
    old = batch_of(
        make_purchase(factory, product=product, purchased_on=last_month, produced_on=last_month)
    )
    new = batch_of(make_purchase(factory, product=product))
    sell(old, 4, on=last_month)
    sell(old, 3)
    make_made_batch(factory, (new.pk, 2))

    line = next(line for line in lines(factory) if line.balance.id == product.pk)

    found = line.balance
    told = (found.opening, found.came, found.sold, found.used, found.closing)
    assert told == tuple(map(Decimal, (6, 10, 3, 2, 11)))
    assert line.flags == ()


def test_what_happened_after_the_period_does_not_count():
    shop = make_operator()
    batch = batch_of(make_purchase(shop, purchased_on=TODAY - timedelta(days=2)))
    sell(batch, 4)

    [line] = lines(shop, Asked(TODAY - timedelta(days=3), TODAY - timedelta(days=1)))

    assert (line.balance.came, line.out, line.balance.closing) == (10, 0, 10)


def test_negative_stock_is_listed_also_when_another_batch_covers_it():
    shop = make_operator()
    product = make_product(shop)
    short = batch_of(make_purchase(shop, product=product))
    make_purchase(shop, product=product)
    sell(short, 12)

    [whole] = lines(shop)
    parts = lines(shop, Asked(MONTH.since, TODAY, kind="batch", is_flagged=True))

    assert [flag.code for flag in whole.flags] == ["negative_batches"]
    assert [(line.balance.id, line.balance.closing) for line in parts] == [(short.pk, Decimal(-2))]


def test_a_run_is_compared_with_what_went_in():
    factory = make_producer()
    flour = batch_of(make_purchase(factory))  # bags of 500 g
    bread = make_made_batch(factory, (flour.pk, 4))  # a hundred bags of 500 g

    [line] = lines(factory, Asked(MONTH.since, TODAY, kind="run"))

    assert line.made.id == bread.pk
    assert line.share == Decimal(25)
    assert [flag.code for flag in line.flags] == ["output_too_high"]
    assert line.inputs == [(flour.name, Decimal(4), "袋")]


def test_voided_goods_and_those_of_others_are_left_out():
    shop = make_operator()
    purchase = make_purchase(shop)
    make_purchase(make_operator())
    purchases.void_purchase(
        by=owner_of(shop), operator=shop, purchase_id=purchase.pk, reason="重复", at=AT
    )

    assert lines(shop) == []


@pytest.mark.parametrize("kind", ["product", "batch", "run"])
def test_pages_lead_through_all_lines_once(kind):
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(100)))
    for _ in range(4):
        make_made_batch(factory, (flour.pk, 5))
    asked = Asked(MONTH.since, TODAY, kind=kind)
    seen, after = [], None
    while True:
        page = balance.page_of_balance(factory, asked, after=after, size=2)
        seen += [line.key for line in page.lines]
        if page.next_key is None:
            break
        after = page.next_key

    assert seen == [line.key for line in lines(factory, asked)]
    assert len(seen) == len(set(seen)) == {"product": 5, "batch": 5, "run": 4}[kind]


@pytest.mark.parametrize("sql", ["_PRODUCTS", "_BATCHES", "_RUNS"])
def test_a_balance_is_read_by_index(sql):
    """Plans as for tables too long to read through."""
    shop = make_operator()
    assert Batch.objects.count() == 0
    known = graph._known(shop.pk, MONTH.since, TODAY, 50) | graph._after(graph.FIRST)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN {getattr(graph, sql)}",
            known | {"product": None} | ({"id": graph.NEWEST} if sql == "_RUNS" else {}),
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Seq Scan" not in plan, plan
