from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import AuditEntry, Operator
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.runs import (
    clerk_of,
    make_box,
    make_run,
    make_split,
    output,
    run_draft,
    taken,
)
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    sale_draft,
)
from traceability.models import Batch, Link, Run, RunOutput
from traceability.operations import runs, sales
from traceability.queries import stock
from traceability.rules.balance import reviewed_tolerances
from traceability.rules.runs import MOST_MADE

pytestmark = pytest.mark.django_db


def flour(operator: Operator, **facts: object) -> Batch:
    return batch_of(make_purchase(operator, quantity=Decimal(100), **facts))  # type: ignore[arg-type]


def links_of(*made: Batch) -> list[tuple[int, int, str, Decimal]]:
    rows = Link.objects.filter(child_id__in=[batch.pk for batch in made])
    return list(
        rows.order_by("parent_id", "child_id").values_list(
            "child_id", "parent_id", "kind", "quantity"
        )
    )


def on_hand(batch: Batch) -> Decimal:
    operator = Operator.objects.get(pk=batch.operator_id)
    return stock.batch_facts(operator, [batch.pk], on=TODAY)[batch.pk].on_hand


def refused(operator: Operator, draft: object) -> list[str]:
    before = (Batch.objects.count(), Link.objects.count(), Run.objects.count())
    with pytest.raises(Rejected) as found:
        runs.record_run(by=owner_of(operator), operator=operator, draft=draft, at=AT)  # type: ignore[arg-type]
    assert (Batch.objects.count(), Link.objects.count(), Run.objects.count()) == before
    return [problem.code for problem in found.value.problems if not problem.is_warning]


def test_a_run_links_every_output_to_every_input_by_its_share() -> None:
    factory = make_producer()
    first, second = flour(factory), flour(factory)
    bread, cake = make_product(factory, unit="千克"), make_product(factory, unit="千克")

    made = make_run(
        factory,
        "transformation",
        [taken(first, 10), taken(second, "0.002")],
        [output(bread, 2), output(cake, 1)],
        line="一号线",
    )

    assert links_of(*made) == [
        (made[0].pk, first.pk, "transformation", Decimal("6.667")),
        (made[1].pk, first.pk, "transformation", Decimal("3.333")),
        (made[0].pk, second.pk, "transformation", Decimal("0.001")),
        (made[1].pk, second.pk, "transformation", Decimal("0.001")),
    ]
    assert on_hand(first) == 90
    assert [(batch.origin_kind, batch.maker_name) for batch in made] == [("made", factory.name)] * 2
    run = Run.objects.get()
    assert (run.kind, run.line, run.done_on) == ("transformation", "一号线", TODAY)
    assert set(RunOutput.objects.values_list("batch_id", "run_id")) == {
        (batch.pk, run.pk) for batch in made
    }
    assert AuditEntry.objects.get(event="run_recorded").count == 2


def test_outputs_in_units_of_weight_are_weighed_against_each_other() -> None:
    factory = make_producer()
    wheat = flour(factory)
    fine, bran = make_product(factory, unit="千克"), make_product(factory, unit="斤")

    made = make_run(
        factory, "transformation", [taken(wheat, 10)], [output(fine, 3), output(bran, 4)]
    )

    assert [quantity for *_, quantity in links_of(*made)] == [Decimal(6), Decimal(4)]


def test_a_split_keeps_the_goods_and_adds_up() -> None:
    shop = make_operator()
    whole = flour(shop, batch_number="A-1")

    parts = make_split(whole, 30, 20)

    assert [quantity for *_, quantity in links_of(*parts)] == [Decimal(30), Decimal(20)]
    assert on_hand(whole) == 50
    for part in parts:
        assert (part.name, part.unit, part.batch_number, part.expires_on, part.origin_kind) == (
            whole.name,
            whole.unit,
            "A-1",
            whole.expires_on,
            "repacked",
        )


@pytest.mark.parametrize("kind", ["split", "merge"])
def test_a_split_and_a_merge_keep_the_product_whatever_the_outputs_name(kind: str) -> None:
    shop = make_operator()
    bulk, other = flour(shop), make_product(shop, name="奶粉", unit="罐")
    second = flour(shop, product=bulk.product)
    inputs = [taken(bulk, 10)] if kind == "split" else [taken(bulk, 5), taken(second, 5)]
    outputs = [output(other, 10)] if kind == "merge" else [output(other, 5)] * 2
    draft = run_draft(kind, inputs, outputs)

    assert runs.preview_run(by=owner_of(shop), operator=shop, draft=draft, at=AT) == []
    made = make_run(shop, kind, inputs, outputs)

    assert {(each.product_id, each.name, each.unit) for each in made} == {
        (bulk.product_id, bulk.name, bulk.unit)
    }
    other.refresh_from_db()
    assert other.last_used_at is None


