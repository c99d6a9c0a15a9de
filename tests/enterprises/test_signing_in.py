from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enterprises.models import AuditEntry, Person
from enterprises.operations import rate_limits, signing_in
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
PASSWORD = "shanhe-2026"
LOGIN = "/login/"


def officer(login: str = "lixia01") -> Person:
    person = make_person(login=login, password=PASSWORD)
    give_role(person, Role.COUNTY_OFFICER, division=make_county())
    return person


def owner(login: str = "13800000001") -> Person:
    person = make_person(login=login, password=PASSWORD)
    give_role(person, Role.OWNER, operator=make_operator(code=credit_code(77)))
    return person


def post(client: Client, login: str, password: str = PASSWORD, **extra: str) -> object:
    return client.post(LOGIN, {"login": login, "password": password, **extra})


@pytest.mark.parametrize("typed", ["13800000001", "１３８ 0000 0001", "+86 138-0000-0001"])
def test_an_owner_signs_in_by_phone_however_typed(client: Client, typed: str) -> None:
    owner()

    response = post(client, typed)

    assert response.status_code == 302
    assert response["Location"] == "/my/"
    assert AuditEntry.objects.get().event == "signed_in"


def test_an_owner_signs_in_by_credit_code(client: Client) -> None:
    owner()

    assert post(client, credit_code(77).lower())["Location"] == "/my/"


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.COUNTY_OFFICER, "/bureau/"),
        (Role.TASK_FORCE, "/taskforce/"),
        (Role.SYSTEM_ADMIN, "/admin/system/"),
    ],
)
def test_everybody_lands_at_their_own_page(client: Client, role: Role, home: str) -> None:
    person = make_person(login="someone", password=PASSWORD)
    place = None if role == Role.SYSTEM_ADMIN else make_county()
    give_role(person, role, division=place)

    assert post(client, "someone")["Location"] == home


def test_the_page_that_waited_comes_next_when_it_is_ours(client: Client) -> None:
    owner()

    assert post(client, "13800000001", next="/my/ledger/")["Location"] == "/my/ledger/"


@pytest.mark.parametrize("address", ["//evil.example/", "https://evil.example/", "javascript:1"])
def test_a_foreign_page_never_comes_next(client: Client, address: str) -> None:
    owner()

    assert post(client, "13800000001", next=address)["Location"] == "/my/"


def test_unknown_login_wrong_password_and_closed_account_read_alike(client: Client) -> None:
    officer()
    closed = officer("closed01")
    closed.is_active = False
    closed.save()

    answers = [
        post(client, "nobody"),
        post(client, "lixia01", "wrong-password"),
        post(client, "closed01"),
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert all(signing_in.WRONG in answer.content.decode() for answer in answers)


def test_an_unknown_login_costs_as_many_queries_and_hashes(
    django_assert_num_queries: object, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer()
    hashed: list[str] = []
    real = signing_in.make_password
    monkeypatch.setattr(signing_in, "make_password", lambda p: hashed.append(p) or real(p))
    by = signing_in_stranger()

    for login in ("nobody", "lixia01"):
        with django_assert_num_queries(6), pytest.raises(Rejected):
            signing_in.sign_in(login=login, password="wrong", by=by, at=AT)

    assert hashed == ["wrong"]


def signing_in_stranger(address: str = "10.0.0.1") -> object:
    from dataclasses import replace

    from enterprises.actor import ANONYMOUS

    return replace(ANONYMOUS, address=address)


def guess(address: str = "10.0.0.1", *, device: str = "", at=AT, password: str = "wrong") -> str:
    try:
        signing_in.sign_in(
            login="lixia01",
            password=password,
            by=signing_in_stranger(address),
            device=device,
            at=at,
        )
    except Rejected as refusal:
        return refusal.codes[0]
    return "signed_in"


def test_the_sixth_guess_is_not_even_hashed() -> None:
    officer()

    answers = [guess() for _ in range(6)]

    assert answers == ["sign_in_refused"] * 5 + ["too_many_attempts"]
    assert guess(at=AT + timedelta(seconds=301)) == "sign_in_refused"


def test_guesses_from_many_addresses_end_below_a_hundred_a_day() -> None:
    officer()

    made = [
        guess(f"10.0.{n // 250}.{n % 250}", at=AT + timedelta(minutes=n))
        for n in range(0, 24 * 60, 3)
    ]

    assert made.count("sign_in_refused") <= 100


def test_a_victim_on_an_own_device_is_not_locked_out() -> None:
    officer()
    for n in range(30):
        guess(f"10.0.0.{n}")

    assert guess("10.9.9.9", password=PASSWORD) == "too_many_attempts"
    assert guess("10.9.9.9", password=PASSWORD, device="known") == "signed_in"


def test_the_device_is_known_after_the_first_sign_in(client: Client) -> None:
    officer()
    post(client, "lixia01")
    client.post(reverse("enterprises:logout"))
    for n in range(30):
        guess(f"10.0.0.{n}")

    assert post(client, "lixia01").status_code == 302
    assert post(Client(), "lixia01").status_code == 429


def test_right_passwords_use_up_nothing() -> None:
    officer()

    assert {guess(password=PASSWORD) for _ in range(20)} == {"signed_in"}


def test_the_session_key_changes_at_sign_in_and_dies_at_sign_out(client: Client) -> None:
    officer()
    client.get("/register/")
    before = client.session.session_key
    post(client, "lixia01")
    held = client.cookies["shilian_session"].value
    client.post(reverse("enterprises:logout"))

    assert held != before
    client.cookies["shilian_session"] = held
    assert client.get("/account/").status_code == 302


def test_leaving_needs_a_post(client: Client) -> None:
    assert client.get(reverse("enterprises:logout")).status_code == 405


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 302)])
def test_an_officer_leaves_after_half_an_hour_idle(
    client: Client, minutes: int, status: int
) -> None:
    officer()
    with time_machine.travel(AT, tick=False) as clock:
        post(client, "lixia01")
        clock.shift(timedelta(minutes=minutes))

        assert client.get("/account/").status_code == status


