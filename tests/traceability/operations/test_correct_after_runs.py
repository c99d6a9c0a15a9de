"""Corrections of goods that a run took up or gave out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from enterprises.models import Operator
from shilian.problems import Rejected, errors
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_made_batch, make_producer
from tests.builders.runs import make_box, make_run, make_split, output, run_draft, taken
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from tests.traceability.operations.test_correct_batches import draft_of as output_draft_of
from tests.traceability.operations.test_correct_batches import void
from tests.traceability.operations.test_correct_purchases import draft_of
from traceability.models import Batch, Link, Product, Purchase, Run, RunOutput
from traceability.operations import batches, purchase_rows, purchases, runs
from traceability.queries import stock

pytestmark = pytest.mark.django_db


def correct_purchase(purchase: Purchase, **changes: Any) -> Purchase:
    operator = Operator.objects.get(pk=purchase.operator_id)
    return purchases.correct_purchase(
        by=owner_of(operator),
        operator=operator,
        purchase_id=purchase.pk,
        draft=draft_of(purchase, **changes),
        reason="看错",
        at=AT,
    )


@pytest.mark.django_db(transaction=True)
def test_a_purchase_is_corrected_while_its_batch_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have begun, and each is about to lock, before either goes on."""
    purchase = make_purchase(quantity=Decimal(100))
    batch, shop = batch_of(purchase), Operator.objects.get(pk=purchase.operator_id)
    both = Barrier(2, timeout=15)
    gather, lock = purchase_rows.gather_facts, stock.locked_batches

    def gather_together(*args: Any, **options: Any) -> Any:
        both.wait()
        return gather(*args, **options)

    def lock_together(*args: Any, **options: Any) -> Any:
        both.wait()
        return lock(*args, **options)

    monkeypatch.setattr(purchase_rows, "gather_facts", gather_together)
    monkeypatch.setattr(stock, "locked_batches", lock_together)
    parts = run_draft("split", [taken(batch, 10)], [output(None, 5), output(None, 5)])

    def done(action: Any) -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        corrected = pool.submit(done, lambda: correct_purchase(purchase, quantity=Decimal(90)))
        split = pool.submit(
            done,
            lambda: runs.record_run(by=owner_of(shop), operator=shop, draft=parts, at=AT),
        )

    assert corrected.result().quantity == 90
    assert len(split.result()) == 2


def correct_production(batch: Batch, **changes: Any) -> Batch:
    operator = Operator.objects.get(pk=batch.operator_id)
    run = Run.objects.filter(pk__in=RunOutput.objects.filter(batch_id=batch.pk).values("run_id"))
    line = run.values_list("line", flat=True).first() or ""
    return batches.correct_production(
        by=owner_of(operator),
        operator=operator,
        batch_id=batch.pk,
        draft=output_draft_of(batch, **({"line": line} | changes)),
        reason="登错了",
        at=AT,
    )


@pytest.fixture
def factory() -> Operator:
    return make_producer()


PARTS = {
    "split": lambda batch: make_split(batch, 5, 5),
    "repack": lambda batch: make_run(
        batch.operator, "repack", [taken(batch, 5)], [output(make_product(batch.operator), 5)]
    ),
    "box": lambda batch: [make_box(batch.operator, taken(batch, 5))],
}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("field", ["produced_on", "batch_number"])
def test_a_purchase_stands_as_its_parts_tell_it(kind: str, field: str) -> None:
    purchase = make_purchase(quantity=Decimal(100), batch_number="A-1")
    batch = batch_of(purchase)
    parts = PARTS[kind](batch)
    change = {"produced_on": TODAY - timedelta(days=300), "batch_number": "A-2"}[field]

    with pytest.raises(Rejected) as refused:
        correct_purchase(purchase, **{field: change})

    told = [(each.code, each.field) for each in errors(refused.value.problems)]
    assert told == [("parts_keep_goods", field)]
    assert batch_of(purchase).batch_number == "A-1"
    assert correct_purchase(purchase, quantity=Decimal(90)).quantity == 90
    for part in parts:
        void(part)
    current = Purchase.objects.current().get()
    assert correct_purchase(current, **{field: change})