@pytest.mark.parametrize(
    ("quantity", "amounts", "codes"),
    [
        ("0.001", [1, 1], ["share_too_small"]),
        ("0.002", [1, 1], []),
        ("0.002", [1, 1, 1], ["share_too_small"]),
        ("1", [1998, 1], []),
        ("1", [1999, 1], ["share_too_small"]),
    ],
)
def test_every_output_bears_a_share_that_can_be_written(
    quantity: str, amounts: list[int], codes: list[str]
) -> None:
    factory = make_producer()
    spice, bulk = flour(factory), flour(factory)
    products = [make_product(factory, unit="克") for _ in amounts]
    draft = run_draft(
        "transformation",
        [taken(bulk, 90), taken(spice, quantity)],
        [output(*each) for each in zip(products, amounts, strict=True)],
    )

    if codes:
        assert refused(factory, draft) == codes
        return
    assert runs.record_run(by=owner_of(factory), operator=factory, draft=draft, at=AT)


def test_a_merge_takes_the_earliest_end_of_shelf_life() -> None:
    shop = make_operator()
    product = make_product(shop)
    older = flour(shop, product=product, batch_number="A-1")
    newer = flour(shop, product=product, batch_number="A-2")
    Batch.objects.filter(pk=older.pk).update(expires_on="2026-12-01")

    [merged] = make_run(shop, "merge", [taken(older, 5), taken(newer, 7)], [output(None, 12)])

    assert (merged.quantity, str(merged.expires_on), merged.batch_number) == (12, "2026-12-01", "")
    assert {parent for _, parent, *_ in links_of(merged)} == {older.pk, newer.pk}


def test_repacking_is_making_for_a_producer_and_handling_for_a_shop() -> None:
    for operator, origin in ((make_producer(), "made"), (make_operator(), "repacked")):
        bulk, small = flour(operator), make_product(operator, name="小包装", unit="袋")

        [packed] = make_run(operator, "repack", [taken(bulk, 10)], [output(small, 100)])

        assert (packed.name, packed.quantity, packed.origin_kind) == ("小包装", 100, origin)
        assert packed.expires_on is not None
        assert bulk.expires_on is not None
        assert packed.expires_on <= bulk.expires_on


@pytest.mark.parametrize(
    ("kind", "parts", "outputs", "code"),
    [
        ("split", [10], ["10"], "split_needs_two"),
        ("split", [10], ["6", "3"], "split_differs"),
        ("split", [5, 5], ["6", "4"], "split_needs_one"),
        ("merge", [10], ["10"], "merge_needs_two"),
        ("merge", [5, 5], ["5", "5"], "merge_into_one"),
        ("merge", [5, 5], ["11"], "merge_differs"),
        ("split", [], ["5", "5"], "inputs_missing"),
        ("split", [10], [], "outputs_missing"),
    ],
)
def test_a_shape_that_cannot_be(kind: str, parts: list[int], outputs: list[str], code: str) -> None:
    shop = make_operator()
    product = make_product(shop)
    inputs = [taken(flour(shop, product=product), quantity) for quantity in parts]
    draft = run_draft(kind, inputs, [output(None, quantity) for quantity in outputs])

    assert refused(shop, draft) == [code]


def test_different_goods_are_not_merged() -> None:
    shop = make_operator()
    draft = run_draft("merge", [taken(flour(shop), 5), taken(flour(shop), 5)], [output(None, 10)])

    assert refused(shop, draft) == ["merge_differs_in_goods"]


def test_one_batch_is_put_in_once() -> None:
    shop = make_operator()
    bulk = flour(shop)
    draft = run_draft("split", [taken(bulk, 5), taken(bulk, 5)], [output(None, 10)])

    assert refused(shop, draft) == ["input_repeated"]


def test_nobody_works_on_goods_of_others_or_before_they_came() -> None:
    shop = make_operator()
    foreign, own = flour(make_operator()), flour(shop)

    assert refused(shop, run_draft("split", [taken(foreign, 2)], [output(None, 1)] * 2)) == [
        "batch_unknown"
    ]
    early = run_draft(
        "split", [taken(own, 2)], [output(None, 1)] * 2, done_on=own.received_on.replace(day=1)
    )
    assert refused(shop, early) == ["used_before_received"]


def test_far_more_out_than_in_is_asked_about_and_kept() -> None:
    shop = make_operator()
    product = make_product(shop, unit="千克")
    bulk = batch_of(make_purchase(shop, product=product, quantity=Decimal(100)))
    small = make_product(shop, unit="克")
    draft = run_draft("repack", [taken(bulk, 1)], [output(small, 1_021)])

    found = runs.preview_run(by=owner_of(shop), operator=shop, draft=draft, at=AT)

    assert [(problem.code, problem.severity) for problem in found] == [
        ("outputs_far_above_inputs", "warning")
    ]
    runs.record_run(by=owner_of(shop), operator=shop, draft=draft, at=AT)
    assert Run.objects.get().warnings == ["outputs_far_above_inputs"]


