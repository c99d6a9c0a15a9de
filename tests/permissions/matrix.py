"""Reads ``matrix.yaml``: which actor gets which answer at which address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.urls import URLPattern, URLResolver, get_resolver

from tests.permissions.world import ACTORS

FILE = Path(__file__).with_name("matrix.yaml")
METHODS = ("GET", "POST")
# What an answer means, and the statuses that count as it. A redirect to the login page is "login".
ANSWERS: dict[str, tuple[int, ...]] = {
    # 415: let in, but a form is no document.
    "ok": (200, 201, 202, 204, 302, 303, 400, 409, 415, 422, 429),
    "forbidden": (403,),
    "hidden": (404,),
    "login": (302,),
    # A program is not sent to a page.
    "unknown_caller": (401,),
    # Readiness may be denied: no worker runs beside the tests.
    "any_health": (200, 503),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One address: the expected answer of every actor for each method it takes."""

    name: str
    expected: dict[str, dict[str, str]] = field(default_factory=dict)
    args: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    csrf_exempt: bool = False


def entries() -> list[Entry]:
    read = _read()
    policies = {name: _spread(rule, read["groups"]) for name, rule in read["policies"].items()}
    return [_entry(name, said or {}, policies) for name, said in read["urls"].items()]


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def _spread(rule: dict[str, str], groups: dict[str, list[str]]) -> dict[str, str]:
    """The answer of each actor; ``rest`` is everybody the rule does not name."""
    answers: dict[str, str] = {}
    for group, answer in rule.items():
        if group != "rest":
            answers.update(dict.fromkeys(groups.get(group, [group]), answer))
    if "anonymous" in answers:
        # A signature is nothing to a page: whoever sends one there is nobody.
        answers.setdefault("system_key", answers["anonymous"])
    for actor in ACTORS:
        answers.setdefault(actor, rule.get("rest", "forbidden"))
    assert set(answers) == set(ACTORS), set(answers) - set(ACTORS)
    return answers


def _entry(name: str, said: dict[str, Any], policies: dict[str, dict[str, str]]) -> Entry:
    methods = {method: policies[said[method]] for method in METHODS if method in said}
    return Entry(
        name=name,
        expected=methods,
        args=said.get("args", {}),
        query=said.get("query", ""),
        data=said.get("data", {}),
        csrf_exempt=said.get("csrf_exempt", False),
    )


def url_names() -> Iterator[str]:
    """The qualified name of every address of the site."""
    yield from _names(get_resolver(), "")


def _names(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            below = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern, below)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name or pattern.pattern}"


def parameters_of(name: str) -> set[str]:
    """The arguments the address called ``name`` wants."""
    return _parameters(get_resolver(), name, "") or set()


def _parameters(resolver: URLResolver, wanted: str, prefix: str) -> set[str] | None:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            below = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found = _parameters(pattern, wanted, below)
            if found is not None:
                return found | set(pattern.pattern.regex.groupindex)
        elif f"{prefix}{pattern.name or pattern.pattern}" == wanted:
            return set(pattern.pattern.regex.groupindex)
    return None
