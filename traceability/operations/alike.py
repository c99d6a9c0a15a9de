"""Items of one call that say the same under numbers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shilian.problems import Problem
from traceability.operations.intake import Seen, first_told
from traceability.sheets.base import Line, SheetKind

# Of these there may be two alike on one day; a product or a partner is there once.
DELIVERIES = frozenset({"purchases", "sales"})


def told_apart(kind: SheetKind) -> SheetKind:
    """The kind as numbered lines are taken in: of two deliveries that read alike none is left out."""
    return replace(kind, identity=()) if kind.code in DELIVERIES else kind


def first_alike(kind: SheetKind, lines: Sequence[Line]) -> dict[int, int]:
    """For each line that says what an earlier one says, the row number of that one."""
    seen: Seen = {}
    found = {line.row_no: first_told(kind, line, seen) for line in lines}
    return {row_no: first for row_no, first in found.items() if first is not None}


def alike(first: int) -> Problem:
    """The doubt about an item that was recorded though it says what an earlier one says."""
    message = (
        f"与第{first}条内容相同，编号不同，按另一笔记了；如果是同一笔，请在平台上作废其中一笔。"
    )
    return Problem("item_alike", "", message, severity="warning")
