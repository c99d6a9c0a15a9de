"""Common source: which batches and operators upstream explain most of several findings.

The idea is FoodChain-Lab's tracing score: walk up from every finding and see where the ways meet.
All findings are followed at once: a batch carries a bit for each of them, so a way that several
share is walked once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from heapq import nsmallest

from traceability.graph.trace import Trace

# A clean sample speaks against what lies above it but does not acquit it, because nothing is
# contaminated evenly: it counts half of what a failed one does.
CLEAN_SHARE = Fraction(1, 2)

Parents = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sample, complaint or ill guest, and the batches that it may have come from.

    ``weight`` says how sure it is; ``is_clean`` marks a sample that was found in order.
    """

    batch_ids: tuple[int, ...]
    weight: int
    is_clean: bool = False


@dataclass(frozen=True, slots=True)
class Suspect:
    """A batch or an operator, and the findings (by their number) whose goods came through it.

    ``score_ratio`` is the weighted share of the findings explained, times the share of the findings
    in all that came from there, clean samples at half their weight. ``hops`` is the sum of the shortest ways from the explained findings. ``is_repeated``:
    a nearer batch on the way explains the same.
    """

    id: int
    explained: tuple[int, ...]
    clean: tuple[int, ...]
    score_ratio: float
    hops: int
    is_repeated: bool = False


@dataclass(slots=True)
class _Reached:
    """The findings' bits that reached a batch or operator, and the sum of their shortest ways."""

    bits: int = 0
    hops: int = 0


def parents_of(walks: Iterable[Trace]) -> dict[int, list[int]]:
    """The links of upward traces as each batch's parents, in ascending order."""
    met: dict[int, set[int]] = defaultdict(set)
    for walk in walks:
        for level in walk.levels:
            for child, parent in zip(level.children, level.parents, strict=True):
                met[child].add(parent)
    return {child: sorted(parents) for child, parents in met.items()}


