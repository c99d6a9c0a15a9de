from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.chains import (
    bare_batch,
    city_officer,
    lixia,
    make_chain,
    pass_on,
    province_officer,
    shizhong,
)
from tests.builders.enterprises import (
    AT,
    make_city,
    make_operator,
    make_station,
    officer_of,
    owner_of,
    station_officer_of,
)
from tests.builders.recalls import (
    HOUR,
    affected,
    answer,
    cancel,
    finish,
    kinds,
    make_recall,
    narrow,
    told,
    widen,
)
from tests.builders.traceability import (
    batch_of,
    make_partner,
    make_purchase,
    sale_draft,
)
from traceability.models import (
    Link,
    LinkKind,
    Recall,
    RecallBatch,
    RecallEvent,
    RecallNotice,
)
from traceability.operations import sales
from traceability.queries import recalls as queries

State = Recall.State


def refused(call) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        call()
    return refusal.value.codes


@pytest.mark.django_db
def test_a_recall_reaches_every_holder_and_whoever_has_not_answered_the_sale():
    chain = make_chain()

    recall = make_recall(chain.start)

    assert affected(recall) == chain.batch_ids
    holders = (chain.wholesaler, chain.dealer, chain.shop, chain.canteen, chain.silent)
    assert told(recall) == {operator.pk for operator in holders}
    assert (recall.batch_count, recall.holder_count, recall.county_count) == (4, 5, 3)
    assert kinds(recall) == ["started"]
    entry = AuditEntry.objects.get(event="recall_started")
    assert (entry.about_id, entry.count) == (recall.pk, 4)


@pytest.mark.django_db
def test_a_recall_from_the_middle_asks_the_sources_for_the_cause():
    chain = make_chain()

    recall = make_recall(chain.dealt)

    assert affected(recall) == {chain.dealt.pk, chain.in_shop.pk, chain.in_canteen.pk}
    assert told(recall, "source") == {chain.wholesaler.pk}
    assert told(make_recall(chain.start, tells_upstream=False, is_drill=True), "source") == set()


@pytest.mark.django_db
def test_the_clocks_are_those_of_the_level():
    batch = bare_batch(make_operator())

    recall = make_recall(batch, level="first", known_at=AT - 25 * HOUR)

    assert recall.start_due_at == AT - HOUR
    assert recall.was_started_late
    assert str(recall.finish_due_on) == "2026-11-24"


@pytest.mark.django_db
def test_recalled_goods_stand_still_everywhere_and_those_of_a_drill_do_not():
    chain = make_chain()
    shop = chain.dealer
    draft = sale_draft(chain.dealt, make_partner(shop))

    def sell():
        return sales.record_sales(by=owner_of(shop), operator=shop, drafts=[draft], at=AT)

    make_recall(chain.start, is_drill=True)
    sell()
    recall = make_recall(chain.start)
    assert refused(sell) == ["batch_held"]
    cancel(recall)
    sell()


@pytest.mark.django_db
def test_a_batch_of_another_jurisdiction_or_operator_cannot_be_recalled():
    batch = batch_of(make_purchase())

    for by in (officer_of(shizhong()), owner_of(make_operator())):
        assert refused(lambda by=by: make_recall(batch, by=by)) == ["recall_batch_unknown"]
    assert Recall.objects.count() == 0


@pytest.mark.django_db
def test_who_may_recall():
    station = make_station()
    batch = batch_of(make_purchase(make_operator(station=station)))

    for by in (station_officer_of(station), officer_of(lixia(), Role.FOOD_SAFETY_OFFICE)):
        with pytest.raises(Forbidden):
            make_recall(batch, by=by)
    own = make_recall(batch, by=owner_of(batch.operator))

    assert (own.operator_id, own.initiator) == (batch.operator_id, batch.operator.name)
    assert own.division_id == lixia().pk


@pytest.mark.django_db
def test_a_county_recalls_its_own_goods_from_everywhere_and_sees_only_its_part():
    chain = make_chain()
    county = officer_of(lixia())

    recall = make_recall(chain.start, by=county)

    assert recall.holder_count == 5
    rows = queries.by_county(county, recall)
    assert [(row.county, row.told) for row in rows] == [("历下区", 2), ("辖区以外", 3)]
    seen = queries.notices_in_sight(county, recall)
    assert {notice.operator_id for notice in seen} == {chain.wholesaler.pk, chain.canteen.pk}


@pytest.mark.django_db
def test_the_same_press_twice_is_one_recall():
    batch = batch_of(make_purchase())
    by, key = province_officer(), uuid4()

    first, second = (make_recall(batch, by=by, key=key) for _ in range(2))

    assert first.pk == second.pk
    assert RecallEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_batch_under_recall_is_not_recalled_again_but_may_be_drilled():
    chain = make_chain()
    recall = make_recall(chain.start)

    assert refused(lambda: make_recall(chain.dealt)) == ["already_recalled"]
    make_recall(chain.dealt, is_drill=True)
    cancel(recall)
    make_recall(chain.dealt)


