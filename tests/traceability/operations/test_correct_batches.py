from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import (
    inspection_draft,
    make_farm,
    make_harvest,
    make_inspection,
    make_made_batch,
    make_producer,
    production_draft,
)
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_product,
    make_purchase,
    make_sale,
)
from traceability.models import Batch, BatchRevision, FactoryInspection, Link, MonthMark, Product
from traceability.operations import batches, production, purchases
from traceability.queries import proofs, stock
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionInput

pytestmark = pytest.mark.django_db


def draft_of(batch: Batch, **facts: Any) -> ProductionDraft:
    links = Link.objects.filter(child_id=batch.pk).values_list("parent_id", "quantity")
    draft = ProductionDraft(
        product_id=batch.product_id,
        quantity=batch.quantity,
        unit=batch.unit,
        produced_on=batch.received_on,
        inputs=tuple(ProductionInput(*pair) for pair in links),
        batch_number=batch.batch_number,
    )
    return replace(draft, **facts)


def correct(batch: Batch, draft: ProductionDraft, reason: str = "数量看错") -> Batch:
    operator = batch.operator
    return batches.correct_production(
        by=owner_of(operator),
        operator=operator,
        batch_id=batch.pk,
        draft=draft,
        reason=reason,
        at=AT,
    )


def void(batch: Batch, reason: str = "重复登记") -> Batch:
    operator = batch.operator
    return batches.void_batch(
        by=owner_of(operator), operator=operator, batch_id=batch.pk, reason=reason, at=AT
    )


def on_hand(batch: Batch) -> Decimal:
    return stock.batch_facts(batch.operator, [batch.pk], on=TODAY)[batch.pk].on_hand


def test_a_voided_run_gives_its_materials_back() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(10)))
    bread = make_made_batch(factory, (flour.pk, 4))

    void(bread)

    bread.refresh_from_db()
    assert (bread.state, on_hand(flour)) == ("voided", Decimal(10))
    assert not Link.objects.exists()
    assert stock.batch_facts(factory, [bread.pk], on=TODAY) == {}


def test_a_void_says_who_why_and_what_was_there() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory))
    bread = make_made_batch(factory, (flour.pk, 4))
    MonthMark.objects.all().delete()

    void(bread, "重复登记")

    kept = BatchRevision.objects.get(batch_id=bread.pk)
    assert (kept.became, kept.reason, kept.person_name) == (
        "voided",
        "重复登记",
        owner_of(factory).name,
    )
    assert kept.before["inputs"] == [
        {"batch_id": flour.pk, "name": flour.name, "unit": "袋", "quantity": "4"}
    ]
    assert AuditEntry.objects.get(event="batch_voided").reason == "重复登记"
    assert MonthMark.objects.get().month == TODAY.replace(day=1)


def test_what_was_sold_is_not_voided() -> None:
    farm = make_farm()
    crop = make_harvest(farm)
    make_sale(farm, make_operator(), batch=crop)

    with pytest.raises(Rejected) as refused:
        void(crop)

    crop.refresh_from_db()
    assert refused.value.codes == ["batch_already_used"]
    assert crop.state == "current"
    assert not BatchRevision.objects.exists()


def test_what_went_into_another_batch_is_not_voided() -> None:
    factory = make_producer()
    dough = make_made_batch(factory)
    make_made_batch(factory, (dough.pk, 1))

    with pytest.raises(Rejected) as refused:
        void(dough)

    assert refused.value.codes == ["batch_already_used"]
    assert Link.objects.count() == 1


def test_what_was_inspected_is_voided_after_its_inspection_only() -> None:
    bread = make_made_batch(make_producer())
    make_inspection(bread)

    with pytest.raises(Rejected) as refused:
        void(bread)

    bread.refresh_from_db()
    assert (refused.value.codes, bread.state) == (["batch_already_inspected"], "current")


def test_nothing_is_voided_twice_or_without_a_reason() -> None:
    bread = make_made_batch(make_producer())

    with pytest.raises(Rejected) as silent:
        void(bread, " ")
    void(bread)
    with pytest.raises(Rejected) as again:
        void(bread)

    assert (silent.value.codes, again.value.codes) == (["reason_missing"], ["already_voided"])
    assert BatchRevision.objects.count() == 1