class CommonSource:
    """How the findings spread up the links, and what that says of every batch on their ways.

    ``heaps`` are batches that may have touched each other: from one to another of the same heap is
    two hops, so a way along the goods themselves is the nearer one. What is assumed to be in order
    (``without``) is no suspect, and nothing is traced through it; a finding's own batch still leads
    upward from itself.
    Cost: each batch is visited once for every hop at which new findings reach it.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        parents: Parents,
        *,
        heaps: Iterable[Collection[int]] = (),
        without: Collection[int] = (),
    ) -> None:
        self.findings = tuple(findings)
        self._clean = sum(1 << n for n, each in enumerate(findings) if each.is_clean)
        self._positive = sum(1 << n for n, each in enumerate(findings) if not each.is_clean)
        self._without = frozenset(without)
        self._parents = _joined(parents, heaps)
        # By hop: the findings that reach each batch there for the first time.
        self._arrivals = self._spread()

    def _spread(self) -> list[dict[int, int]]:
        arrivals: list[dict[int, int]] = []
        reached: dict[int, int] = {}
        ahead = self._starts()
        while ahead:
            arrivals.append(ahead)
            for batch, bits in ahead.items():
                reached[batch] = reached.get(batch, 0) | bits
            ahead = self._next(ahead, reached)
        return arrivals

    def _starts(self) -> dict[int, int]:
        starts: dict[int, int] = defaultdict(int)
        for number, finding in enumerate(self.findings):
            for batch in finding.batch_ids:
                starts[batch] |= 1 << number
        return dict(starts)

    def _next(self, here: Mapping[int, int], reached: Mapping[int, int]) -> dict[int, int]:
        ahead: dict[int, int] = {}
        for batch, bits in here.items():
            for parent in self._parents.get(batch, ()):
                fresh = bits & ~reached.get(parent, 0)
                if fresh and parent not in self._without:
                    ahead[parent] = ahead.get(parent, 0) | fresh
        return ahead

    @property
    def batch_ids(self) -> set[int]:
        """Every batch on the ways, those of the findings among them."""
        return {batch for here in self._arrivals for batch in here if batch > 0}

    def explaining(self, least: int) -> set[int]:
        """The batches that explain at least so many findings."""
        reached = self._reached_batches
        return {batch for batch, entry in reached.items() if self._explains(entry, least)}

    def batches(
        self, most: int, *, least: int = 1, among: Collection[int] | None = None
    ) -> list[Suspect]:
        """The batches that explain most: best first, then nearest, then the smaller id.

        ``least`` is the number of findings that one must explain; ``among`` names the only ones
        asked about.
        """
        reached = self._reached_batches
        if among is not None:
            reached = {batch: reached[batch] for batch in among if batch in reached}
        chosen = self._best(reached, most, least)
        repeated = self._repeated(among)
        return [self._suspect(batch, reached[batch], repeated) for batch in chosen]

    def operators(self, owner_of: Mapping[int, int], most: int, *, least: int = 1) -> list[Suspect]:
        """The same for operators: what reached any of an operator's batches reached the operator.

        Batches without an entry in ``owner_of`` are left out.
        """
        reached = self._reached(owner_of.get)
        chosen = self._best(reached, most, least)
        return [self._suspect(operator, reached[operator], ()) for operator in chosen]

    @cached_property
    def _reached_batches(self) -> dict[int, _Reached]:
        return self._reached(lambda batch: batch)

    def _reached(self, key_of: Callable[[int], int | None]) -> dict[int, _Reached]:
        found: dict[int, _Reached] = defaultdict(_Reached)
        for hop, here in enumerate(self._arrivals):
            for batch, bits in here.items():
                if batch < 0 or batch in self._without or (key := key_of(batch)) is None:
                    continue
                entry = found[key]
                fresh = bits & ~entry.bits
                entry.bits |= fresh
                entry.hops += hop * (fresh & self._positive).bit_count()
        return dict(found)

    def _best(self, reached: Mapping[int, _Reached], most: int, least: int) -> list[int]:
        scores = self._scores({entry.bits for entry in reached.values()})
        suspects = (key for key, entry in reached.items() if self._explains(entry, least))
        return nsmallest(
            most, suspects, key=lambda key: (-scores[reached[key].bits], reached[key].hops, key)
        )

    def _explains(self, entry: _Reached, least: int) -> bool:
        return (entry.bits & self._positive).bit_count() >= least

    def _scores(self, sets: Iterable[int]) -> dict[int, Fraction]:
        """The score of each set of findings, exact, so that equal ones are equal."""
        whole = self._weight(self._positive)
        scores = {}
        for bits in sets:
            explained = self._weight(bits & self._positive)
            against = CLEAN_SHARE * self._weight(bits & self._clean)
            share = Fraction(explained, whole or 1)
            scores[bits] = share * explained / (explained + against) if explained else share
        return scores

    def _weight(self, bits: int) -> int:
        return sum(self.findings[number].weight for number in _numbers(bits))

    def _suspect(self, key: int, entry: _Reached, repeated: Collection[int]) -> Suspect:
        numbers = _numbers(entry.bits)
        return Suspect(
            id=key,
            explained=tuple(n for n in numbers if not self.findings[n].is_clean),
            clean=tuple(n for n in numbers if self.findings[n].is_clean),
            score_ratio=float(self._scores([entry.bits])[entry.bits]),
            hops=entry.hops,
            is_repeated=key in repeated,
        )

    def _repeated(self, among: Collection[int] | None) -> set[int]:
        """The batches above one of those asked about that explains the same from nearer by."""
        reached = self._reached_batches
        repeated: set[int] = set()
        # Nearest first, so that the mark goes on upward through batches not asked about.
        for child in sorted(
            self._parents.keys() & reached.keys(), key=lambda id_: reached[id_].hops
        ):
            if among is not None and child not in among and child not in repeated:
                continue
            here = reached[child]
            for parent in self._parents[child]:
                above = reached.get(parent)
                if above and above.bits == here.bits and above.hops > here.hops:
                    repeated.add(parent)
        return repeated

    def path(self, number: int, batch_id: int) -> list[int]:
        """A shortest way from the finding's batch up to this one, both included; [] if there is none.

        Of several the one with the smallest ids; heaps are left out of it.
        """
        bit = 1 << number
        hop = next(
            (hop for hop, here in enumerate(self._arrivals) if here.get(batch_id, 0) & bit), None
        )
        if hop is None:
            return []
        way = [batch_id]
        for here in reversed(self._arrivals[:hop]):
            nearer = self._children.get(way[-1], ())
            way.append(min(child for child in nearer if here.get(child, 0) & bit))
        return [batch for batch in reversed(way) if batch > 0]

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = defaultdict(list)
        for child, parents in self._parents.items():
            for parent in parents:
                children[parent].append(child)
        return dict(children)


def _joined(parents: Parents, heaps: Iterable[Collection[int]]) -> Parents:
    """The parents with each heap as one more batch between its members; real ids are positive."""
    joined = {child: list(above) for child, above in parents.items()}
    for number, heap in enumerate(heaps, start=1):
        members = sorted(set(heap))
        joined[-number] = members
        for member in members:
            joined.setdefault(member, []).append(-number)
    return joined


def _numbers(bits: int) -> list[int]:
    return [number for number in range(bits.bit_length()) if bits >> number & 1]
