"""Every address, every method, every actor: the answer is the one the matrix promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

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


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once, because nothing that a request changes outlives it; gone with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


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
    wrong, unguarded = {}, []
    for actor in ACTORS:
        response = ask(entry, method, world, actor)
        wanted = entry.expected[method][actor]
        if not _is_answer(response, wanted):
            wrong[actor] = (wanted, response.status_code)
        if not _is_guarded(response):
            unguarded.append(actor)

    assert wrong == {}
    assert unguarded == []


def assert_method_refused(entry: Entry, method: str, world: World) -> None:
    """A method the address does not take is refused to those who get in by the other one."""
    taken = next(iter(entry.expected))
    refused = ("forbidden", "hidden", "login", "unknown_caller")
    answers = entry.expected[taken]
    insider = next((actor for actor in ACTORS if answers[actor] not in refused), "owner")

    assert ask(entry, method, world, insider).status_code in (403, 405)


def ask(
    entry: Entry, method: str, world: World, actor: str, *, csrf: bool = False
) -> HttpResponseBase:
    """The answer, and nothing that the request may have changed is kept."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    # Each entry is judged alone: earlier ones have not used up anybody's guesses.
    with transaction.atomic():
        if actor in world.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[actor]
        url = address(entry, world)
        sent = {name: world.things.get(value, value) for name, value in entry.data.items()}
        if actor == "system_key":
            response = _signed(client, method, url, world)
        else:
            response = client.get(url) if method == "GET" else client.post(url, sent)
        if response.streaming:
            # Reading a file to its end also closes it.
            response.getvalue()  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    return response


def _signed(client: Client, method: str, url: str, world: World) -> HttpResponseBase:
    assert world.signer is not None
    body = b"{}" if method == "POST" else b""
    key = "matrix-key" if method == "POST" else ""
    return client.generic(
        method,
        url,
        body,
        content_type="application/json",
        headers=world.signer.headers(method, url, body, key),
    )


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
        response = ask(entry, "POST", world, actor, csrf=True)
        assert (response.status_code != 403) == entry.csrf_exempt


def _is_guarded(response: HttpResponseBase) -> bool:
    """Whether the answer carries every security header, and a policy without loopholes."""
    policy = response.headers.get("Content-Security-Policy", "")
    return (
        all(response.headers.get(name) == value for name, value in HEADERS.items())
        and "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
        and "unsafe-inline" not in policy
        and "unsafe-eval" not in policy
    )
