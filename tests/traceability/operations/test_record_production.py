from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, Operator, OperatorState
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import (
    make_harvest,
    make_made_batch,
    make_producer,
    production_draft,
)
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from traceability.models import Batch, Link, MonthMark
from traceability.operations import production
from traceability.rules.production import HarvestDraft

pytestmark = pytest.mark.django_db


def record(operator: Operator, *drafts: Any, **more: Any) -> list[Batch]:
    return production.record_production(
        by=owner_of(operator), operator=operator, drafts=drafts, at=AT, **more
    )


def test_an_output_batch_is_linked_to_its_inputs() -> None:
    factory = make_producer()
    flour, oil = batch_of(make_purchase(factory)), batch_of(make_purchase(factory))

    batch = make_made_batch(factory, (flour.pk, 4), (oil.pk, 3))

    links = Link.objects.filter(child_id=batch.pk).values_list("parent_id", "kind", "quantity")
    assert set(links) == {
        (flour.pk, "transformation", Decimal(4)),
        (oil.pk, "transformation", Decimal(3)),
    }
    assert (batch.origin_kind, batch.maker_name) == ("made", factory.name)
    assert batch.maker_operator_id == factory.pk
    assert batch.expires_on == date(2027, 11, 10)


def test_one_call_writes_one_audit_row_and_marks_the_month() -> None:
    factory = make_producer()
    product = make_product(factory)

    record(factory, production_draft(product), production_draft(product))

    assert AuditEntry.objects.get(event="production_recorded").count == 2
    assert MonthMark.objects.get(operator_id=factory.pk).month == date(2026, 11, 1)
    assert Operator.objects.get(pk=factory.pk).state == OperatorState.USING
    product.refresh_from_db()
    assert product.is_own_made


def test_a_second_press_finds_the_first_ones_batch() -> None:
    factory = make_producer()
    draft, key = production_draft(make_product(factory)), uuid4()

    first, second = (record(factory, draft, submit_key=key) for _ in range(2))

    assert [batch.pk for batch in first] == [batch.pk for batch in second]
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity_not_positive", "quantity"),
        ({"quantity": Decimal("1.2345")}, "quantity_too_precise", "quantity"),
        ({"unit": "大概"}, "unit_unknown", "unit"),
        ({"produced_on": TODAY + timedelta(days=1)}, "produced_on_in_future", "produced_on"),
        ({"produced_on": date(2025, 1, 1)}, "produced_on_too_long_ago", "produced_on"),
        ({"batch_number": "号" * 61}, "batch_number_too_long", "batch_number"),
        ({"product_id": 1}, "product_unknown", "product_id"),
    ],
)
def test_refuses_what_cannot_be(facts: dict[str, Any], code: str, field: str) -> None:
    factory = make_producer()

    with pytest.raises(Rejected) as refused:
        record(factory, production_draft(make_product(factory), row=3, **facts))

    assert [(p.code, p.field, p.row) for p in refused.value.problems] == [(code, field, 3)]
    assert Batch.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_two_drafts_share_what_is_left_of_an_input() -> None:
    factory = make_producer()
    flour, product = batch_of(make_purchase(factory)), make_product(factory)

    with pytest.raises(Rejected) as refused:
        record(
            factory,
            production_draft(product, (flour.pk, 6), row=1),
            production_draft(product, (flour.pk, 5), row=2),
        )

    assert [(p.code, p.row) for p in refused.value.problems] == [("more_than_on_hand", 2)]
    assert Link.objects.count() == 0


def test_what_was_used_is_no_longer_on_hand() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory))
    make_made_batch(factory, (flour.pk, 6))

    with pytest.raises(Rejected) as refused:
        make_made_batch(factory, (flour.pk, 5))

    assert refused.value.codes == ["more_than_on_hand"]


def test_more_than_the_books_say_may_be_used_knowingly() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory))

    [bread] = production.record_production(
        by=owner_of(factory),
        operator=factory,
        drafts=[production_draft(make_product(factory), (flour.pk, 11))],
        at=AT,
        short_confirmed=True,
    )

    assert Link.objects.get(child_id=bread.pk).quantity == Decimal(11)
    assert AuditEntry.objects.get(event="production_recorded").details["warnings"] == [
        "more_than_on_hand"
    ]


def test_another_operators_batch_looks_like_none() -> None:
    foreign = batch_of(make_purchase())

    with pytest.raises(Rejected) as refused:
        make_made_batch(make_producer(), (foreign.pk, 1))

    assert refused.value.codes == ["batch_unknown"]
    assert foreign.name not in refused.value.problems[0].message


def test_an_input_must_have_arrived_and_be_named_once() -> None:
    factory = make_producer()
    flour = batch_of(make_purchase(factory))
    draft = production_draft(
        make_product(factory), (flour.pk, 1), (flour.pk, 1), produced_on=date(2026, 11, 5)
    )

    with pytest.raises(Rejected) as refused:
        record(factory, draft)

    assert set(refused.value.codes) == {"input_repeated", "used_before_received"}


def test_an_expired_input_is_recorded_with_a_warning() -> None:
    factory = make_producer()
    old = make_product(factory, shelf_life_value=3, shelf_life_unit="day")
    flour = batch_of(make_purchase(factory, product=old))

    make_made_batch(factory, (flour.pk, 1))

    entry = AuditEntry.objects.get(event="production_recorded")
    assert entry.details["warnings"] == ["input_expired"]


def test_nobody_records_for_a_foreign_operator() -> None:
    factory = make_producer()

    with pytest.raises(OutOfScope):
        production.record_production(
            by=owner_of(make_operator()),
            operator=factory,
            drafts=[production_draft(make_product(factory))],
            at=AT,
        )


def test_the_number_of_queries_does_not_grow_with_the_drafts() -> None:
    factory = make_producer()
    product, by = make_product(factory), owner_of(factory)
    flour = batch_of(make_purchase(factory, quantity=Decimal(1000)))

    def queries(count: int) -> int:
        drafts = [production_draft(product, (flour.pk, 1)) for _ in range(count)]
        with CaptureQueriesContext(connection) as found:
            production.record_production(by=by, operator=factory, drafts=drafts, at=AT)
        return len(found)

    assert queries(40) <= queries(1)


def test_a_harvest_begins_a_chain() -> None:
    batch = make_harvest(origin_place="章丘区")

    assert (batch.origin_kind, batch.origin_place) == ("grown", "章丘区")
    assert batch.is_farm_produce
    assert Link.objects.count() == 0
    assert AuditEntry.objects.get(event="harvests_recorded").count == 1


def test_a_harvest_of_tomorrow_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        make_harvest(harvested_on=TODAY + timedelta(days=1))

    assert refused.value.codes == ["harvested_on_in_future"]
    assert Batch.objects.count() == 0


def test_many_harvests_share_one_call() -> None:
    farm = make_operator()
    product = make_product(farm)
    drafts = [HarvestDraft(product.pk, Decimal(n), "千克", TODAY) for n in range(1, 31)]

    batches = production.record_harvests(by=owner_of(farm), operator=farm, drafts=drafts, at=AT)

    assert [batch.quantity for batch in batches] == [Decimal(n) for n in range(1, 31)]
