"""Boundaries of the rules on licences, phones and roster entries (domain.md sections 2 and 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from enterprises.rules.licences import LicenceDraft, check_licence, kind_of, status_on
from enterprises.rules.phones import check_phone, tidy_phone
from enterprises.rules.pinyin import initials
from enterprises.rules.registration import OperatorDraft, RosterFacts, check_operators, tidy
from tests.builders.enterprises import credit_code

TODAY = date(2026, 11, 10)
FACTS = RosterFacts(
    division_paths={370102001: "/370000/370100/370102/370102001/"},
    station_paths={1: "/370000/370100/370102/", 2: "/370000/370100/370103/"},
)
GOOD = OperatorDraft(
    name="张记粮油店",
    credit_code=credit_code(),
    sector="circulation",
    kind="individual",
    division_id=370102001,
    station_id=1,
    contact_phone="13800000000",
)


@pytest.mark.parametrize(
    ("valid_until", "status"),
    [
        (None, "unknown"),
        (date(2026, 11, 9), "expired"),
        (date(2026, 11, 10), "expires_soon"),
        (date(2026, 12, 10), "expires_soon"),
        (date(2026, 12, 11), "valid"),
    ],
)
def test_a_licence_is_valid_through_its_last_day(valid_until: date | None, status: str) -> None:
    assert status_on(valid_until, TODAY) == status


@pytest.mark.parametrize(
    ("licence", "codes"),
    [
        (
            LicenceDraft("JY13701020000055", "JY", date(2024, 1, 1), date(2029, 1, 1)),
            ["licence_number_check_digit"],
        ),
        (LicenceDraft("JY23701020073753", "JY"), []),
        (LicenceDraft("JY2370102007375", "JY"), ["licence_number_malformed"]),
        (LicenceDraft("鲁历下小餐饮0001", "card"), []),
        (LicenceDraft("x" * 61, "card"), ["licence_number_too_long"]),
        (LicenceDraft("YB13701020000000", "YB"), []),
        (LicenceDraft("A1", "card", date(2026, 11, 10)), []),
        (LicenceDraft("A1", "card", date(2026, 11, 11)), ["issued_in_future"]),
        (
            LicenceDraft("A1", "card", date(2025, 1, 2), date(2025, 1, 1)),
            ["licence_ends_before_issue"],
        ),
        (LicenceDraft("A1", "card", None, date(2026, 11, 9)), ["licence_expired"]),
        (LicenceDraft("A1", "card", date(1924, 1, 1)), ["issued_too_early"]),
    ],
)
def test_faults_of_a_licence(licence: LicenceDraft, codes: list[str]) -> None:
    assert [problem.code for problem in check_licence(licence, today=TODAY)] == codes


def test_the_letters_say_the_kind() -> None:
    assert [kind_of(n) for n in ("SC108", "JY235", "YB1", "登记0001")] == ["SC", "JY", "YB", "card"]


@pytest.mark.parametrize(
    ("typed", "tidy_number", "codes"),
    [
        ("+86 138-0000-0000", "13800000000", []),
        ("008613800000000", "13800000000", []),
        ("0531-88888888", "0531-88888888", ["phone_is_landline"]),
        ("", "", ["phone_missing"]),
        ("1380000000", "1380000000", ["phone_malformed"]),
        ("12800000000", "12800000000", ["phone_malformed"]),
    ],
)
def test_phones(typed: str, tidy_number: str, codes: list[str]) -> None:
    assert tidy_phone(typed) == tidy_number
    assert [problem.code for problem in check_phone(tidy_number)] == codes


def test_names_are_found_by_their_initials() -> None:
    assert initials("张记(老店)粮油1号") == "zjldly1h"


def test_a_draft_is_tidied_before_it_is_checked() -> None:
    draft = tidy(
        replace(GOOD, credit_code=" 91３70102ma\u200b ", legal_person="张 三", contact_name="")
    )

    assert (draft.credit_code, draft.contact_name) == ("91370102MA", "张 三")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "name_missing"),
        ({"name": "店" * 121}, "name_too_long"),
        ({"credit_code": ""}, "credit_code_missing"),
        ({"credit_code": "91370102"}, "credit_code_malformed"),
        ({"sector": "sales"}, "sector_unknown"),
        ({"kind": "shop"}, "kind_unknown"),
        ({"division_id": 370103001}, "division_unknown"),
        ({"station_id": 2}, "station_elsewhere"),
        ({"standing": "closed"}, "standing_reason_missing"),
        ({"catering_class": "C4"}, "catering_class_unknown"),
        ({"goods_classes": ("K11",)}, "goods_class_unknown"),
        ({"contact_phone": "123"}, "phone_malformed"),
        ({"address": "路" * 201}, "address_too_long"),
    ],
)
def test_each_fault_of_a_roster_entry_has_its_code(change: dict[str, object], code: str) -> None:
    problems = check_operators([replace(GOOD, row=7, **change)], FACTS, today=TODAY)  # type: ignore[arg-type]

    assert [(problem.code, problem.row) for problem in problems] == [(code, 7)]


def test_two_rows_with_one_code_are_both_named() -> None:
    problems = check_operators([replace(GOOD, row=5), replace(GOOD, row=6)], FACTS, today=TODAY)

    assert [(p.code, p.row) for p in problems] == [
        ("credit_code_repeated", 5),
        ("credit_code_repeated", 6),
    ]


def test_a_sound_entry_has_no_problem() -> None:
    assert check_operators([GOOD], FACTS, today=TODAY) == []
