from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import AuditEntry, Licence, Operator, OperatorState, Standing
from enterprises.operations import operators
from enterprises.operations.operators import LicenceDraft, OperatorDraft
from enterprises.roles import Role
from shilian.clock import start_of
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    make_county,
    make_operator,
    make_station,
    make_township,
    officer_of,
    owner_of,
    station_officer_of,
)

pytestmark = pytest.mark.django_db


def draft(**facts: object) -> OperatorDraft:
    return OperatorDraft(
        **{
            "name": "张记粮油店",
            "credit_code": credit_code(),
            "sector": "circulation",
            "kind": "individual",
            "division_id": make_township().pk,
            "contact_phone": "13800000000",
        }
        | facts  # type: ignore[arg-type]
    )


def test_lists_an_operator_with_its_licence() -> None:
    by = officer_of(make_county())
    licence = LicenceDraft("JY23701020073753", "JY", date(2025, 1, 1), date(2030, 1, 1))

    [listed] = operators.list_operators(by=by, drafts=[draft(licences=(licence,))], at=AT)

    operator = Operator.objects.get(pk=listed.pk)
    assert (operator.state, operator.listed_at, operator.pinyin) == (
        OperatorState.LISTED,
        start_of(date(2025, 1, 1)),
        "zjlyd",
    )
    assert operator.division_path == "/370000/370100/370102/370102001/"
    assert operator.county_id == 370102
    assert Licence.objects.get().operator_id == operator.pk
    assert AuditEntry.objects.get().event == "operators_listed"


def test_an_operator_without_an_issued_licence_is_listed_from_now() -> None:
    by = officer_of(make_county())

    [listed] = operators.list_operators(by=by, drafts=[draft()], at=AT)

    assert listed.listed_at == AT


def test_lists_all_or_none() -> None:
    by = officer_of(make_county())

    with pytest.raises(Rejected) as refusal:
        operators.list_operators(by=by, drafts=[draft(row=5), draft(name="", row=6)], at=AT)

    assert [(p.code, p.row) for p in refusal.value.problems] == [("name_missing", 6)]
    assert not Operator.objects.exists()
    assert not AuditEntry.objects.exists()


def test_refuses_a_code_that_is_listed_already() -> None:
    by = officer_of(make_county())
    known = make_operator()

    with pytest.raises(Rejected) as refusal:
        operators.list_operators(by=by, drafts=[draft(credit_code=known.credit_code)], at=AT)

    assert refusal.value.codes == ["operator_listed_already"]


def test_a_neighbouring_county_may_not_list_here() -> None:
    by = officer_of(make_county(code="370103", name="市中区"))

    with pytest.raises(OutOfScope):
        operators.list_operators(by=by, drafts=[draft()], at=AT)

    assert not Operator.objects.exists()


def test_a_station_may_not_list() -> None:
    by = station_officer_of(make_station())

    with pytest.raises(Forbidden):
        operators.list_operators(by=by, drafts=[draft()], at=AT)


def test_queries_do_not_grow_with_the_drafts() -> None:
    by = officer_of(make_county())

    def cost(count: int) -> int:
        drafts = [draft() for _ in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            operators.list_operators(by=by, drafts=drafts, at=AT)
        return len(queries)

    assert cost(2) == cost(60) <= 9


def test_activation_carried_over_counts_only_the_listed() -> None:
    by = officer_of(make_county())
    waiting = make_operator(state=OperatorState.LISTED)
    active = make_operator()

    count = operators.activate_operators(
        by=by, operators=[waiting, active], at=AT + timedelta(days=1)
    )

    assert count == 1
    waiting.refresh_from_db()
    active.refresh_from_db()
    assert waiting.activated_at == AT + timedelta(days=1)
    assert active.activated_at == AT


def test_closing_keeps_reason_approver_and_day() -> None:
    by = officer_of(make_county())
    operator = make_operator()

    operators.change_standing(
        by=by, operator=operator, standing=Standing.CLOSED, reason=" 已注销 ", at=AT
    )

    operator.refresh_from_db()
    assert (operator.standing, operator.standing_reason) == ("closed", "已注销")
    assert operator.standing_approved_by_id == by.person_id
    assert operator.standing_since == date(2026, 11, 10)
    entry = AuditEntry.objects.get(event="standing_changed")
    assert (entry.operator_id, entry.details["before"], entry.reason) == (
        operator.pk,
        "normal",
        "已注销",
    )


@pytest.mark.parametrize(
    ("standing", "reason", "since", "code"),
    [
        (Standing.CLOSED, " ", None, "standing_reason_missing"),
        (Standing.NORMAL, "恢复", None, "standing_unchanged"),
        (Standing.SUSPENDED, "装修", date(2026, 11, 11), "standing_in_future"),
        (Standing.SUSPENDED, "由" * 201, None, "standing_reason_too_long"),
    ],
)
def test_standing_is_refused(
    standing: Standing, reason: str, since: date | None, code: str
) -> None:
    by = officer_of(make_county())
    operator = make_operator()

    with pytest.raises(Rejected) as refusal:
        operators.change_standing(
            by=by, operator=operator, standing=standing, reason=reason, since=since, at=AT
        )

    assert refusal.value.codes == [code]
    operator.refresh_from_db()
    assert (operator.standing, operator.standing_since) == ("normal", None)


def test_an_owner_may_not_change_the_standing() -> None:
    operator = make_operator()

    with pytest.raises(Forbidden):
        operators.change_standing(
            by=owner_of(operator), operator=operator, standing=Standing.CLOSED, reason="关门", at=AT
        )


def test_contact_is_changed_to_a_mobile_only() -> None:
    by = officer_of(make_county())
    operator = make_operator()

    with pytest.raises(Rejected) as refusal:
        operators.change_contact(
            by=by, operator=operator, name="李四", phone="0531-88888888", at=AT
        )
    operators.change_contact(by=by, operator=operator, name="李四", phone="139 0000 0000", at=AT)

    assert refusal.value.codes == ["phone_malformed"]
    operator.refresh_from_db()
    assert (operator.contact_name, operator.contact_phone) == ("李四", "13900000000")


def test_the_food_safety_office_may_not_change_a_contact() -> None:
    by = officer_of(make_county(), Role.FOOD_SAFETY_OFFICE)

    with pytest.raises(Forbidden):
        operators.change_contact(
            by=by, operator=make_operator(), name="李四", phone="13900000000", at=AT
        )
