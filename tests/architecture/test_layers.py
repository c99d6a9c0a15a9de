"""Arrows of import point one way: between the apps, and between the layers of an app."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.tree import APPS, imports_of, layer, name_of, sources

FORBIDDEN = {
    "rules": ("models", "queries", "operations", "views", "forms", "filters", "tasks"),
    "models": ("queries", "operations", "views", "forms", "filters", "tasks"),
    "queries": ("operations", "views", "forms", "filters", "tasks"),
    "operations": ("views", "forms", "filters", "tasks"),
}
# The job engine rings its own bell after commit, so the operation knows the task.
ALLOWED = {("enterprises/operations/jobs.py", "enterprises.tasks")}


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_only_lower_apps(path: Path) -> None:
    own = APPS.index(name_of(path).split("/")[0])

    above = {name for name in imports_of(path) if name.split(".")[0] in APPS[own + 1 :]}

    assert above == set()


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_only_lower_layers(path: Path) -> None:
    parts = FORBIDDEN.get(layer(path), ())

    above = {
        name
        for name in imports_of(path)
        if name.split(".")[0] in APPS
        and len(name.split(".")) > 1
        and name.split(".")[1] in parts
        and (name_of(path), ".".join(name.split(".")[:2])) not in ALLOWED
    }

    assert above == set()


@pytest.mark.parametrize(
    "path", [path for path in sources() if layer(path) == "rules"], ids=name_of
)
def test_rules_know_no_database_clock_or_request(path: Path) -> None:
    forbidden = ("django.db", "django.http", "django.utils.timezone", "redis", "psycopg")

    found = {name for name in imports_of(path) if name.startswith(forbidden)}

    assert found | ({"shilian.clock.now", "shilian.clock.today"} & imports_of(path)) == set()


PEERS = ("trytond", "django_dag")


@pytest.mark.parametrize(
    "path", [path for path in sources() if "peers" not in path.parts], ids=name_of
)
def test_no_part_of_the_platform_needs_a_peer_of_the_benchmarks(path: Path) -> None:
    assert not any(name.split(".")[0] in PEERS or ".peers" in name for name in imports_of(path))
