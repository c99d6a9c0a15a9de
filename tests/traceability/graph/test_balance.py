"""In against out over a period, from the records themselves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_made_batch, make_producer
from tests.builders.runs import make_box, make_run, make_split, output, taken
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_product,
    make_purchase,
    partner_of,
    sale_draft,
)
from tests.traceability.operations.test_returns import send_back, sold, take_back
from traceability.graph import balance as graph
from traceability.models import Batch
from traceability.operations import movements, purchases, sales
from traceability.queries import balance
from traceability.queries.balance import Asked
from traceability.rules.movements import MovementDraft

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

    assert [(goods.batch_id, goods.quantity) for goods in line.made.outputs] == [(bread.pk, 100)]
    assert line.share == Decimal(25)
    assert [flag.code for flag in line.flags] == ["output_too_high"]
    assert [(goods.batch_id, goods.quantity) for goods in line.made.inputs] == [(flour.pk, 4)]


def runs_of(operator):
    return lines(operator, Asked(MONTH.since, TODAY, kind="run"))


def test_a_run_of_several_outputs_is_judged_as_a_whole():
    """Pieces that cannot be measured bear equal shares: apart, one output would be too much."""
    factory = make_producer()
    flour = batch_of(make_purchase(factory, unit="千克", quantity=Decimal(100)))
    bread, bran = (make_product(factory, name=name, unit="千克") for name in ("面包", "麸皮"))

    make_run(factory, "transformation", [taken(flour, 10)], [output(bread, 9), output(bran, 1)])

    [line] = runs_of(factory)
    assert [goods.quantity for goods in line.made.outputs] == [9, 1]
    assert [goods.quantity for goods in line.made.inputs] == [10]
    assert (line.share, line.total, line.flags) == (Decimal(1), None, ())


def test_parts_of_different_measures_are_not_judged_by_their_equal_shares():
    factory = make_producer()
    flour = batch_of(make_purchase(factory, unit="千克", quantity=Decimal(100)))
    bread, cakes = make_product(factory, unit="千克"), make_product(factory, unit="个")

    make_run(factory, "transformation", [taken(flour, 10)], [output(bread, 10), output(cakes, 30)])

    [line] = runs_of(factory)
    assert (line.share, line.flags) == (None, ())


def test_pieces_of_another_product_are_not_compared():
    factory = make_producer()
    eggs = make_product(factory, unit="个", specification="")
    cakes = make_product(factory, unit="个", specification="")
    bought = batch_of(make_purchase(factory, product=eggs, unit="个"))

    make_run(factory, "transformation", [taken(bought, 1)], [output(cakes, 300)])

    [line] = runs_of(factory)
    assert (line.share, line.flags) == (None, ())


def figures(operator, product_id):
    [line] = [line for line in lines(operator) if line.balance.id == product_id]
    found = line.balance
    assert found.opening + found.came - line.out == found.closing
    return line, tuple(map(int, (found.opening, found.came, found.sold, found.used, found.closing)))


def test_a_product_counts_goods_once_that_were_split_merged_and_boxed():
    shop = make_operator()
    bulk = batch_of(make_purchase(shop, quantity=Decimal(100)))
    first, second = make_split(bulk, 50, 50)
    make_run(shop, "merge", [taken(first, 20), taken(second, 20)], [output(None, 40)])
    make_box(shop, taken(first, 10))
    loss = MovementDraft("loss", second.pk, Decimal(4), TODAY, "破损")
    movements.record_movements(by=owner_of(shop), operator=shop, drafts=[loss], at=AT)

    line, told = figures(shop, bulk.product_id)

    assert told == (0, 100, 0, 0, 96)
    assert [flag.code for flag in line.flags] == ["loss_too_high"]


def test_what_a_repacking_lost_was_used_and_what_it_gained_came():
    shop = make_operator()
    bulk = batch_of(make_purchase(shop, quantity=Decimal(100)))

    make_run(shop, "repack", [taken(bulk, 10)], [output(bulk.product, 8)])
    lost = figures(shop, bulk.product_id)[1]
    make_run(shop, "repack", [taken(bulk, 10)], [output(bulk.product, 11)])
    gained = figures(shop, bulk.product_id)[1]

    assert (lost, gained) == ((0, 100, 0, 2, 98), (0, 101, 0, 2, 99))


def test_what_came_back_within_the_period_was_not_sold():
    seller, buyer = make_operator(), make_operator()
    at_home, there = sold(seller, buyer)
    back = take_back(seller, send_back(buyer, there, 3))
    kept = int(at_home.quantity) - 1

    _, told = figures(seller, at_home.product_id)

    assert back.quantity == 3
    assert told == (0, kept + 1, 1, 0, kept)


def test_remarkable_lines_are_looked_for_to_the_end(monkeypatch):
    monkeypatch.setattr(balance, "LOOKED_AT", 2)
    shop = make_operator()
    batches = [batch_of(make_purchase(shop)) for _ in range(5)]
    short = batches[0], batches[4]
    for batch in short:
        sell(batch, 12)

    found = lines(shop, Asked(MONTH.since, TODAY, kind="batch", is_flagged=True))

    assert {line.balance.id for line in found} == {batch.pk for batch in short}


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