def test_bags_and_bulk_share_the_material_by_weight() -> None:
    shop = make_operator()
    bags = make_product(shop, name="小麦粉", specification="25kg/袋", unit="袋")
    bran = make_product(shop, name="边料", unit="千克")
    wheat = batch_of(
        make_purchase(shop, product=make_product(shop, unit="千克"), quantity=Decimal(300))
    )

    made = make_run(
        shop, "transformation", [taken(wheat, 225)], [output(bags, 1), output(bran, 200)]
    )

    parts = {
        batch.name: quantity
        for batch, (_, _, _, quantity) in zip(made, links_of(*made), strict=True)
    }
    assert parts == {"小麦粉": Decimal(25), "边料": Decimal(200)}


def test_seven_times_the_material_is_asked_about_by_what_a_bag_holds() -> None:
    shop = make_operator()
    bags = make_product(shop, name="小麦粉", specification="25kg/袋", unit="袋")
    bran = make_product(shop, name="边料", unit="千克")
    wheat = batch_of(
        make_purchase(shop, product=make_product(shop, unit="千克"), quantity=Decimal(300))
    )
    draft = run_draft("transformation", [taken(wheat, 31)], [output(bags, 1), output(bran, 200)])

    found = runs.preview_run(by=owner_of(shop), operator=shop, draft=draft, at=AT)

    assert [problem.code for problem in found] == ["outputs_far_above_inputs"]


def test_what_the_balance_allows_is_not_asked_about() -> None:
    lines = [row for row in reviewed_tolerances() if row.process == "transformation"]

    assert max(row.highest for row in lines) == MOST_MADE


def test_more_than_is_there_needs_a_knowing_press() -> None:
    shop = make_operator()
    draft = run_draft("split", [taken(flour(shop), 101)], [output(None, 100), output(None, 1)])
    assert refused(shop, draft) == ["more_than_on_hand"]

    runs.record_run(by=owner_of(shop), operator=shop, draft=draft, at=AT, short_confirmed=True)

    assert Run.objects.get().warnings == ["more_than_on_hand"]


def test_a_second_press_finds_the_first() -> None:
    shop, key = make_operator(), uuid4()
    draft = run_draft("split", [taken(flour(shop), 2)], [output(None, 1)] * 2)

    first, second = (
        runs.record_run(by=owner_of(shop), operator=shop, draft=draft, at=AT, submit_key=key)
        for _ in range(2)
    )

    assert first == second
    assert Run.objects.count() == 1


def test_a_split_passes_with_what_it_was_split_from() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    buyer = make_partner(factory)
    part, _ = make_split(made, 60, 40)
    box = make_box(factory, taken(part, 60))
    draft = sale_draft(box, buyer)

    with pytest.raises(Rejected) as found:
        sales.record_sales(by=owner_of(factory), operator=factory, drafts=[draft], at=AT)
    assert found.value.codes == ["inspection_not_passed"]

    make_inspection(made)
    [sale] = sales.record_sales(by=owner_of(factory), operator=factory, drafts=[draft], at=AT)
    assert sale.certificate_number == "HG-1"


def test_what_fails_later_stops_what_was_split_from_it() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    make_inspection(made)
    part, _ = make_split(made, 60, 40)

    make_inspection(made, result="failed", certificate_number="")

    [facts] = stock.batch_facts(factory, [part.pk], on=TODAY).values()
    assert (facts.needs_inspection, facts.has_passed) == (True, False)


def test_new_goods_need_an_inspection_of_their_own() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    make_inspection(made)
    small = make_product(factory, name="小包装")

    [packed] = make_run(factory, "repack", [taken(made, 10)], [output(small, 100)])

    [facts] = stock.batch_facts(factory, [packed.pk], on=TODAY).values()
    assert (facts.needs_inspection, facts.has_passed) == (True, False)


def test_only_the_responsible_person_lets_uninspected_parts_out() -> None:
    factory = make_producer()
    part, _ = make_split(make_made_batch(factory), 60, 40)
    draft = sale_draft(part, make_partner(factory))
    asked = {"operator": factory, "drafts": [draft], "at": AT, "override_reason": "样品急用"}

    with pytest.raises(Rejected) as found:
        sales.record_sales(by=clerk_of(factory), **asked)  # type: ignore[arg-type]
    assert found.value.codes == ["override_needs_owner"]

    sales.record_sales(by=owner_of(factory), **asked)  # type: ignore[arg-type]
    assert AuditEntry.objects.get(event="sales_recorded").reason == "样品急用"


def test_a_large_run_costs_no_more_queries_than_a_small_one() -> None:
    factory = make_producer()
    by = owner_of(factory)
    product = make_product(factory)
    bulk = [flour(factory) for _ in range(8)]

    def queries(inputs: int, outputs: int) -> int:
        draft = run_draft(
            "transformation",
            [taken(batch, 1) for batch in bulk[:inputs]],
            [output(product, 1)] * outputs,
        )
        with CaptureQueriesContext(connection) as captured:
            runs.record_run(by=by, operator=factory, draft=draft, at=AT)
        return len(captured)

    assert queries(1, 1) == queries(8, 20)
