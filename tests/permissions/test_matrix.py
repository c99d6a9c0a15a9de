"""Every address, every method, every actor: the answer is the one the matrix promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from enterprises.models import Person
from tests.permissions.matrix import (
    ANSWERS,
    METHODS,
    Entry,
    entries,
    parameters_of,
    url_names,
)
from tests.permissions.world import ACTORS, World, make_world

ENTRIES = entries()
CASES = [(entry, method) for entry in ENTRIES for method in METHODS]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_every_address_is_in_the_matrix() -> None:
    listed = {entry.name for entry in ENTRIES}
    present = set(url_names())

    assert present - listed == set(), "add one line to tests/permissions/matrix.yaml"
    assert listed - present == set(), "remove these lines from tests/permissions/matrix.yaml"


def _case(value: object) -> str:
    return value.name if isinstance(value, Entry) else str(value)


@pytest.mark.parametrize(("entry", "method"), CASES, ids=_case)
def test_each_actor_gets_the_promised_answer(entry: Entry, method: str, world: World) -> None:
    if method not in entry.expected:
        assert_method_refused(entry, method, world)
        return
    wrong = {}
    for actor in ACTORS:
        response = ask(entry, method, world, world.people[actor])
        wanted = entry.expected[method][actor]
        if not _is_answer(response, wanted):
            wrong[actor] = (wanted, response.status_code)

    assert wrong == {}


def assert_method_refused(entry: Entry, method: str, world: World) -> None:
    """A method the address does not take is refused to those who get in by the other one."""
    taken = next(iter(entry.expected))
    refused = ("forbidden", "hidden", "login")
    insiders = [actor for actor in ACTORS if entry.expected[taken][actor] not in refused]
    statuses = {ask(entry, method, world, world.people[actor]).status_code for actor in insiders}

    assert statuses <= {405, 403}


def ask(
    entry: Entry, method: str, world: World, person: Person | None, *, csrf: bool = False
) -> HttpResponseBase:
    """The answer, and nothing that the request may have changed is kept."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    with transaction.atomic():
        if person is not None:
            client.force_login(person)
        url = address(entry, world)
        response = client.get(url) if method == "GET" else client.post(url, entry.data)
        transaction.set_rollback(True)
    return response


def address(entry: Entry, world: World) -> str:
    known = world.things | {
        name: world.things.get(value, value) if isinstance(value, str) else value
        for name, value in entry.args.items()
    }
    kwargs = {name: known[name] for name in parameters_of(entry.name)}
    query = entry.query.format(**known)
    return reverse(entry.name, kwargs=kwargs) + (f"?{query}" if query else "")


def _is_answer(response: HttpResponseBase, wanted: str) -> bool:
    to_login = response.status_code == 302 and response.headers["Location"].startswith("/login/")
    if wanted == "login" or to_login:
        return to_login == (wanted == "login")
    return response.status_code in ANSWERS[wanted]


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if "POST" in entry.expected], ids=_case
)
def test_a_post_without_its_token_is_refused(entry: Entry, world: World) -> None:
    insiders = [actor for actor in ACTORS if entry.expected["POST"][actor] == "ok"]

    for actor in insiders[:1]:
        response = ask(entry, "POST", world, world.people[actor], csrf=True)
        assert (response.status_code != 403) == entry.csrf_exempt


@pytest.mark.parametrize("entry", ENTRIES, ids=_case)
def test_every_answer_carries_the_security_headers(entry: Entry, world: World) -> None:
    method = next(iter(entry.expected))

    for actor in _one_of_each_answer(entry.expected[method]):
        response = ask(entry, method, world, world.people[actor])
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert_strict_policy(response.headers.get("Content-Security-Policy", ""))


def _one_of_each_answer(answers: dict[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    for actor, answer in answers.items():
        if answer not in seen:
            seen.add(answer)
            yield actor


def assert_strict_policy(policy: str) -> None:
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
