from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Rejected
from tests.builders.chains import lixia
from tests.builders.enterprises import AT, make_operator, officer_of, owner_of
from tests.builders.production import make_producer, production_draft
from tests.builders.recalls import make_recall
from tests.builders.runs import make_run, make_split, output, taken
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    sale_draft,
)
from traceability.models import Batch, Hold, Sale
from traceability.operations import batches, holds, production, sales
from traceability.rules.production import ProductionInput

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)


def flour(operator: Operator) -> Batch:
    five_days_ago = TODAY - timedelta(days=5)
    return batch_of(make_purchase(operator, quantity=Decimal(100), purchased_on=five_days_ago))


def hold(batch: Batch, by: Actor | None = None) -> None:
    by = by or owner_of(Operator.objects.get(pk=batch.operator_id))
    holds.hold_batches(by=by, batch_ids=[batch.pk], reason="等检验结果", at=AT)


def split_late(batch: Batch) -> list[Batch]:
    operator = Operator.objects.get(pk=batch.operator_id)
    parts = [output(None, 5), output(None, 5)]
    return make_run(operator, "split", [taken(batch, 10)], parts, done_on=YESTERDAY)


def refused_sale(batch: Batch) -> list[str]:
    operator = Operator.objects.get(pk=batch.operator_id)
    draft = sale_draft(batch, make_partner(operator), quantity=Decimal(1))
    with pytest.raises(Rejected) as found:
        sales.record_sales(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)
    assert not Sale.objects.filter(batch_id=batch.pk).exists()
    return found.value.codes


def test_a_late_split_of_a_held_batch_is_held_with_it() -> None:
    bulk = flour(make_operator())
    hold(bulk)

    parts = split_late(bulk)

    held = Hold.objects.in_force().filter(batch_id__in=[part.pk for part in parts])
    assert list(held.values_list("held_at", "is_official")) == [(AT, False)] * 2
    assert refused_sale(parts[0]) == ["batch_held"]


def test_a_late_split_of_a_recalled_batch_only_the_bureau_releases() -> None:
    shop = make_operator()
    bulk = flour(shop)
    make_recall(bulk)

    [first, _] = split_late(bulk)

    assert refused_sale(first) == ["batch_held"]
    with pytest.raises(Rejected) as found:
        holds.release_batches(by=owner_of(shop), batch_ids=[first.pk], reason="合格", at=AT)
    assert found.value.codes == ["held_by_bureau"]


def test_what_a_bureau_froze_stays_its_own_to_release_when_split() -> None:
    bulk = flour(make_operator())
    hold(bulk, officer_of(lixia()))

    parts = split_late(bulk)

    assert all(Hold.objects.get(batch_id=part.pk).is_official for part in parts)


def test_late_making_of_held_goods_is_held_and_other_making_is_not() -> None:
    factory = make_producer()
    stopped, free = flour(factory), flour(factory)
    hold(stopped)
    drafts = [
        production_draft(
            make_product(factory),
            produced_on=YESTERDAY,
            inputs=(ProductionInput(used.pk, Decimal(1)),),
        )
        for used in (stopped, free)
    ]

    first, second = production.record_production(
        by=owner_of(factory), operator=factory, drafts=drafts, at=AT
    )

    assert Hold.objects.filter(batch_id=first.pk).exists()
    assert not Hold.objects.filter(batch_id=second.pk).exists()


def test_a_correction_that_puts_held_goods_in_holds_what_was_made() -> None:
    factory = make_producer()
    stopped, free = flour(factory), flour(factory)
    product = make_product(factory)
    facts = {"produced_on": YESTERDAY, "batch_number": "A-1"}
    draft = production_draft(product, inputs=(ProductionInput(free.pk, Decimal(1)),), **facts)
    by = owner_of(factory)
    [made] = production.record_production(by=by, operator=factory, drafts=[draft], at=AT)
    hold(stopped)

    used = (ProductionInput(stopped.pk, Decimal(1)),)
    for _ in range(2):
        batches.correct_production(
            by=by,
            operator=factory,
            batch_id=made.pk,
            draft=production_draft(product, inputs=used, **facts),
            reason="看错了批次",
            at=AT,
        )

    assert Hold.objects.filter(batch_id=made.pk).count() == 1


def test_goods_of_batches_that_may_move_are_not_held() -> None:
    make_split(flour(make_operator()), 5, 5)

    assert not Hold.objects.exists()