@pytest.mark.django_db(transaction=True)
def test_two_bureaus_that_press_at_once_start_one_recall():
    batch = batch_of(make_purchase())
    both, gate = [province_officer(), officer_of(lixia())], Barrier(2)

    def press(by):
        try:
            gate.wait(10)
            return make_recall(batch, by=by).pk
        except Rejected as refusal:
            return refusal.codes
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(press, both))

    assert ["already_recalled"] in answers
    assert Recall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_press_at_once_starts_one_recall():
    batch = batch_of(make_purchase())
    by, key, gate = province_officer(), uuid4(), Barrier(2)

    def press(_):
        try:
            gate.wait(10)
            return make_recall(batch, by=by, key=key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(press, range(2))

    assert first == second


@pytest.mark.django_db
def test_widening_adds_batches_and_asks_their_holders():
    chain = make_chain()
    other = bare_batch(make_operator())
    recall = make_recall(chain.start)
    answer(chain.shop, recall)

    widen(recall, other)

    recall.refresh_from_db()
    assert affected(recall) == chain.batch_ids | {other.pk}
    assert other.operator_id in told(recall)
    kept = RecallNotice.objects.get(recall=recall, operator=chain.shop)
    assert kept.answered_at == AT
    assert kinds(recall)[-1] == "widened"


@pytest.mark.django_db
def test_widening_without_batches_finds_who_received_goods_since():
    start = batch_of(make_purchase(quantity=Decimal(100)))
    recall = make_recall(start, by=owner_of(start.operator))
    late = bare_batch(make_operator())
    Link.objects.create(
        child_id=late.pk, parent_id=start.pk, kind=LinkKind.TRANSFER, quantity=Decimal(1)
    )

    widen(recall, by=owner_of(start.operator))

    assert affected(recall) == {start.pk, late.pk}
    assert late.operator_id in told(recall)


@pytest.mark.django_db
def test_a_holder_with_more_batches_than_before_is_asked_again():
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)
    more = bare_batch(chain.shop)

    widen(recall, more)

    notice = RecallNotice.objects.get(recall=recall, operator=chain.shop)
    assert (notice.answered_at, notice.batch_count) == (None, 2)


@pytest.mark.django_db
def test_narrowing_takes_out_what_came_from_there_alone_and_stays_on_record():
    chain = make_chain()
    apart = pass_on(chain.start, chain.canteen, quantity=Decimal(2))
    recall = make_recall(chain.start)

    narrow(recall, chain.dealt)

    recall.refresh_from_db()
    assert affected(recall) == {chain.start.pk, apart.pk}
    assert told(recall) == {chain.wholesaler.pk, chain.canteen.pk}
    assert RecallBatch.objects.filter(recall=recall).count() == 5
    assert RecallNotice.objects.filter(recall=recall).count() == 5
    assert (recall.batch_count, recall.holder_count) == (2, 2)
    assert kinds(recall) == ["started", "narrowed"]
    widen(recall, chain.dealt)
    assert affected(recall) == chain.batch_ids | {apart.pk}


@pytest.mark.django_db
def test_narrowing_needs_a_reason_and_leaves_something():
    chain = make_chain()
    recall = make_recall(chain.start)
    before = affected(recall)

    assert refused(lambda: narrow(recall, chain.dealt, reason="")) == ["reason_missing"]
    assert refused(lambda: narrow(recall, chain.start)) == ["nothing_left_to_recall"]
    stranger = bare_batch(make_operator())
    assert refused(lambda: narrow(recall, stranger)) == ["narrow_batch_unknown"]
    assert affected(recall) == before
    assert Recall.objects.get().left_out_ids == []


@pytest.mark.django_db
def test_an_ended_recall_is_changed_no_more():
    chain = make_chain()
    finished = make_recall(chain.start)
    finish(finished, accepts_unanswered=True)

    assert refused(lambda: cancel(finished)) == ["recall_finished"]
    assert refused(lambda: widen(finished)) == ["recall_finished"]
    assert refused(lambda: narrow(finished, chain.dealt)) == ["recall_finished"]
    assert refused(lambda: answer(chain.shop, finished)) == ["recall_finished"]
    cancelled = make_recall(chain.dealt, is_drill=True)
    cancel(cancelled)
    assert refused(lambda: finish(cancelled, accepts_unanswered=True)) == ["recall_cancelled"]


@pytest.mark.django_db
def test_cancelling_needs_a_reason():
    recall = make_recall(batch_of(make_purchase()))

    assert refused(lambda: cancel(recall, reason=" ")) == ["reason_missing"]
    assert Recall.objects.get().state == State.ACTIVE


@pytest.mark.django_db
def test_only_the_bureau_that_began_it_and_those_above_manage_a_recall():
    chain = make_chain()
    recall = make_recall(chain.start, by=officer_of(lixia()))
    city = city_officer()

    for by in (officer_of(shizhong()), owner_of(chain.wholesaler)):
        with pytest.raises(OutOfScope):
            cancel(recall, by=by)
    qingdao = officer_of(make_city(code="370200", name="青岛市"), Role.CITY_OFFICER)
    # It concerns the city's shop, so the city follows it; it is not the city's to change.
    assert queries.recall_in_sight(qingdao, recall.pk) == recall
    assert not queries.manages(qingdao, recall)
    cancel(recall, by=city)


@pytest.mark.django_db
def test_a_recall_without_anybody_in_sight_does_not_exist():
    recall = make_recall(batch_of(make_purchase()))

    with pytest.raises(OutOfScope):
        queries.recall_in_sight(officer_of(shizhong()), recall.pk)
    with pytest.raises(OutOfScope):
        queries.recall_in_sight(owner_of(make_operator()), recall.pk)


@pytest.mark.django_db
def test_the_cost_does_not_grow_with_the_holders():
    start = batch_of(make_purchase(quantity=Decimal(100)))
    pass_on(start, make_operator(), quantity=Decimal(1))
    by = province_officer()

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries_run:
            recall = make_recall(start, by=by)
        cancel(recall)
        return len(queries_run)

    few = cost()
    for _ in range(5):
        pass_on(start, make_operator(), quantity=Decimal(1))

    assert cost() == few
    assert few <= 24
