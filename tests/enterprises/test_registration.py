"""Operators come in by themselves: find, prove, set a password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from enterprises.actor import ANONYMOUS
from enterprises.models import (
    AuditEntry,
    Licence,
    Membership,
    Operator,
    OperatorState,
    Person,
    VerificationCode,
)
from enterprises.operations import rate_limits, registration, verification
from enterprises.operations.registration import Found
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    give_role,
    make_county,
    make_operator,
    make_person,
)

pytestmark = pytest.mark.django_db
PASSWORD = "liangyou88"
PHONE = "13805310001"


def listed(**facts: Any) -> Operator:
    facts = {"code": credit_code(5), "contact_phone": PHONE, "state": OperatorState.LISTED} | facts
    return make_operator(**facts)


def found(operator: Operator) -> Found:
    return Found(operator.credit_code, operator.pk, operator.contact_phone)


def send(operator: Operator, at: Any = AT) -> str:
    return registration.send_activation_code(by=ANONYMOUS, found=found(operator), at=at).shown


def activate(operator: Operator, code: str, *, password: str = PASSWORD, at: Any = AT) -> Person:
    return registration.activate_operator(
        by=ANONYMOUS, found=found(operator), code=code, password=password, at=at
    )


def refusal(operator: Operator, code: str, **given: Any) -> list[str]:
    with pytest.raises(Rejected) as refused:
        activate(operator, code, **given)
    return refused.value.codes


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("typed", ["code", "lower", "licence"])
def test_is_found_by_credit_code_or_licence_number(typed: str) -> None:
    operator = listed()
    Licence.objects.create(operator=operator, kind="JY", number="JY23701020073753")
    number = {
        "code": operator.credit_code,
        "lower": f" {operator.credit_code.lower()} ",
        "licence": "jy2370102 0073753",
    }[typed]

    assert registration.find_self(by=ANONYMOUS, number=number, at=AT).operator_id == operator.pk


def test_a_licence_number_of_two_operators_finds_neither() -> None:
    for n in (5, 6):
        Licence.objects.create(operator=listed(code=credit_code(n)), kind="card", number="登1")

    assert registration.find_self(by=ANONYMOUS, number="登1", at=AT).operator_id is None


def test_activation_opens_the_account() -> None:
    operator = listed()

    person = activate(operator, send(operator))

    operator.refresh_from_db()
    assert (operator.state, operator.activated_at) == (OperatorState.ACTIVATED, AT)
    assert (person.login, person.check_password(PASSWORD)) == (PHONE, True)
    held = Membership.objects.get(person=person)
    assert (held.role, held.operator_id) == (Role.OWNER, operator.pk)
    assert (
        AuditEntry.objects.filter(event="operator_activated", operator_id=operator.pk).count() == 1
    )


def test_one_phone_may_own_two_shops() -> None:
    first, second = listed(), listed(code=credit_code(6))

    owner = activate(first, send(first))
    later = AT + timedelta(minutes=2)
    again = activate(second, send(second, later), at=later)

    assert owner == again
    assert Membership.objects.filter(person=owner, role=Role.OWNER).count() == 2


def test_a_code_works_once() -> None:
    operator = listed()
    code = send(operator)
    activate(operator, code)

    assert refusal(operator, code) == ["code_wrong"]


@pytest.mark.parametrize(("minutes", "codes"), [(9, None), (10, ["code_wrong"])])
def test_a_code_lives_ten_minutes(minutes: int, codes: list[str] | None) -> None:
    operator = listed()
    code = send(operator)
    later = AT + timedelta(minutes=minutes)

    if codes is None:
        activate(operator, code, at=later)
    else:
        assert refusal(operator, code, at=later) == codes


def test_after_five_wrong_guesses_the_right_code_is_void() -> None:
    operator = listed()
    code = send(operator)

    guesses = [refusal(operator, wrong(code))[0] for _ in range(5)]

    assert guesses == ["code_wrong"] * 5
    assert refusal(operator, code) == ["code_guessed_too_often"]
    operator.refresh_from_db()
    assert operator.state == OperatorState.LISTED


def test_a_weak_password_does_not_use_up_the_code() -> None:
    operator = listed()
    code = send(operator)

    assert refusal(operator, code, password="12345678") == ["password_too_common"]
    assert refusal(operator, code, password=PHONE) == ["password_too_common"]
    assert refusal(operator, code, password="ab12") == ["password_too_short"]
    assert activate(operator, code).login == PHONE


def test_a_newer_code_replaces_the_older() -> None:
    operator = listed()
    older = send(operator)
    newer = send(operator, AT + timedelta(seconds=61))

    if older != newer:
        assert refusal(operator, older) == ["code_wrong"]
    assert activate(operator, newer).login == PHONE


def is_sent(operator: Operator, at: Any) -> bool:
    try:
        send(operator, at)
    except Rejected:
        return False
    return True


def test_codes_are_sent_once_a_minute_and_ten_times_a_day() -> None:
    operator = listed()
    moments = [AT + timedelta(seconds=61 * n) for n in range(60)]

    sent = [moment for moment in moments if is_sent(operator, moment)]

    assert len(sent) == 10
    with pytest.raises(Rejected):
        send(listed(code=credit_code(6)), AT)


def test_only_a_digest_of_the_code_is_kept() -> None:
    operator = listed()
    code = send(operator)

    kept = VerificationCode.objects.get()
    assert code not in kept.code_hash
    assert len(kept.code_hash) == 64


def test_another_phone_does_not_take_over_an_activated_operator() -> None:
    operator = listed(state=OperatorState.ACTIVATED)
    give_role(make_person(login="13900000009"), Role.OWNER, operator=operator)

    assert refusal(operator, send(operator)) == ["operator_has_owner"]
    assert not Person.objects.filter(login=PHONE).exists()


def test_an_officers_phone_does_not_become_a_shops_login() -> None:
    officer = make_person(login=PHONE, password="taishan-2026")
    give_role(officer, Role.COUNTY_OFFICER, division=make_county())
    operator = listed()

    assert refusal(operator, send(operator)) == ["phone_of_staff"]
    officer.refresh_from_db()
    assert officer.check_password("taishan-2026")


def test_the_pages_activate_within_three_steps(client: Client) -> None:
    operator = listed()

    client.post("/register/", {"number": operator.credit_code})
    client.post("/register/verify/", {"action": "send"})
    page = client.get("/register/verify/")
    code = page.context["shown_code"]
    done = client.post("/register/verify/", {"code": code, "password": PASSWORD})

    assert "演示" in page.content.decode()
    assert "138****0001" in page.content.decode()
    assert done["Location"] == "/my/"
    assert client.get("/account/").status_code == 200
    operator.refresh_from_db()
    assert operator.state == OperatorState.ACTIVATED


def test_an_unknown_number_is_answered_alike(client: Client, settings: Any) -> None:
    settings.SMS_SENDER = "http"
    settings.SMS_URL, settings.SMS_KEY = "http://127.0.0.1:9/", "k"
    listed()

    pages = []
    for number in (credit_code(5), credit_code(6)):
        visitor = Client()
        first = visitor.post("/register/", {"number": number})
        pages.append((first.status_code, first["Location"], visitor.get("/register/verify/")))

    (_, _, known), (_, _, unknown) = pages
    assert pages[0][:2] == pages[1][:2]
    assert known.context["phone"][:2] != ""
    assert len(unknown.context["phone"]) == 11

    def plain(response: Any) -> str:
        text = response.content.decode()
        for word in ("number", "phone", "csp_nonce"):
            text = text.replace(str(response.context.get(word)), "")
        return "".join(c for c in text if not c.isdigit() and c not in "abcdefABCDEF")

    assert len(plain(known)) == pytest.approx(len(plain(unknown)), abs=80)


def test_an_unknown_number_costs_the_same_queries(django_assert_num_queries: Any) -> None:
    listed()

    for number in (credit_code(5), credit_code(6)):
        with django_assert_num_queries(3):
            registration.find_self(by=ANONYMOUS, number=number, at=AT)


@pytest.mark.parametrize("typed", ["91370102", "JY123", credit_code(5)[:17]])
def test_an_impossible_number_is_refused_at_its_field(client: Client, typed: str) -> None:
    listed()

    answer = client.post("/register/", {"number": typed})

    assert answer.status_code == 422
    assert "请对照" in str(answer.context["form"].errors["number"])
    assert "registration_found" not in client.session


def test_searching_is_limited(client: Client) -> None:
    answers = [client.post("/register/", {"number": f"X{n}"}).status_code for n in range(40)]

    assert answers[:30] == [302] * 30
    assert 429 in answers[30:]


def test_a_forgotten_password_is_set_by_code(client: Client) -> None:
    person = make_person(login=PHONE, password="old-secret-1")
    person.phone = PHONE
    person.save()
    give_role(person, Role.OWNER, operator=listed())

    client.post("/password/forgot/", {"login": PHONE})
    code = client.get("/password/reset/").context["shown_code"]
    client.post("/password/reset/", {"code": code, "password": PASSWORD})

    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert client.get("/account/").status_code == 200


def test_an_unknown_login_is_told_nothing(client: Client) -> None:
    answer = client.post("/password/forgot/", {"login": "13000000000"})

    assert answer["Location"] == "/password/reset/"
    wrong_code = client.post("/password/reset/", {"code": "123456", "password": PASSWORD})
    assert wrong_code.status_code == 422
    assert "验证码不对或已过期" in wrong_code.content.decode()


def test_a_weak_password_is_refused_alike_for_an_unknown_login() -> None:
    person = make_person(login=PHONE, password="old-secret-1")
    person.phone = PHONE
    person.save()

    codes = []
    for login in (PHONE, "13000000000"):
        with pytest.raises(Rejected) as refused:
            registration.reset_by_code(
                by=ANONYMOUS, login=login, code="123456", password="1", at=AT
            )
        codes.append(refused.value.codes)

    assert codes == [["password_too_short"]] * 2


def test_a_landline_gets_no_code() -> None:
    with pytest.raises(Rejected) as refused:
        verification.send_code(by=ANONYMOUS, phone="0531-88888888", purpose="activate", at=AT)

    assert refused.value.codes == ["phone_malformed"]


def test_the_whole_way_takes_less_than_a_minute_of_the_clock(client: Client) -> None:
    operator = listed()
    with time_machine.travel(AT, tick=False):
        client.post("/register/", {"number": operator.credit_code})
        client.post("/register/verify/", {"action": "send"})
        code = client.get("/register/verify/").context["shown_code"]

        assert (
            client.post("/register/verify/", {"code": code, "password": PASSWORD}).status_code
            == 302
        )


def test_old_codes_and_full_buckets_are_forgotten() -> None:
    send(listed())

    kept = verification.forget_codes(before=AT)
    gone = verification.forget_codes(before=AT + timedelta(hours=1))

    assert (kept, gone) == (0, 1)
    assert rate_limits.forget_full(before=AT) == 0
    assert rate_limits.forget_full(before=AT + timedelta(days=2)) == 3
