from __future__ import annotations

import pytest

from enterprises.actor import OutOfScope
from shilian.problems import Rejected
from tests.builders.chains import lixia, make_chain, province_officer
from tests.builders.enterprises import AT, make_operator, officer_of, owner_of
from tests.builders.recalls import HOUR, answer, finish, kinds, line, make_recall, narrow
from tests.builders.traceability import batch_of, make_purchase
from traceability.models import Recall, RecallBatch, RecallEvent, RecallNotice
from traceability.operations import recall_answers
from traceability.queries import recall_holders
from traceability.queries import recalls as queries

State = Recall.State


def refused(call) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        call()
    return refusal.value.codes


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
    [balance] = recall_holders.balances_of(recall)
    # The silent shop's one bag left the dealer and was never taken in: the dealer answers for it.
    assert (balance.total, balance.left, balance.unaccounted) == (100, 100, 0)


@pytest.mark.django_db
def test_the_balance_says_where_the_goods_are():
    chain = make_chain()
    recall = make_recall(chain.start)

    answer(chain.wholesaler, recall, lines=(line(chain.start, left=40, destroyed=10),))
    answer(chain.shop, recall, lines=(line(chain.in_shop, recovered=1, sold=2),))

    [balance] = recall_holders.balances_of(recall)
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

    [balance] = recall_holders.balances_of(recall)
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
