"""The source tree as the architecture tests read it: files, syntax trees, templates."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("shilian", "enterprises", "traceability", "supervision")
DOOR_FOLDERS = ("views", "api", "management")
DOOR_FILES = ("tasks.py", "admin.py", "middleware.py", "forms.py", "filters.py", "public_cache.py")


@cache
def sources(*apps: str) -> tuple[Path, ...]:
    """The Python files of the apps (all four by default), migrations left out."""
    found = [
        path
        for app in apps or APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]
    return tuple(found)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_door(path: Path) -> bool:
    """Whether the file translates between the outside and one operation or query."""
    inside = path.relative_to(ROOT).parts[1:]
    return inside[0] in DOOR_FOLDERS or inside[-1] in DOOR_FILES


def layer(path: Path) -> str:
    """The part of its app a file belongs to: rules, models, queries, operations, doors or other."""
    inside = path.relative_to(ROOT).parts[1:]
    if is_door(path):
        return "doors"
    first = inside[0].removesuffix(".py")
    return first if first in ("rules", "models", "queries", "operations") else "other"


def imports_of(path: Path) -> set[str]:
    """The modules a file imports, wherever in the file, type-checking imports left out."""
    found: set[str] = set()
    for node in _running(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _running(node: ast.AST) -> list[ast.AST]:
    nodes = [node]
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        nodes += _running(child)
    return nodes


@cache
def templates() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "templates").rglob("*.html")))
