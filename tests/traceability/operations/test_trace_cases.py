from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders import chains
from tests.builders.chains import (
    bare_batch,
    case_draft,
    city_officer,
    later,
    lixia,
    make_case,
    make_chain,
    make_open_case,
    province_officer,
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
from traceability.models import AccessReceipt, Link, LinkKind, TraceCase, TraceRun
from traceability.operations import cases
from traceability.queries import cases as queries

State = TraceCase.State


def look(by, *starts, case=None, at=AT, direction="down"):
    return cases.look_at_trace(
        by=by,
        starts=[batch.pk for batch in starts],
        direction=direction,
        case_id=case.pk if case else None,
        at=at,
    )


def events():
    return list(AuditEntry.objects.order_by("pk").values_list("event", flat=True))


@pytest.mark.django_db
def test_a_request_keeps_who_asked_for_what_and_opens_nothing():
    batch = bare_batch(make_operator())
    by = officer_of(lixia())

    case = cases.request_case(by=by, draft=case_draft(batch, reason=" 样品 一 "), at=AT)

    stored = TraceCase.objects.get(pk=case.pk)
    assert (stored.state, stored.reason, stored.start_ids) == ("requested", "样品 一", [batch.pk])
    assert (stored.bureau, stored.division_id) == ("历下区市场监督管理局", lixia().pk)
    assert (stored.asked_path, stored.asked_name) == ("/370000/", "山东省")
    assert (stored.requested_by, stored.requested_name) == (by.person_id, by.name)
    assert not stored.is_open(AT)
    assert events() == ["trace_case_requested"]


@pytest.mark.django_db
def test_a_station_asks_in_its_own_name():
    station = make_station()
    batch = bare_batch(make_operator(station=station))

    case = make_case(batch, by=station_officer_of(station))

    assert (case.station_id, case.bureau) == (station.pk, "历下区解放路监管所")
    assert TraceCase.objects.visible_to(officer_of(lixia())).get() == case


@pytest.mark.django_db
def test_a_batch_of_another_county_cannot_be_asked_about():
    batch = bare_batch(make_operator())

    with pytest.raises(Rejected) as refusal:
        make_case(batch, by=officer_of(chains.shizhong()))

    assert refusal.value.codes == ["start_unknown"]
    assert TraceCase.objects.count() == 0


@pytest.mark.django_db
def test_only_an_area_above_the_bureau_can_be_asked_for():
    batch = bare_batch(make_operator())

    with pytest.raises(Rejected) as refusal:
        make_case(batch, asked_path=chains.shinan().path)

    assert refusal.value.codes == ["asked_path_unknown"]


@pytest.mark.django_db
def test_an_operator_and_the_food_safety_office_ask_for_nothing():
    shop = make_operator()
    batch = bare_batch(shop)

    for by in (owner_of(shop), officer_of(lixia(), Role.FOOD_SAFETY_OFFICE)):
        with pytest.raises(Forbidden):
            make_case(batch, by=by)


@pytest.mark.django_db
def test_an_approved_case_is_open_for_the_days_it_asked_for():
    case = make_open_case(bare_batch(make_operator()), days=7)

    assert case.is_open(AT)
    assert case.is_open(later(7) - (later(1) - AT) / 86_400)
    assert not case.is_open(later(7))
    assert case.is_expired(later(7))
    assert events() == ["trace_case_requested", "trace_case_approved"]


@pytest.mark.django_db
def test_the_city_opens_its_counties_cases_as_far_as_itself():
    batch = bare_batch(make_operator())
    within, beyond = make_case(batch, asked_path=make_city().path), make_case(batch)

    opened = cases.approve_case(by=city_officer(), case_id=within.pk, at=AT)
    with pytest.raises(Rejected) as refusal:
        cases.approve_case(by=city_officer(), case_id=beyond.pk, at=AT)

    assert opened.state == State.APPROVED
    assert refusal.value.codes == ["asked_beyond_decider"]
    assert TraceCase.objects.get(pk=beyond.pk).state == State.REQUESTED


@pytest.mark.django_db
def test_nobody_approves_the_own_request():
    by = province_officer()
    case = make_case(bare_batch(make_operator()), by=by)

    with pytest.raises(Rejected) as refusal:
        cases.approve_case(by=by, case_id=case.pk, at=AT)

    assert refusal.value.codes == ["decider_is_requester"]
    assert TraceCase.objects.get().state == State.REQUESTED


@pytest.mark.django_db
def test_a_county_decides_nothing_and_a_foreign_city_knows_of_nothing():
    case = make_case(bare_batch(make_operator()))

    with pytest.raises(Forbidden):
        cases.approve_case(by=officer_of(lixia()), case_id=case.pk, at=AT)
    qingdao = officer_of(make_city(code="370200", name="青岛市"), Role.CITY_OFFICER)
    with pytest.raises(OutOfScope):
        cases.approve_case(by=qingdao, case_id=case.pk, at=AT)


@pytest.mark.django_db
def test_a_refusal_needs_a_reason():
    case = make_case(bare_batch(make_operator()))

    with pytest.raises(Rejected) as refusal:
        cases.refuse_case(by=province_officer(), case_id=case.pk, note=" ", at=AT)

    assert refusal.value.codes == ["note_missing"]
    assert TraceCase.objects.get().state == State.REQUESTED


@pytest.mark.django_db
def test_an_extension_moves_the_end():
    case = make_open_case(bare_batch(make_operator()))

    longer = cases.extend_case(
        by=province_officer(), case_id=case.pk, days=30, reason="还没查完", at=later(10)
    )

    assert longer.expires_at == later(40)
    assert events()[-1] == "trace_case_extended"


@pytest.mark.django_db
def test_a_closed_case_shows_nothing_more_and_stays_on_record():
    chain = make_chain()
    case, county = make_open_case(chain.start), officer_of(lixia())

    cases.close_case(by=county, case_id=case.pk, note="已处置", at=AT)

    assert look(county, chain.start, case=case).view.hidden_count == 2
    with pytest.raises(Rejected) as refusal:
        cases.close_case(by=county, case_id=case.pk, note="再结一次", at=AT)
    assert refusal.value.codes == ["case_already_ended"]
    assert TraceCase.objects.get().closing_note == "已处置"


@pytest.mark.django_db
def test_every_look_is_kept_with_its_time_and_reach():
    chain = make_chain()

    run = look(officer_of(lixia()), chain.start).run

    stored = TraceRun.objects.get(pk=run.pk)
    assert (stored.node_count, stored.link_count, stored.operator_count) == (4, 3, 4)
    assert (stored.shown_count, stored.depth, stored.cut) == (2, 2, "")
    assert (stored.case_id, stored.bureau) == (None, "历下区市场监督管理局")
    assert stored.duration_ms >= 1
    assert AccessReceipt.objects.count() == 0


@pytest.mark.django_db
def test_a_look_under_a_case_is_told_once_a_day_to_each_owner_shown():
    chain = make_chain()
    case = make_open_case(chain.start, asked_path=make_city().path)
    county = officer_of(lixia())

    first = look(county, chain.start, case=case).run
    look(county, chain.start, case=case)
    look(county, chain.start, case=case, at=later(1))

    owners = {chain.wholesaler.pk, chain.dealer.pk, chain.canteen.pk}
    rows = AccessReceipt.objects.values_list("operator_id", "day", "run_id")
    assert {owner for owner, _, _ in rows} == owners
    assert len(rows) == 2 * len(owners)
    assert {run for _, day, run in rows if day == AT.date()} == {first.pk}
    assert TraceRun.objects.count() == 3


@pytest.mark.django_db
def test_the_owner_reads_who_looked_and_not_why_in_words():
    chain = make_chain()
    case = make_open_case(chain.start, reason="某厂的奶粉")
    look(officer_of(lixia()), chain.start, case=case)

    rows = queries.receipts_of(owner_of(chain.shop), chain.shop)

    [receipt] = queries.shown_receipts(rows)
    assert (receipt.bureau, receipt.looked_by) == ("历下区市场监督管理局", "监管员")
    assert receipt.kind == "抽检不合格"
    assert "奶粉" not in repr(receipt)
    with pytest.raises(OutOfScope):
        queries.receipts_of(owner_of(chain.dealer), chain.shop)


@pytest.mark.django_db
def test_a_look_costs_the_same_whatever_the_size():
    chain = make_chain()
    case, county = make_open_case(chain.start), officer_of(lixia())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            look(county, chain.start, case=case)
        counts.append(len(counted))
        for _ in range(10):
            child = bare_batch(make_operator())
            Link.objects.create(
                parent_id=chain.start.pk, child_id=child.pk, kind=LinkKind.TRANSFER, quantity=1
            )

    assert counts[0] == counts[1] <= 14


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_comes_too_late():
    case = make_case(bare_batch(make_operator()))
    deciders, ready = [province_officer(), province_officer()], Barrier(2)

    def decide(by):
        ready.wait()
        try:
            return cases.approve_case(by=by, case_id=case.pk, at=AT).decided_by
        except Rejected as refusal:
            return refusal.codes
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, deciders))

    assert ["case_not_waiting"] in answers
    assert TraceCase.objects.get().decided_by in answers
    assert events().count("trace_case_approved") == 1


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_write_one_receipt_an_owner():
    chain = make_chain()
    case, lookers = make_open_case(chain.start), [officer_of(lixia()), officer_of(lixia())]
    ready = Barrier(2)

    def one_look(by):
        ready.wait()
        try:
            return len(look(by, chain.start, case=case).view.hops)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one_look, lookers)) == [4, 4]
    assert AccessReceipt.objects.count() == 4
