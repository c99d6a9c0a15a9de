from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders.enterprises import AT
from traceability.models import TraceCase
from traceability.rules import cases as rules
from traceability.rules.cases import CaseDraft, CaseFacts

PROVINCE, CITY, COUNTY = "/370000/", "/370000/370100/", "/370000/370100/370102/"
OTHER_CITY = "/370000/370200/"
DRAFT = CaseDraft("failed_sample", "样品一", (1, 2))
ASKED = CaseFacts("requested", 7, COUNTY, CITY)
OPEN = replace(ASKED, state="approved", decided_at=AT, expires_at=AT + timedelta(days=30))


def codes(problems):
    return [(problem.code, problem.field) for problem in problems]


def test_the_kinds_are_those_of_the_model():
    assert list(rules.KINDS) == TraceCase.Kind.values


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (DRAFT, []),
        (replace(DRAFT, days=1), []),
        (replace(DRAFT, days=90), []),
        (replace(DRAFT, days=0), [("days_out_of_range", "days")]),
        (replace(DRAFT, days=91), [("days_out_of_range", "days")]),
        (replace(DRAFT, kind="curiosity"), [("kind_unknown", "kind")]),
        (replace(DRAFT, reason="  "), [("reason_missing", "reason")]),
        (replace(DRAFT, reason="长" * 200), []),
        (replace(DRAFT, reason="长" * 201), [("reason_too_long", "reason")]),
        (replace(DRAFT, start_ids=()), [("starts_missing", "start_ids")]),
        (replace(DRAFT, start_ids=(1, 3)), [("start_unknown", "start_ids")]),
        (replace(DRAFT, start_ids=tuple(range(51))), [("too_many_starts", "start_ids")]),
        (
            CaseDraft("", "", (), days=0),
            [
                ("kind_unknown", "kind"),
                ("reason_missing", "reason"),
                ("starts_missing", "start_ids"),
                ("days_out_of_range", "days"),
            ],
        ),
    ],
)
def test_a_request_is_checked_in_every_field(draft, expected):
    assert codes(rules.check_request(draft, known_starts={1, 2}, known_path=True)) == expected


def test_an_unknown_start_names_its_row():
    draft = replace(DRAFT, start_ids=(1, 3, 2))

    [problem] = rules.check_request(draft, known_starts={1, 2}, known_path=True)

    assert problem.row == 2


def test_the_asked_area_must_be_known():
    problems = rules.check_request(DRAFT, known_starts={1, 2}, known_path=False)

    assert codes(problems) == [("asked_path_unknown", "asked_path")]


@pytest.mark.parametrize(
    ("case", "person_id", "paths", "expected"),
    [
        (ASKED, 8, [PROVINCE], []),
        (ASKED, 8, [CITY], []),
        (ASKED, 7, [PROVINCE], ["decider_is_requester"]),
        (ASKED, None, [PROVINCE], ["decider_is_requester"]),
        (ASKED, 8, [COUNTY], ["decider_not_above"]),
        (ASKED, 8, [OTHER_CITY], ["decider_not_above"]),
        (ASKED, 8, [], ["decider_not_above"]),
        (replace(ASKED, asked_path=PROVINCE), 8, [CITY], ["asked_beyond_decider"]),
        (replace(ASKED, asked_path=PROVINCE), 8, [PROVINCE], []),
        (replace(ASKED, division_path=CITY), 8, [CITY], ["decider_not_above"]),
        (replace(ASKED, division_path=PROVINCE, asked_path=PROVINCE), 8, [PROVINCE], []),
        (ASKED, 8, [OTHER_CITY, CITY], []),
    ],
)
def test_a_second_person_of_a_bureau_above_decides(case, person_id, paths, expected):
    problems = rules.check_decider(case, person_id=person_id, paths=paths)

    assert [problem.code for problem in problems] == expected


def test_a_city_may_refuse_what_it_could_not_open():
    case = replace(ASKED, asked_path=PROVINCE)

    assert rules.check_decider(case, person_id=8, paths=[CITY], opens=False) == []


@pytest.mark.parametrize("state", ["approved", "refused", "closed"])
def test_a_case_is_decided_once(state):
    assert [problem.code for problem in rules.check_is_waiting(state)] == ["case_not_waiting"]


@pytest.mark.parametrize(
    ("case", "days", "after", "expected"),
    [
        (OPEN, 30, 10, []),
        (OPEN, 20, 10, ["extension_not_later"]),
        (OPEN, 21, 10, []),
        (OPEN, 80, 10, []),
        (OPEN, 81, 10, ["extension_too_long"]),
        (OPEN, 0, 10, ["days_out_of_range"]),
        (OPEN, 30, 30, ["case_expired"]),
        (ASKED, 30, 10, ["case_not_open"]),
        (replace(OPEN, state="closed"), 30, 10, ["case_not_open"]),
    ],
)
def test_an_open_case_goes_on_for_ninety_days_at_most(case, days, after, expected):
    problems = rules.check_extension(case, days, at=AT + timedelta(days=after))

    assert [problem.code for problem in problems] == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("requested", []),
        ("approved", []),
        ("refused", ["case_already_ended"]),
        ("closed", ["case_already_ended"]),
    ],
)
def test_only_a_running_case_is_closed(state, expected):
    assert [problem.code for problem in rules.check_may_close(state)] == expected


def test_a_refusal_needs_words_and_an_approval_does_not():
    assert codes(rules.check_note("", is_required=True)) == [("note_missing", "note")]
    assert rules.check_note("", is_required=False) == []
