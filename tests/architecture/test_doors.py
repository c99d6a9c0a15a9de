"""Doors translate; they read only through scoped queries and write only through operations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps

from enterprises.scope import ScopedQuerySet
from tests.architecture.tree import imports_of, is_door, name_of, sources, tree

CLOCKS = ("datetime.now", "datetime.utcnow", "date.today", "timezone.now", "time.time")
MANAGERS = {"objects", "_base_manager", "_default_manager"}
WRITES = {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# Reads of things that belong to no jurisdiction, or are public by law: each says why.
UNSCOPED_READERS = {
    "enterprises/queries/directory.py": "an exact credit code tells name and licence status only",
    "traceability/queries/origin.py": "the public origin page",
    "traceability/queries/suppliers.py:registered_by_code": "an exact credit code, as above",
}
SCOPES = {"actor", "by", "operator", "operators", "operator_id", "operator_ids", "person"}
# Narrows rows that the caller has scoped already.
SCOPES |= {"found"}
SCOPED_MODELS = {
    model.__name__
    for model in apps.get_models()
    if isinstance(model._default_manager.get_queryset(), ScopedQuerySet)
}
DOORS = [path for path in sources() if is_door(path)]
QUERIES = [
    path
    for path in sources("enterprises", "traceability", "supervision")
    if path.parent.name == "queries" and path.name != "__init__.py"
]


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_a_door_never_writes_objects(path: Path) -> None:
    found = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS | WRITES
    ]

    assert found == []


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_a_door_looks_up_objects_only_within_the_actors_sight(path: Path) -> None:
    lookups = [
        ast.unparse(node)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("get_object_or_404", "get_list_or_404"))
    ]

    assert [call for call in lookups if "visible_to(" not in call and "actor" not in call] == []


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_a_query_is_told_whose_sight_it_reads_with(path: Path) -> None:
    unscoped = [
        f"{name_of(path)}:{node.name}"
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and _touches_rows(node)
        and not _scoped(node)
    ]

    assert [name for name in unscoped if not _is_named(name)] == []


def _touches_rows(function: ast.FunctionDef) -> bool:
    """Whether it opens a model that belongs to a jurisdiction or an operator."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "objects"
        and ast.unparse(node.value) in SCOPED_MODELS
        for node in ast.walk(function)
    )


def _is_named(name: str) -> bool:
    return name in UNSCOPED_READERS or name.split(":")[0] in UNSCOPED_READERS


def _scoped(function: ast.FunctionDef) -> bool:
    names = {argument.arg for argument in function.args.args + function.args.kwonlyargs}
    return bool(names & SCOPES) or "PUBLIC" in (ast.get_docstring(function) or "")


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_a_door_reads_the_clock_only_through_our_clock(path: Path) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}

    assert {"django.utils.timezone", "time.time"} & imports_of(path) == set()
    assert {call for call in calls if call.endswith(CLOCKS)} == set()
