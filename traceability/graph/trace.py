"""Walks the links from a batch, level by level; reads links and nothing else."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import compress
from typing import Literal, NamedTuple

from django.db import connection

from traceability.graph.columns import Column, array_text, as_column, distinct
from traceability.models import LinkKind

Direction = Literal["up", "down"]
Cut = Literal["depth", "nodes", "links", "seconds"]

# The statement answers the whole of an ordinary trace at once. A larger one goes on level by level,
# because looking up each new batch among those already met is cheaper here than in the database.
AT_ONCE = 5_000
# From here on sorting numbers is cheaper than a set of them.
MANY = 1_000
_WALK = (
    "SELECT children, parents, kinds, quantities, stopped"
    " FROM walk_links(%s::bigint[], %s, %s, %s, %s)"
)
# How the statement abbreviates the kinds.
KIND_LETTERS = {
    "t": LinkKind.TRANSFER,
    "m": LinkKind.TRANSFORMATION,
    "s": LinkKind.SPLIT,
    "g": LinkKind.MERGE,
    "p": LinkKind.REPACK,
    "a": LinkKind.AGGREGATION,
    "r": LinkKind.RETURN,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a trace ends although the goods went on; it then says so in ``Trace.cut``.

    ``depth`` is in hops: a silo refilled every day for a year is a chain of 365. ``links`` bounds
    the memory (about 100 bytes each), ``seconds`` is looked at after each level.
    """

    depth: int = 500
    nodes: int = 400_000
    links: int = 2_000_000
    seconds: float = 20.0


DEFAULT_LIMITS = Limits()


class Step(NamedTuple):
    """Goods went from the parent into the child; ``quantity`` is in the parent's unit."""

    child_id: int
    parent_id: int
    kind: LinkKind
    quantity: Decimal


class Level(NamedTuple):
    """The links of one hop, as four columns of equal length; quantities in thousandths."""

    children: array[int]
    parents: array[int]
    kinds: str
    quantities: array[int]


@dataclass(eq=False)
class Trace:
    """What was reached from the starts: each batch once, at its smallest number of hops.

    ``hops`` maps the batches to that number and runs in the order (hop, id); the same links give
    the same order. ``cut`` names the limit that ended the walk before the goods did.
    """

    direction: Direction
    hops: dict[int, int]
    levels: list[Level] = field(default_factory=list)
    cut: Cut | None = None
    seconds: float = 0.0

    @property
    def is_cut(self) -> bool:
        return self.cut is not None

    @property
    def depth(self) -> int:
        return max(self.hops.values(), default=0)

    @property
    def link_count(self) -> int:
        return sum(len(level.children) for level in self.levels)

    @cached_property
    def ids(self) -> Column:
        """The batches in their order; made once, when the walk is over."""
        return as_column(self.hops)

    @cached_property
    def hop_numbers(self) -> Column:
        """Beside ``ids``; made once, when the walk is over."""
        return as_column(self.hops.values())

    @property
    def steps(self) -> Iterator[Step]:
        """Every link on the way once, nearest first."""
        for level in self.levels:
            for child, parent, kind, quantity in zip(*level, strict=True):
                yield Step(child, parent, KIND_LETTERS[kind], Decimal(quantity).scaleb(-3))

    def path_to(self, batch_id: int) -> list[int]:
        """A shortest path from a start to the batch, both included.

        Raises: KeyError when the batch was not reached.
        """
        path = [batch_id]
        for _ in range(self.hops[batch_id]):
            path.append(self._nearer[path[-1]])
        return path[::-1]

    @cached_property
    def _nearer(self) -> dict[int, int]:
        """Of each reached batch, the neighbour one hop nearer; the smallest id where several are."""
        nearer: dict[int, int] = {}
        for hop, level in enumerate(self.levels, start=1):
            for near, far in zip(*self.ends(level), strict=True):
                if self.hops[far] == hop:
                    nearer.setdefault(far, near)
        return nearer

    def ends(self, level: Level) -> tuple[array[int], array[int]]:
        """The near and the far ends of the level's links."""
        if self.direction == "up":
            return level.children, level.parents
        return level.parents, level.children


def trace(starts: Collection[int], direction: Direction, limits: Limits = DEFAULT_LIMITS) -> Trace:
    """Everything up or down from the batches, nearest first; a cycle is walked once.

    Cost: one query for up to some thousand batches, beyond that one more for each level.
    """
    began = time.perf_counter()
    found = Trace(direction, dict.fromkeys(sorted(starts), 0))
    _walk(found, limits, began)
    found.seconds = time.perf_counter() - began
    return found


def _walk(found: Trace, limits: Limits, began: float) -> None:
    frontier, ahead = list(found.hops), limits.depth
    while frontier:
        if len(found.levels) == limits.depth:
            levels, _ = _levels(found.direction, frontier, depth=1, room=1)
            found.cut = "depth" if levels else None
            return
        room = limits.links - found.link_count + 1
        levels, may_go_on = _levels(found.direction, frontier, depth=ahead, room=room)
        for level in levels:
            frontier = _absorb(found, level, limits)
        if found.cut or not may_go_on:
            return
        if time.perf_counter() - began > limits.seconds:
            found.cut = "seconds"
            return
        ahead = 1


def _absorb(found: Trace, level: Level, limits: Limits) -> list[int]:
    """Add the level and return the batches met for the first time, as far as the limits allow."""
    if (room := limits.links - found.link_count) < len(level.children):
        found.cut = "links"
        level = _only(level, [True] * room)
    _, far = found.ends(level)
    fresh = _fresh(far, found.hops)
    if (room := limits.nodes - len(found.hops)) < len(fresh):
        found.cut = "nodes"
        fresh = fresh[:room]
        known = found.hops.keys() | set(fresh)
        level = _only(level, [end in known for end in far])
    found.levels.append(level)
    found.hops.update(dict.fromkeys(fresh, len(found.levels)))
    return fresh


def _fresh(far: array[int], known: Mapping[int, int]) -> list[int]:
    """Those not known yet, each once, by size."""
    if len(far) < MANY:
        return sorted(set(far) - known.keys())
    return [id_ for id_ in distinct(as_column(far)).tolist() if id_ not in known]


def _only(level: Level, kept: list[bool]) -> Level:
    """The level's links that are marked; what lies past the marks is left out."""
    return Level(
        array("q", compress(level.children, kept)),
        array("q", compress(level.parents, kept)),
        "".join(compress(level.kinds, kept)),
        array("q", compress(level.quantities, kept)),
    )


def _levels(
    direction: Direction, frontier: list[int], *, depth: int, room: int
) -> tuple[list[Level], bool]:
    """The next levels, nearest first, and whether more may follow on them."""
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [array_text(frontier), direction == "up", depth, room, AT_ONCE])
        rows = cursor.fetchall()
    levels = [
        Level(numbers(children), numbers(parents), kinds, numbers(quantities))
        for children, parents, kinds, quantities, _ in rows
    ]
    return levels, bool(rows) and rows[-1][-1]


def numbers(packed: memoryview) -> array[int]:
    """64-bit numbers in PostgreSQL's byte order: a hundred times cheaper than a row each."""
    numbers = array("q", bytes(packed))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
