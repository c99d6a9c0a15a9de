from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
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
from tests.builders.recalls import answer, line, make_recall
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
from traceability.operations import recall_answers, recalls, sales
from traceability.queries import recalls as queries

State = Recall.State
HOUR = timedelta(hours=1)


def refused(call) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        call()
    return refusal.value.codes


def told(recall: Recall, role="holder") -> set[int]:
    rows = RecallNotice.objects.standing().filter(recall=recall, role=role)
    return set(rows.values_list("operator_id", flat=True))


def affected(recall: Recall) -> set[int]:
    rows = RecallBatch.objects.affected().filter(recall=recall)
    return set(rows.values_list("batch_id", flat=True))


def kinds(recall: Recall) -> list[str]:
    return list(
        RecallEvent.objects.filter(recall=recall).order_by("pk").values_list("kind", flat=True)
    )


def widen(recall, *starts, reason="又发现同批原料", by=None):
    ids = [batch.pk for batch in starts]
    return recalls.widen_recall(
        by=by or province_officer(), recall_id=recall.pk, start_ids=ids, reason=reason, at=AT
    )


def narrow(recall, *batches, reason="这部分检验合格", by=None):
    ids = [batch.pk for batch in batches]
    return recalls.narrow_recall(
        by=by or province_officer(), recall_id=recall.pk, batch_ids=ids, reason=reason, at=AT
    )


def finish(recall, note="全部追回", by=None, **facts):
    return recalls.finish_recall(
        by=by or province_officer(), recall_id=recall.pk, note=note, at=AT + HOUR, **facts
    )


def cancel(recall, reason="复检合格", by=None):
    return recalls.cancel_recall(
        by=by or province_officer(), recall_id=recall.pk, reason=reason, at=AT + HOUR
    )


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
def test_every_holder_answers_and_the_recall_is_finished():
    chain = make_chain()
    recall = make_recall(chain.start)
    assert refused(lambda: finish(recall)) == ["holders_unanswered"]

    for operator in (chain.wholesaler, chain.dealer, chain.shop, chain.canteen, chain.silent):
        answer(operator, recall, at=AT + HOUR)
    ended = finish(recall)

    assert (ended.state, ended.ended_at) == (State.FINISHED, AT + HOUR)
    progress = queries.progress_of(recall)
    assert (progress.holders, progress.unanswered) == (5, 0)
    assert progress.last_answer_at == AT + HOUR
    [balance] = queries.balances_of(recall)
    # The silent shop's one bag left the dealer and was never taken in: the dealer answers for it.
    assert (balance.total, balance.left, balance.unaccounted) == (100, 100, 0)


@pytest.mark.django_db
def test_the_balance_says_where_the_goods_are():
    chain = make_chain()
    recall = make_recall(chain.start)

    answer(chain.wholesaler, recall, lines=(line(chain.start, left=40, destroyed=10),))
    answer(chain.shop, recall, lines=(line(chain.in_shop, recovered=1, sold=2),))

    [balance] = queries.balances_of(recall)
    assert (balance.total, balance.unanswered) == (100, 45)
    assert (balance.left, balance.recovered, balance.sold, balance.destroyed) == (40, 1, 2, 10)
    assert balance.unaccounted == 2


@pytest.mark.django_db
def test_silent_holders_are_given_up_only_knowingly():
    recall = make_recall(batch_of(make_purchase()))

    ended = finish(recall, accepts_unanswered=True)

    assert ended.state == State.FINISHED
    assert RecallEvent.objects.get(kind="finished").details == {"unanswered": 1}


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
def test_a_notice_is_acknowledged_once():
    chain = make_chain()
    recall = make_recall(chain.start)

    def acknowledge():
        return recall_answers.acknowledge_notice(
            by=owner_of(chain.shop), operator=chain.shop, recall_id=recall.pk, at=AT
        )

    assert acknowledge().acknowledged_at == AT
    assert refused(acknowledge) == ["already_acknowledged"]
    assert kinds(recall) == ["started", "acknowledged"]


@pytest.mark.django_db
def test_a_second_answer_needs_a_reason_and_keeps_the_first_in_the_history():
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)

    assert refused(lambda: answer(chain.shop, recall)) == ["already_answered"]
    lines = (line(chain.in_shop, left=1, recovered=4),)
    answer(chain.shop, recall, lines=lines, correction="又追回4袋")

    row = RecallBatch.objects.get(recall=recall, batch_id=chain.in_shop.pk)
    assert (row.left, row.recovered) == (1, 4)
    assert kinds(recall) == ["started", "answered", "corrected"]
    first = RecallEvent.objects.get(recall=recall, kind="answered")
    assert first.details["lines"][0]["left"] == "5.000"


@pytest.mark.django_db
def test_more_than_was_received_is_kept_and_shows_in_the_balance():
    chain = make_chain()
    recall = make_recall(chain.in_shop, tells_upstream=False)

    answer(chain.shop, recall, lines=(line(chain.in_shop, left=7),))

    [balance] = queries.balances_of(recall)
    assert balance.unaccounted == -2
    assert RecallEvent.objects.get(kind="answered").details["warnings"] == ["more_than_received"]


@pytest.mark.django_db
def test_a_stranger_and_a_holder_that_was_taken_out_answer_nothing():
    chain = make_chain()
    recall = make_recall(chain.start)

    with pytest.raises(OutOfScope):
        answer(make_operator(), recall)
    narrow(recall, chain.in_shop)
    assert refused(lambda: answer(chain.shop, recall)) == ["notice_withdrawn"]


@pytest.mark.django_db
def test_somebody_elses_photo_is_no_evidence():
    chain = make_chain()
    recall = make_recall(chain.start)

    found = refused(lambda: answer(chain.shop, recall, evidence_ids=(1,)))

    assert found == ["evidence_unknown"]
    assert RecallNotice.objects.get(recall=recall, operator=chain.shop).answered_at is None


@pytest.mark.django_db
def test_the_league_ranks_counties_by_their_answers_to_drills():
    chain = make_chain()
    drill = make_recall(chain.start, is_drill=True)
    for operator, hours in ((chain.wholesaler, 2), (chain.canteen, 4), (chain.dealer, 1)):
        answer(operator, drill, at=AT + hours * HOUR)

    rows = queries.drill_league(province_officer(), at=AT + 5 * HOUR)

    assert [(row.county, row.told, row.answered) for row in rows] == [
        ("市中区", 1, 1),
        ("历下区", 2, 2),
        ("市南区", 2, 0),
    ]
    assert (rows[1].median_seconds, rows[1].longest_seconds) == (3 * 3600, 4 * 3600)
    [own] = queries.drill_league(officer_of(lixia()), at=AT + 5 * HOUR)
    assert own.county == "历下区"


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
