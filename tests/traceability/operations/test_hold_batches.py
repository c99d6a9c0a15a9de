from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from enterprises.actor import Forbidden
from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.chains import lixia, shizhong
from tests.builders.enterprises import (
    AT,
    make_operator,
    make_station,
    officer_of,
    owner_of,
    station_officer_of,
)
from tests.builders.production import make_made_batch, make_producer
from tests.builders.runs import make_box, make_split, taken
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_partner,
    make_purchase,
    sale_draft,
)
from traceability.models import Batch, Hold, Purchase, Sale
from traceability.operations import holds, incoming, sales
from traceability.queries.holds import stops_of
from traceability.rules.incoming import AcceptDraft


def hold(batch: Batch, *, by=None, reason="待检", at=AT) -> Hold:
    [made, *_] = holds.hold_batches(
        by=by or officer_of(lixia()), batch_ids=[batch.pk], reason=reason, at=at
    )
    return made


def release(batch: Batch, *, by=None, reason="复检合格"):
    holds.release_batches(by=by or officer_of(lixia()), batch_ids=[batch.pk], reason=reason, at=AT)


def sell(batch: Batch, **facts):
    operator = batch.operator
    draft = sale_draft(batch, make_partner(operator), **facts)
    return sales.record_sales(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)


def refused(call) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        call()
    return refusal.value.codes


@pytest.mark.django_db
def test_a_held_batch_cannot_be_sold_until_it_is_released():
    batch = batch_of(make_purchase())
    hold(batch)

    assert refused(lambda: sell(batch)) == ["batch_held"]
    assert Sale.objects.count() == 0
    release(batch)
    sell(batch)

    assert Sale.objects.count() == 1
    events = AuditEntry.objects.filter(event__startswith="batches_").order_by("pk")
    assert [entry.event for entry in events] == ["batches_held", "batches_released"]


@pytest.mark.django_db
def test_what_was_sold_before_the_hold_is_recorded_late_with_a_warning():
    batch = batch_of(make_purchase(purchased_on=TODAY - timedelta(days=2)))
    hold(batch)

    [sale] = sell(batch, sold_on=TODAY - timedelta(days=1))

    assert sale.warnings == ["moved_before_stop"]


@pytest.mark.django_db
def test_goods_of_a_held_batch_are_not_taken_in():
    buyer = make_operator()
    draft = make_incoming(buyer)
    hold(Batch.objects.get(pk=draft.seller_batch_id))

    def accept():
        incoming.accept_incoming(
            by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(draft.pk)], at=AT
        )

    assert refused(accept) == ["batch_held"]
    assert Purchase.objects.filter(operator=buyer).count() == 0


@pytest.mark.django_db
def test_a_hold_on_a_sold_out_batch_is_refused():
    batch = batch_of(make_purchase(quantity=Decimal(4)))
    sell(batch, quantity=Decimal(4))

    assert refused(lambda: hold(batch)) == ["hold_sold_out"]
    assert Hold.objects.count() == 0


@pytest.mark.django_db
def test_a_batch_is_held_once():
    batch = batch_of(make_purchase())
    hold(batch)

    assert refused(lambda: hold(batch)) == ["already_held"]
    assert Hold.objects.count() == 1


@pytest.mark.django_db
def test_a_foreign_batch_and_none_at_all_are_one_answer():
    batch = batch_of(make_purchase())

    assert refused(lambda: hold(batch, by=officer_of(shizhong()))) == ["hold_batch_unknown"]
    assert refused(lambda: hold(batch, by=owner_of(make_operator()))) == ["hold_batch_unknown"]
    assert refused(lambda: hold(Batch(pk=1))) == ["hold_batch_unknown"]


@pytest.mark.django_db
def test_an_owner_does_not_release_what_the_bureau_froze():
    batch = batch_of(make_purchase())
    hold(batch)

    assert refused(lambda: release(batch, by=owner_of(batch.operator))) == ["held_by_bureau"]
    assert Hold.objects.in_force().count() == 1


@pytest.mark.django_db
def test_a_station_and_an_owner_may_hold_and_the_food_safety_office_may_not():
    station = make_station()
    first, second = (batch_of(make_purchase(make_operator(station=station))) for _ in range(2))

    hold(first, by=station_officer_of(station))
    hold(second, by=owner_of(second.operator))

    assert list(Hold.objects.order_by("pk").values_list("is_official", flat=True)) == [True, False]
    with pytest.raises(Forbidden):
        hold(first, by=officer_of(lixia(), Role.FOOD_SAFETY_OFFICE))


@pytest.mark.django_db
def test_a_hold_and_its_release_need_a_reason():
    batch = batch_of(make_purchase())

    assert refused(lambda: hold(batch, reason=" ")) == ["reason_missing"]
    hold(batch)
    assert refused(lambda: release(batch, reason="")) == ["reason_missing"]
    release(batch)
    assert refused(lambda: release(batch)) == ["not_held"]


@pytest.mark.django_db
def test_a_held_batch_is_not_used_as_material():
    factory = make_producer()
    flour = batch_of(make_purchase(factory))
    hold(flour)

    assert refused(lambda: make_made_batch(factory, (flour.pk, 1))) == ["batch_held"]
    assert Batch.objects.filter(origin_kind="made").count() == 0


@pytest.mark.django_db
def test_what_was_split_boxed_or_merged_of_a_batch_is_held_and_released_with_it():
    shop = make_operator()
    bulk = batch_of(make_purchase(shop))
    other = batch_of(make_purchase(shop, product=bulk.product))
    first, second = make_split(bulk, 2, 3)
    box = make_box(shop, taken(first, 2), taken(other, 1))
    goods = {bulk.pk, first.pk, second.pk, box.pk}

    hold(bulk, by=owner_of(shop))

    assert set(stops_of([*goods, other.pk])) == goods
    assert refused(lambda: sell(second, quantity=Decimal(1))) == ["batch_held"]
    assert AuditEntry.objects.get(event="batches_held").count == 4
    release(bulk, by=owner_of(shop))
    assert not Hold.objects.in_force().exists()


@pytest.mark.django_db
def test_a_batch_that_is_all_in_its_parts_can_be_held():
    bulk = batch_of(make_purchase(quantity=Decimal(4)))
    parts = make_split(bulk, 2, 2)

    hold(bulk)

    assert set(stops_of([part.pk for part in parts])) == {part.pk for part in parts}
    assert refused(lambda: hold(bulk)) == ["already_held"]


@pytest.mark.django_db
def test_a_batch_whose_parts_are_sold_out_as_well_is_not_held():
    bulk = batch_of(make_purchase(quantity=Decimal(4)))
    for part in make_split(bulk, 2, 2):
        sell(part, quantity=Decimal(2))

    assert refused(lambda: hold(bulk)) == ["hold_sold_out"]
    assert Hold.objects.count() == 0


@pytest.mark.django_db
def test_a_part_that_was_held_for_itself_stays_held():
    bulk = batch_of(make_purchase())
    first, second = make_split(bulk, 2, 2)
    hold(first, by=owner_of(bulk.operator))
    hold(bulk, at=AT + timedelta(hours=1))

    release(bulk)

    assert set(stops_of([bulk.pk, first.pk, second.pk])) == {first.pk}


@pytest.mark.django_db
def test_holding_costs_the_same_whatever_came_of_the_batch(django_assert_max_num_queries):
    bulk = batch_of(make_purchase(quantity=Decimal(100)))
    make_split(bulk, *[1] * 30)

    with django_assert_max_num_queries(16):
        hold(bulk)

    assert Hold.objects.count() == 31
