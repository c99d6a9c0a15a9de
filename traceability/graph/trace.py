"""Walks the links from a batch, level by level; reads links and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from django.db import connection

Direction = Literal["up", "down"]

# One statement a level: it uses the covering index of its direction and crosses shards.
_STEPS = {
    "up": "SELECT child_id, parent_id, kind FROM traceability_link WHERE child_id = ANY(%s)"
    " ORDER BY child_id, parent_id LIMIT %s",
    "down": "SELECT child_id, parent_id, kind FROM traceability_link WHERE parent_id = ANY(%s)"
    " ORDER BY parent_id, child_id LIMIT %s",
}


class Step(NamedTuple):
    """Goods went from the parent into the child."""

    child_id: int
    parent_id: int
    kind: str


@dataclass(slots=True)
class Trace:
    """What was reached: the hop at which each batch was first met, and every link on the way.

    ``is_cut`` tells that a limit ended the walk before the graph did.
    """

    hops: dict[int, int]
    steps: list[Step] = field(default_factory=list)
    is_cut: bool = False


def trace(
    starts: Collection[int], direction: Direction, *, depth: int = 32, limit: int = 10_000
) -> Trace:
    """Everything up or down from the batches, nearest first; a cycle is walked once.

    Cost: one query a level.
    """
    found = Trace(hops=dict.fromkeys(starts, 0))
    frontier = sorted(found.hops)
    for hop in range(1, depth + 1):
        room = limit - len(found.steps)
        steps = _steps(direction, frontier, room + 1)
        if len(steps) > room:
            found.is_cut = True
            steps = steps[:room]
        found.steps += steps
        frontier = _new_ends(found, steps, direction, hop)
        if not frontier or found.is_cut:
            return found
    found.is_cut = bool(_steps(direction, frontier, 1))
    return found


def _new_ends(found: Trace, steps: list[Step], direction: Direction, hop: int) -> list[int]:
    ends = {step.parent_id if direction == "up" else step.child_id for step in steps}
    fresh = sorted(ends - found.hops.keys())
    found.hops.update(dict.fromkeys(fresh, hop))
    return fresh


def _steps(direction: Direction, ids: list[int], limit: int) -> list[Step]:
    with connection.cursor() as cursor:
        cursor.execute(_STEPS[direction], [ids, limit])
        return [Step(*row) for row in cursor.fetchall()]
