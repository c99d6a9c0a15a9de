from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders.enterprises import credit_code, make_operator
from tests.builders.traceability import make_partner
from tests.traceability.sheets.lines import codes_of, judge, record, told
from traceability.models import Partner
from traceability.sheets.partners import PARTNERS

pytestmark = pytest.mark.django_db
NEUTRAL: dict[str, Any] = {"name": "泉润粮油店", "roles": "供应商"}


def test_a_partner_is_entered_with_all_that_its_row_says() -> None:
    operator, code = make_operator(), credit_code()

    [id_] = record(
        PARTNERS,
        operator,
        NEUTRAL
        | {
            "credit_code": code,
            "licence_valid_until": "2027年12月31日",
            "contact_phone": "0531-88888888",
            "is_outside_province": "是",
        },
    )

    partner = Partner.objects.get(pk=id_)
    assert (partner.credit_code, partner.licence_valid_until) == (code, date(2027, 12, 31))
    assert (partner.is_supplier, partner.is_buyer) == (True, False)
    assert (partner.is_outside_province, partner.needs_review) == (True, False)


@pytest.mark.parametrize("said", ["长期", "长期有效", "有效期至：永久", "无固定期限", "/"])
def test_a_licence_that_holds_for_ever_has_no_last_day(said: str) -> None:
    [id_] = record(PARTNERS, make_operator(), NEUTRAL | {"licence_valid_until": said})

    assert Partner.objects.get(pk=id_).licence_valid_until is None


def test_of_several_numbers_the_first_is_kept() -> None:
    said = NEUTRAL | {"contact_phone": "0531-88888888、13800000000"}

    [verdict] = judge(PARTNERS, make_operator(), said)

    assert told(verdict) == ("new", [("phone_doubtful", "contact_phone")])
    assert verdict.draft.contact_phone == "0531-88888888"


@pytest.mark.parametrize(
    ("said", "expected"), [("外省", True), ("省内", False), ("是", True), ("", False)]
)
def test_where_somebody_is_may_be_said_in_words(said: str, expected: bool) -> None:
    [id_] = record(PARTNERS, make_operator(), NEUTRAL | {"is_outside_province": said})

    assert Partner.objects.get(pk=id_).is_outside_province is expected


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("供货者", (True, False)),
        ("客户", (False, True)),
        ("两者都是", (True, True)),
        ("供应商、客户", (True, True)),
    ],
)
def test_what_somebody_is_to_the_operator_is_read(roles: str, expected: Any) -> None:
    operator = make_operator()

    record(PARTNERS, operator, NEUTRAL | {"roles": roles})

    assert Partner.objects.values_list("is_supplier", "is_buyer").get() == expected


def test_what_a_row_leaves_out_stays_as_it_was() -> None:
    operator = make_operator()
    make_partner(operator, name="泉润粮油店", is_buyer=False, address="文化路8号")

    record(PARTNERS, operator, NEUTRAL | {"roles": "客户", "contact_name": "王五"})

    partner = Partner.objects.get()
    assert (partner.address, partner.contact_name) == ("文化路8号", "王五")
    assert (partner.is_supplier, partner.is_buyer) == (True, True)


def test_a_partner_that_is_entered_just_so_is_told() -> None:
    operator = make_operator()
    partner = make_partner(operator, name="泉润粮油店")

    [verdict] = judge(PARTNERS, operator, NEUTRAL)

    assert told(verdict) == ("same", [("already_recorded", "")])
    assert verdict.record_id == partner.pk


def test_one_that_stands_there_twice_is_entered_once() -> None:
    first, second = judge(PARTNERS, make_operator(), NEUTRAL, NEUTRAL | {"address": "文化路8号"})

    assert told(first) == ("new", [])
    assert told(second) == ("skipped", [("row_repeated", "")])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"name": ""}, [("name_missing", "name")]),
        ({"roles": ""}, [("partner_role_missing", "roles")]),
        ({"roles": "亲戚"}, [("partner_role_unclear", "roles")]),
        ({"credit_code": "9137"}, [("credit_code_malformed", "credit_code")]),
        ({"contact_phone": "1.39E+10"}, [("contact_phone_lossy", "contact_phone")]),
        ({"is_outside_province": "河北"}, [("flag_unclear", "is_outside_province")]),
        ({"contact_phone": "问老李"}, [("phone_malformed", "contact_phone")]),
        ({"licence_number": "SC123"}, [("licence_number_malformed", "licence_number")]),
        (
            {"licence_valid_until": "2027年13月1日"},
            [("licence_valid_until_unreadable", "licence_valid_until")],
        ),
    ],
)
def test_a_fault_is_told_at_its_column(said: Any, expected: Any) -> None:
    operator = make_operator()

    assert codes_of(PARTNERS, operator, NEUTRAL | said) == expected
    assert not Partner.objects.exists()


def test_oneself_is_no_partner() -> None:
    operator = make_operator()

    said = NEUTRAL | {"credit_code": operator.credit_code}

    assert codes_of(PARTNERS, operator, said) == [("partner_is_oneself", "credit_code")]
