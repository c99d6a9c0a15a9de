"""The obvious way to trace, for comparison: every question is answered by looking at all links."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class DrawnLink:
    child: int
    parent: int
    kind: str
    quantity: Decimal


def slow_hops(
    links: Collection[DrawnLink], starts: Iterable[int], direction: str
) -> dict[int, int]:
    """Each reached batch with its smallest number of hops."""
    hops = dict.fromkeys(starts, 0)
    hop = 0
    while True:
        here = {batch for batch, at in hops.items() if at == hop}
        hop += 1
        met = {end for start, end in _oriented(links, direction) if start in here}
        fresh = met - hops.keys()
        if not fresh:
            return hops
        hops |= dict.fromkeys(fresh, hop)


def slow_links(
    links: Collection[DrawnLink], hops: Collection[int], direction: str
) -> list[DrawnLink]:
    """Every link that leads onward from a reached batch."""
    return [
        link
        for link, (start, _) in zip(links, _oriented(links, direction), strict=True)
        if start in hops
    ]


def slow_distance(links: Collection[DrawnLink], start: int, end: int, direction: str) -> int | None:
    """The length of a shortest path, found by trying longer and longer ones."""
    return slow_hops(links, [start], direction).get(end)


def _oriented(links: Collection[DrawnLink], direction: str) -> list[tuple[int, int]]:
    if direction == "up":
        return [(link.child, link.parent) for link in links]
    return [(link.parent, link.child) for link in links]
