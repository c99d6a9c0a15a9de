from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from traceability.rules import holds, recalls
from traceability.rules.holds import HoldFacts, Stop
from traceability.rules.recall_clocks import clock_for
from traceability.rules.recalls import AnswerDraft, AnswerLine, Balance, HeldBatch, RecallDraft

AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
DRAFT = RecallDraft("second", "failed_sample", "样品菌落总数超标", (1,), AT)
HELD = {1: HeldBatch(1, "面粉", "袋", Decimal(10), Decimal(4))}


def told(draft: AnswerDraft, *, holds_any: bool = True, is_answered: bool = False):
    return recalls.check_answer(
        draft, HELD, holds_any=holds_any, is_withdrawn=False, is_answered=is_answered
    )


def started(draft: RecallDraft, **facts):
    neutral = {
        "clock": clock_for(draft.level, on=AT.date()),
        "known_starts": {1},
        "under_recall": set(),
        "at": AT,
    }
    asked = neutral | facts
    clock = asked.pop("clock")
    return [problem.code for problem in recalls.check_start(draft, clock, **asked)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"level": "fourth"}, "level_unknown"),
        ({"cause": "rumour"}, "cause_unknown"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "长" * 201}, "reason_too_long"),
        ({"known_at": AT + timedelta(seconds=1)}, "known_in_future"),
        ({"known_at": AT - timedelta(days=365, seconds=1)}, "known_too_long_ago"),
        ({"start_ids": ()}, "start_missing"),
        ({"start_ids": tuple(range(51))}, "too_many_starts"),
        ({"start_ids": (1, 2)}, "recall_batch_unknown"),
    ],
)
def test_a_recall_that_cannot_begin_says_why(change, code):
    assert started(replace(DRAFT, **change)) == [code]


@pytest.mark.parametrize("known_at", [AT, AT - timedelta(days=365)])
def test_a_recall_may_begin(known_at):
    assert started(replace(DRAFT, known_at=known_at)) == []


def test_a_batch_is_recalled_once_at_a_time():
    assert started(DRAFT, under_recall={1}) == ["already_recalled"]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (AnswerLine(1, Decimal(6)), []),
        (AnswerLine(1, Decimal(1), Decimal(2), Decimal(3), Decimal(0)), []),
        (AnswerLine(1, Decimal("6.001")), ["more_than_received"]),
        (AnswerLine(1, Decimal(-1)), ["left_negative"]),
        (AnswerLine(1, Decimal("NaN")), ["left_not_a_number"]),
        (AnswerLine(1, Decimal(0), sold=Decimal("0.0001")), ["sold_too_precise"]),
        (AnswerLine(1, Decimal(0), destroyed=Decimal(10) ** 8), ["destroyed_too_large"]),
        (AnswerLine(2, Decimal(6)), ["line_unknown"]),
    ],
)
def test_an_answer_is_checked_line_by_line(line, codes):
    found = told(AnswerDraft(lines=(line,)))

    assert [problem.code for problem in found] == codes


def test_more_than_was_received_is_kept_with_a_warning():
    line = AnswerLine(1, Decimal(7))

    [found] = told(AnswerDraft(lines=(line,)))

    assert found.is_warning


def test_a_second_answer_says_why():
    lines = (AnswerLine(1, Decimal(6)),)

    def codes(correction: str) -> list[str]:
        draft = AnswerDraft(lines=lines, correction=correction)
        return [problem.code for problem in told(draft, is_answered=True)]

    assert codes("") == ["already_answered"]
    assert codes("又追回1袋") == []


def test_no_line_and_a_doubled_one_are_no_answer():
    line = AnswerLine(1, Decimal(1))

    for lines in ((), (line, line)):
        found = told(AnswerDraft(lines=lines))
        assert [problem.code for problem in found] == ["lines_incomplete"]
    assert told(AnswerDraft(), holds_any=False) == []


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"is_withdrawn": False, "is_acknowledged": False}, []),
        ({"is_withdrawn": False, "is_acknowledged": True}, ["already_acknowledged"]),
        ({"is_withdrawn": True, "is_acknowledged": False}, ["notice_withdrawn"]),
    ],
)
def test_a_notice_is_acknowledged_once(facts, codes):
    assert [problem.code for problem in recalls.check_acknowledgement(**facts)] == codes


