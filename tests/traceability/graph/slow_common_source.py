"""The obvious way to a common source, for comparison: one walk per finding, one count per batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from traceability.graph.common_source import Finding

Edge = tuple[int, int]


def slow_edges(
    links: Collection[Edge], heaps: Sequence[Collection[int]], without: Collection[int]
) -> set[Edge]:
    """(child, parent) of the links and heaps; nothing leads to what is assumed to be in order."""
    edges = set(links)
    for number, heap in enumerate(heaps):
        for member in heap:
            edges |= {(member, -1 - number), (-1 - number, member)}
    return {(child, parent) for child, parent in edges if parent not in without}


def slow_ways(finding: Finding, edges: Collection[Edge]) -> dict[int, int]:
    """Each batch above the finding with its number of hops."""
    ways = dict.fromkeys(finding.batch_ids, 0)
    while True:
        longer = {
            parent: ways[child] + 1
            for child, parent in sorted(edges, key=lambda edge: -ways.get(edge[0], -1))
            if child in ways and ways.get(parent, ways[child] + 2) > ways[child] + 1
        }
        if not longer:
            return ways
        ways |= longer


def slow_ranking(
    findings: Sequence[Finding],
    edges: Collection[Edge],
    owner_of: Mapping[int, int],
    without: Collection[int],
) -> list[tuple[int, tuple[int, ...], tuple[int, ...], Fraction, int]]:
    """(key, explained, clean, score, hops) of every suspect, best first."""
    ways = [slow_ways(finding, edges) for finding in findings]
    rows = []
    for key in set(owner_of.values()):
        own = [batch for batch, owner in owner_of.items() if owner == key and batch not in without]
        nearest = {
            number: min(way[batch] for batch in own if batch in way)
            for number, way in enumerate(ways)
            if any(batch in way for batch in own)
        }
        explained = tuple(n for n in nearest if not findings[n].is_clean)
        clean = tuple(n for n in nearest if findings[n].is_clean)
        weight, against = _weight(findings, explained), _weight(findings, clean) / 2
        everything = _weight(findings, [n for n, each in enumerate(findings) if not each.is_clean])
        score = weight / everything * weight / (weight + against) if weight else Fraction(0)
        if score:
            rows.append((key, explained, clean, score, sum(nearest[n] for n in explained)))
    return sorted(rows, key=lambda row: (-row[3], row[4], row[0]))


def _weight(findings: Sequence[Finding], numbers: Sequence[int]) -> Fraction:
    return Fraction(sum(findings[number].weight for number in numbers))