def test_an_officer_leaves_after_twelve_hours_of_work(client: Client) -> None:
    officer()
    with time_machine.travel(AT, tick=False) as clock:
        post(client, "lixia01")
        for _ in range(36):
            clock.shift(timedelta(minutes=20))
            last = client.get("/account/").status_code
        clock.shift(timedelta(minutes=1))

        assert last == 200
        assert client.get("/account/").status_code == 302


def test_an_operator_stays_for_days(client: Client) -> None:
    owner()
    with time_machine.travel(AT, tick=False) as clock:
        post(client, "13800000001")
        clock.shift(timedelta(days=10))

        assert client.get("/account/").status_code == 200


def test_a_new_password_ends_the_other_sessions(client: Client) -> None:
    officer()
    other = Client()
    post(client, "lixia01")
    post(other, "lixia01")

    changed = client.post("/account/password/", {"old": PASSWORD, "new": "taishan-2027"})

    assert changed.status_code == 302
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert AuditEntry.objects.filter(event="password_changed").count() == 1


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("wrong", "taishan-2027", "原密码不对"),
        (PASSWORD, "short1", "至少要10位"),
        (PASSWORD, "1234567890123", "同时有字母和数字"),
        (PASSWORD, PASSWORD, "与原密码不同"),
    ],
)
def test_a_bad_new_password_changes_nothing(client: Client, old: str, new: str, text: str) -> None:
    person = officer()
    post(client, "lixia01")

    response = client.post("/account/password/", {"old": old, "new": new})

    assert response.status_code == 422
    assert text in response.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_an_initial_password_has_to_be_changed_first(client: Client) -> None:
    person = officer()
    person.must_change_password = True
    person.save()
    post(client, "lixia01")

    assert client.get("/account/")["Location"] == "/account/password/"
    client.post("/account/password/", {"old": PASSWORD, "new": "taishan-2027"})
    assert client.get("/account/").status_code == 200


def test_a_bucket_refills_with_time_and_never_overflows() -> None:
    limit = rate_limits.Limit("test", capacity=2, seconds=10)

    def take(seconds: float) -> bool:
        return rate_limits.take(limit, "x", at=AT + timedelta(seconds=seconds))

    assert [take(0), take(0), take(0)] == [True, True, False]
    assert [take(9.9), take(10.1), take(10.2)] == [False, True, False]
    assert [take(1000), take(1000), take(1000)] == [True, True, False]