def test_bought_goods_and_those_of_others_are_out_of_reach() -> None:
    factory = make_producer()
    bought, foreign = batch_of(make_purchase(factory)), make_made_batch(make_producer())
    foreign.operator = factory

    for batch in (bought, foreign):
        with pytest.raises(OutOfScope):
            void(batch)

    assert Batch.objects.filter(state="voided").count() == 0


def test_a_correction_changes_the_batch_and_keeps_what_it_said() -> None:
    factory = make_producer()
    flour, oil = batch_of(make_purchase(factory)), batch_of(make_purchase(factory))
    bread = make_made_batch(factory, (flour.pk, 4))

    corrected = correct(
        bread,
        draft_of(
            bread,
            quantity=Decimal(90),
            batch_number="L-2",
            inputs=(ProductionInput(oil.pk, Decimal(3)),),
        ),
    )

    kept = BatchRevision.objects.get(batch_id=bread.pk)
    assert (corrected.pk, corrected.token_salt) == (bread.pk, bread.token_salt)
    assert (corrected.quantity, corrected.batch_number) == (Decimal(90), "L-2")
    assert (on_hand(flour), on_hand(oil)) == (Decimal(10), Decimal(7))
    assert (kept.became, kept.before["batch"]["batch_number"]) == ("superseded", "L-1")
    assert [part["batch_id"] for part in kept.before["inputs"]] == [flour.pk]


def test_a_correction_may_use_again_what_the_batch_itself_had_taken() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(10)))
    bread = make_made_batch(factory, (flour.pk, 8))

    correct(bread, draft_of(bread, inputs=(ProductionInput(flour.pk, Decimal(10)),)))
    with pytest.raises(Rejected) as refused:
        correct(bread, draft_of(bread, inputs=(ProductionInput(flour.pk, Decimal(11)),)))

    assert refused.value.codes == ["more_than_on_hand"]
    assert on_hand(flour) == 0
    assert BatchRevision.objects.count() == 1


@pytest.mark.parametrize(
    ("quantity", "codes"), [(4, []), ("3.999", ["less_than_already_used"]), (500, [])]
)
def test_the_quantity_covers_what_has_left(quantity: Any, codes: list[str]) -> None:
    farm = make_farm()
    crop = make_harvest(farm)
    make_sale(farm, make_operator(), batch=crop, quantity=Decimal(4))
    draft = HarvestDraft(crop.product_id, Decimal(quantity), crop.unit, TODAY)
    by: dict[str, Any] = {"by": owner_of(farm), "operator": farm, "batch_id": crop.pk, "at": AT}

    found = batches.preview_harvest_correction(draft=draft, **by)

    assert [problem.code for problem in found] == codes


def test_what_was_made_later_than_used_or_inspected_is_refused() -> None:
    factory = make_producer()
    yesterday = TODAY - timedelta(days=1)
    dough = make_made_batch(factory, produced_on=yesterday)
    make_inspection(dough, inspected_on=yesterday)
    make_made_batch(factory, (dough.pk, 1), produced_on=yesterday)

    with pytest.raises(Rejected) as refused:
        correct(dough, draft_of(dough, produced_on=TODAY))

    dough.refresh_from_db()
    assert refused.value.codes[:2] == ["made_after_used", "made_after_inspected"]
    assert dough.produced_on == yesterday


def test_another_number_on_goods_already_out_is_a_warning() -> None:
    farm = make_farm()
    crop = make_harvest(farm)
    make_sale(farm, make_operator(), batch=crop)
    draft = HarvestDraft(crop.product_id, crop.quantity, crop.unit, TODAY, batch_number="B-2")
    by: dict[str, Any] = {"by": owner_of(farm), "operator": farm, "batch_id": crop.pk, "at": AT}

    [warning] = batches.preview_harvest_correction(draft=draft, **by)
    corrected = batches.correct_harvest(draft=draft, reason="批号写错", **by)

    assert (warning.code, warning.severity) == ("papers_already_out", "warning")
    assert corrected.batch_number == "B-2"


def test_nothing_is_made_of_itself() -> None:
    factory = make_producer()
    dough = make_made_batch(factory)
    bread = make_made_batch(factory, (dough.pk, 1))

    for wrong in (dough, bread):
        with pytest.raises(Rejected) as refused:
            correct(dough, draft_of(dough, inputs=(ProductionInput(wrong.pk, Decimal(1)),)))
        assert refused.value.codes[0] == "made_from_itself"

    assert Link.objects.count() == 1