@pytest.mark.parametrize(
    ("unanswered", "accepts", "codes"),
    [(0, False, []), (1, False, ["holders_unanswered"]), (1, True, [])],
)
def test_a_recall_ends_with_silent_holders_only_knowingly(unanswered, accepts, codes):
    found = recalls.check_finish("全部追回", unanswered=unanswered, accepts_unanswered=accepts)

    assert [problem.code for problem in found] == codes


def test_a_balance_adds_up_to_what_was_sent_out():
    balance = Balance("袋", *map(Decimal, (100, 10, 40, 5, 20, 15)))

    assert balance.unaccounted == Decimal(10)
    assert balance.under_control_ratio == Decimal("0.6")
    assert Balance("袋", *[Decimal(0)] * 6).under_control_ratio is None


LINKS = {1: [2, 3], 2: [4], 3: [4, 5], 4: [2]}


@pytest.mark.parametrize(
    ("starts", "left_out", "expected"),
    [
        ([1], set(), {1: 0, 2: 1, 3: 1, 4: 2, 5: 2}),
        # What lies behind a batch that is left out goes too, unless another way leads there.
        ([1], {3}, {1: 0, 2: 1, 4: 2}),
        ([1], {2, 3}, {1: 0}),
        ([1], {1}, {}),
        ([3, 1], set(), {3: 0, 1: 0, 2: 1, 4: 1, 5: 1}),
    ],
)
def test_the_reach_follows_the_links_around_what_is_left_out(starts, left_out, expected):
    assert recalls.reach(starts, LINKS, left_out) == expected


@pytest.mark.parametrize(
    ("batch_ids", "remaining", "codes"),
    [
        ({2}, {1}, []),
        ({9}, {1}, ["narrow_batch_unknown"]),
        (set(), {1}, ["narrow_batch_unknown"]),
        ({1}, set(), ["nothing_left_to_recall"]),
    ],
)
def test_narrowing_leaves_something_to_recall(batch_ids, remaining, codes):
    found = recalls.check_narrowing(batch_ids, {1, 2}, remaining)

    assert [problem.code for problem in found] == codes


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (HoldFacts("面粉", Decimal("0.001"), False), []),
        (HoldFacts("面粉", Decimal(0), False), ["hold_sold_out"]),
        (HoldFacts("面粉", Decimal(1), True), ["already_held"]),
        (None, ["hold_batch_unknown"]),
    ],
)
def test_what_can_be_frozen(facts, codes):
    found = holds.check_hold([1], {1: facts} if facts else {}, "待检")

    assert [problem.code for problem in found] == codes


@pytest.mark.parametrize(
    ("day", "codes", "is_warning"),
    [
        (date(2026, 11, 9), ["moved_before_stop"], True),
        (date(2026, 11, 10), ["batch_held"], False),
        (date(2026, 11, 11), ["batch_held"], False),
    ],
)
def test_goods_do_not_move_from_the_day_of_the_stop(day, codes, is_warning):
    stop = Stop(date(2026, 11, 10), is_recall=False)

    found = holds.check_movement("面粉", stop, day, field="batch_id", doing="销售")

    assert [problem.code for problem in found] == codes
    assert found[0].is_warning is is_warning


@pytest.mark.parametrize(
    ("held", "is_officer", "codes"),
    [
        ({1: False}, False, []),
        ({1: True}, True, []),
        ({1: True}, False, ["held_by_bureau"]),
        ({}, True, ["not_held"]),
    ],
)
def test_who_may_release(held, is_officer, codes):
    found = holds.check_release([1], held, "复检合格", is_officer=is_officer)

    assert [problem.code for problem in found] == codes