def test_other_goods_are_not_put_under_the_parts() -> None:
    shop = make_operator()
    purchase = make_purchase(shop, quantity=Decimal(100))
    make_split(batch_of(purchase), 50, 50)

    with pytest.raises(Rejected) as refused:
        correct_purchase(purchase, product_id=make_product(shop, name="奶粉").pk)

    assert refused.value.codes == ["parts_keep_goods"]
    assert refused.value.problems[0].field == "product_id"


def test_a_shelf_life_that_the_catalogue_changed_waits_for_the_parts() -> None:
    purchase = make_purchase(quantity=Decimal(100))
    make_split(batch_of(purchase), 50, 50)
    Product.objects.update(shelf_life_value=300, shelf_life_unit="day")

    with pytest.raises(Rejected) as refused:
        correct_purchase(purchase, quantity=Decimal(110))

    assert [(each.code, each.field) for each in refused.value.problems] == [
        ("parts_keep_goods", "")
    ]


@pytest.mark.parametrize("field", ["produced_on", "batch_number"])
def test_what_was_made_stands_as_its_parts_tell_it(factory: Operator, field: str) -> None:
    made = make_made_batch(factory)
    make_split(made, 5, 5)
    change = {"produced_on": TODAY - timedelta(days=1), "batch_number": "B-9"}[field]

    with pytest.raises(Rejected) as refused:
        correct_production(made, **{field: change})

    told = [(each.code, each.field) for each in errors(refused.value.problems)]
    assert told == [("parts_keep_goods", field)]
    made.refresh_from_db()
    assert correct_production(made, quantity=made.quantity + 1).quantity == made.quantity + 1


def test_a_corrected_repack_keeps_no_longer_than_what_went_in(factory: Operator) -> None:
    bulk = batch_of(make_purchase(factory, produced_on=TODAY - timedelta(days=300)))
    older = batch_of(make_purchase(factory, produced_on=TODAY - timedelta(days=320)))
    small = make_product(factory, unit="袋")
    [packed] = make_run(factory, "repack", [taken(bulk, 5)], [output(small, 5)])
    assert packed.expires_on == bulk.expires_on

    corrected = correct_production(packed, batch_number="NEW")
    assert corrected.expires_on == bulk.expires_on

    corrected = correct_production(packed, inputs=(taken(older, 5),))
    assert corrected.expires_on == older.expires_on
    assert Link.objects.get(child_id=packed.pk).kind == "repack"

    with pytest.raises(Rejected) as refused:
        correct_production(packed, inputs=())
    assert refused.value.codes == ["inputs_missing"]


def test_the_run_of_one_batch_follows_its_correction(factory: Operator) -> None:
    bulk = batch_of(make_purchase(factory, purchased_on=TODAY - timedelta(days=5)))
    bread = make_product(factory)
    [made] = make_run(
        factory, "transformation", [taken(bulk, 5)], [output(bread, 5)], line="一号线"
    )
    day = TODAY - timedelta(days=3)

    correct_production(made, produced_on=day, line="二号线")

    run = Run.objects.get()
    assert (run.done_on, run.line) == (day, "二号线")


def test_a_line_named_only_in_the_correction_begins_a_run(factory: Operator) -> None:
    made = make_made_batch(factory)
    assert not Run.objects.exists()

    correct_production(made, line="二号线")

    assert Run.objects.get().line == "二号线"
    assert RunOutput.objects.get().batch_id == made.pk


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"produced_on": TODAY - timedelta(days=1)}, "run_day_stands"),
        ({"line": "二号线"}, "run_line_stands"),
    ],
)
def test_one_of_several_changes_neither_day_nor_line(
    factory: Operator, change: dict[str, Any], code: str
) -> None:
    bulk = batch_of(make_purchase(factory, purchased_on=TODAY - timedelta(days=5)))
    outputs = [output(make_product(factory), 5) for _ in range(2)]
    first, second = make_run(factory, "transformation", [taken(bulk, 5)], outputs, line="一号线")

    with pytest.raises(Rejected) as refused:
        correct_production(first, **change)

    assert refused.value.codes == [code]
    assert (Run.objects.get().done_on, Run.objects.get().line) == (TODAY, "一号线")
    assert correct_production(first, batch_number="NEW").batch_number == "NEW"
    void(second)
    assert correct_production(first, **change)