def test_a_correction_keeps_the_product() -> None:
    factory = make_producer()
    bread = make_made_batch(factory)

    with pytest.raises(Rejected) as refused:
        correct(bread, draft_of(bread, product_id=make_product(factory).pk))

    bread.refresh_from_db()
    assert refused.value.codes == ["product_differs"]
    assert not BatchRevision.objects.exists()


def test_an_inspection_before_the_correction_can_still_be_proven() -> None:
    bread = make_made_batch(make_producer())
    inspection = make_inspection(bread)

    correct(bread, draft_of(bread, batch_number="L-2"))

    bread.refresh_from_db()
    inspection.refresh_from_db()
    assert proofs.is_proven(bread.operator, inspection, bread)


def test_a_correction_takes_what_the_product_says_today() -> None:
    bread = make_made_batch(make_producer())
    Product.objects.filter(pk=bread.product_id).update(shelf_life_value=6)

    corrected = correct(bread, draft_of(bread))

    assert corrected.shelf_life == "6个月"


def test_goods_of_a_voided_batch_are_not_used_again() -> None:
    factory = make_producer()
    dough = make_made_batch(factory)
    void(dough)

    with pytest.raises(Rejected) as refused:
        production.record_production(
            by=owner_of(factory),
            operator=factory,
            drafts=[production_draft(make_product(factory), (dough.pk, 1))],
            at=AT,
        )

    assert refused.value.codes == ["batch_unknown"]


def test_a_purchase_is_voided_once_the_run_that_used_it_is() -> None:
    factory = make_producer()
    purchase = make_purchase(factory)
    bread = make_made_batch(factory, (purchase.batch_id, 1))
    by: dict[str, Any] = {"by": owner_of(factory), "operator": factory, "at": AT}

    with pytest.raises(Rejected):
        purchases.void_purchase(purchase_id=purchase.pk, reason="重复", **by)
    void(bread)
    purchases.void_purchase(purchase_id=purchase.pk, reason="重复", **by)

    assert batch_of(purchase).state == "voided"


def at_once(*actions: Callable[[], object]) -> list[object]:
    """What each action came to when all began together; a refusal is its codes."""
    start = Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        start.wait()
        try:
            return action()
        except Rejected as refused:
            return refused.codes
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_what_is_voided_and_used_at_once_is_only_one_of_both(round_: int) -> None:
    factory = make_producer()
    dough = make_made_batch(factory)
    bread = make_product(factory)
    use = production_draft(bread, (dough.pk, 1))
    by: dict[str, Any] = {"by": owner_of(factory), "operator": factory, "at": AT}

    answers = at_once(
        lambda: batches.void_batch(batch_id=dough.pk, reason="重复", **by),
        lambda: production.record_production(drafts=[use], **by),
    )

    dough.refresh_from_db()
    is_used = Link.objects.filter(parent_id=dough.pk).exists()
    assert (dough.state == "voided") != is_used
    assert [["batch_already_used"], ["batch_unknown"]][not is_used] in answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_batch_is_never_inspected_and_voided(round_: int) -> None:
    bread = make_made_batch(make_producer())
    by: dict[str, Any] = {"by": owner_of(bread.operator), "operator": bread.operator, "at": AT}

    answers = at_once(
        lambda: batches.void_batch(batch_id=bread.pk, reason="重复", **by),
        lambda: production.record_inspections(drafts=[inspection_draft(bread)], **by),
    )

    bread.refresh_from_db()
    is_inspected = FactoryInspection.objects.exists()
    assert (bread.state == "voided") != is_inspected
    assert [["batch_already_inspected"], ["batch_unknown"]][not is_inspected] in answers


@pytest.mark.django_db(transaction=True)
def test_two_runs_corrected_to_the_same_materials_never_take_more_than_there_is() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory, quantity=Decimal(10)))
    runs = [make_made_batch(factory, (flour.pk, 1)) for _ in range(2)]

    drafts = [draft_of(run, inputs=(ProductionInput(flour.pk, Decimal(8)),)) for run in runs]
    answers = at_once(
        *(
            lambda run=run, draft=draft: correct(run, draft)
            for run, draft in zip(runs, drafts, strict=True)
        )
    )

    assert answers.count(["more_than_on_hand"]) == 1
    assert on_hand(flour) == Decimal(1)
