"""Files and functions stay short, modules are named after what they hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, name_of, sources, tree

FILE_LINES = 400
FUNCTION_LINES = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
OUR_FILES = sources() + tuple(sorted((ROOT / "tests").rglob("*.py")))


@pytest.mark.parametrize("path", OUR_FILES, ids=name_of)
def test_a_file_stays_below_its_ceiling(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_function_stays_below_its_ceiling(path: Path) -> None:
    long = {
        node.name: _length(node)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _length(node) > FUNCTION_LINES
    }

    assert long == {}


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the function without its docstring, which is for the reader and not for the work."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", OUR_FILES, ids=name_of)
def test_a_module_says_what_it_holds(path: Path) -> None:
    assert path.stem not in EMPTY_NAMES
    assert path.parent.name not in EMPTY_NAMES


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_is_left_to_be_done_or_swallowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [word for word in ("TODO", "FIXME", "XXX:") if word in text] == []
    assert [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and _is_broad(node)
        and all(isinstance(step, ast.Pass) for step in node.body)
    ] == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
