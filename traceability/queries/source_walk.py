"""The walk up from the findings of a common source, and the goods that may have touched on it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection

from traceability.graph.common_source import CommonSource, Finding, Parents, parents_of
from traceability.graph.trace import Limits, Trace, trace
from traceability.models import TraceCase
from traceability.queries.findings import NamedFinding
from traceability.rules import common_source as rules
from traceability.rules.common_source import Contact

# An answer within seconds; what is left out then is said on the page.
LIMITS = Limits(depth=500, nodes=60_000, links=300_000, seconds=6.0)
# Everything that lay in a large wholesaler's store in a month touches half a province.
MOST_BESIDE = 5_000
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Which contact is thought possible, and what is assumed to be in order.

    ``is_contact_everywhere``: goods may have touched on every stage, not only where the findings
    were made. Lines are looked at on every stage: they stand at the makers, above the findings.
    """

    contact: Contact = Contact.NONE
    is_contact_everywhere: bool = False
    without_batches: frozenset[int] = frozenset()
    without_operators: frozenset[int] = frozenset()

    @property
    def reaches_every_stage(self) -> bool:
        return self.is_contact_everywhere or self.contact == Contact.SAME_LINE


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; ``case`` is one that is open now."""

    findings: tuple[NamedFinding, ...]
    assumptions: Assumptions = Assumptions()
    case: TraceCase | None = None

    @property
    def start_ids(self) -> list[int]:
        return sorted({batch for finding in self.findings for batch in finding.batch_ids})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a batch, since when."""

    operator_id: int
    received_on: date


@dataclass(slots=True)
class Walk:
    """All that lies above the findings, and the heaps of goods that may have touched."""

    traces: list[Trace] = field(default_factory=list)
    holders: dict[int, Holder] = field(default_factory=dict)
    heaps: dict[tuple[int, date | str | None], set[int]] = field(default_factory=dict)
    cut: str = ""
    seconds: float = 0.0

    @property
    def link_count(self) -> int:
        return sum(found.link_count for found in self.traces)

    @property
    def depth(self) -> int:
        return max((found.depth for found in self.traces), default=0)

    def parents(self) -> Parents:
        return parents_of(self.traces)


def sources_of(question: Question, walk: Walk) -> CommonSource:
    """The spread of the question's findings over the walk."""
    gone = set(question.assumptions.without_batches) | {
        batch
        for batch, holder in walk.holders.items()
        if holder.operator_id in question.assumptions.without_operators
    }
    findings = [
        Finding(each.batch_ids, rules.WEIGHTS[each.line.kind], each.is_clean)
        for each in question.findings
    ]
    return CommonSource(findings, walk.parents(), heaps=walk.heaps.values(), without=gone)


def walk_up(question: Question) -> Walk:
    """Everything above the findings, with what may have touched it."""
    began = time.perf_counter()
    walk = Walk()
    fresh = _climb(walk, question.start_ids)
    rounds = 0 if question.assumptions.contact == Contact.NONE else 1
    if question.assumptions.reaches_every_stage:
        rounds *= ROUNDS
    else:
        fresh &= set(question.start_ids)
    for _ in range(rounds):
        beside = _beside(walk, fresh, question.assumptions.contact)
        if not beside or walk.cut:
            break
        fresh = _climb(walk, beside)
    walk.seconds = time.perf_counter() - began
    return walk


def _climb(walk: Walk, starts: Collection[int]) -> set[int]:
    """Trace up from the batches; the ones met for the first time."""
    found = trace(starts, "up", LIMITS)
    walk.traces.append(found)
    walk.cut = walk.cut or found.cut or ""
    fresh = found.hops.keys() - walk.holders.keys()
    walk.holders |= _holders(fresh)
    return set(fresh & walk.holders.keys())


def _holders(batch_ids: Iterable[int]) -> dict[int, Holder]:
    # A join looks each id up in the one partition that can have it; a list is looked up in all.
    statement = (
        "SELECT b.id, b.operator_id, b.received_on FROM unnest(%s::bigint[]) AS wanted (id)"
        " JOIN traceability_batch b ON b.id = wanted.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [sorted(batch_ids)])
        return {pk: Holder(operator, day) for pk, operator, day in cursor.fetchall()}


def _beside(walk: Walk, batch_ids: Iterable[int], contact: Contact) -> set[int]:
    """Put what lay beside the batches on their heaps, and return what was not met before."""
    if contact == Contact.SAME_LINE:
        return _beside_on_line(walk, batch_ids)
    days: dict[tuple[int, date | None], list[date]] = defaultdict(list)
    for batch_id in batch_ids:
        holder = walk.holders[batch_id]
        day = holder.received_on
        key = (holder.operator_id, day if contact == Contact.SAME_DAY else None)
        days[key].append(day)
    before = timedelta(days=0 if contact == Contact.SAME_DAY else rules.STORE_DAYS)
    windows = [(operator, min(met) - before, max(met)) for (operator, _), met in days.items()]
    rows = _received(windows)
    if len(rows) >= MOST_BESIDE:
        walk.cut = walk.cut or "nodes"
    for batch_id, operator, day in rows:
        key = (operator, day if contact == Contact.SAME_DAY else None)
        walk.heaps.setdefault(key, set()).add(batch_id)
    return {batch_id for batch_id, _, _ in rows} - walk.holders.keys()


def _beside_on_line(walk: Walk, batch_ids: Iterable[int]) -> set[int]:
    """The same for what came off the same production line until then, a month back."""
    statement = (
        "WITH wanted AS ("
        " SELECT r.operator_id, r.line, min(r.done_on) - %s AS since, max(r.done_on) AS until"
        " FROM traceability_runoutput o JOIN traceability_run r ON r.id = o.run_id"
        " WHERE o.batch_id = ANY (%s::bigint[]) AND r.line <> '' AND r.state = 'current'"
        " GROUP BY r.operator_id, r.line)"
        " SELECT o.batch_id, r.operator_id, r.line FROM wanted"
        " JOIN traceability_run r ON r.operator_id = wanted.operator_id AND r.line = wanted.line"
        " AND r.done_on BETWEEN wanted.since AND wanted.until AND r.state = 'current'"
        " JOIN traceability_runoutput o ON o.run_id = r.id"
        " JOIN traceability_batch b ON b.id = o.batch_id AND b.state = 'current'"
        " ORDER BY o.batch_id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [rules.STORE_DAYS, sorted(batch_ids), MOST_BESIDE])
        rows = cursor.fetchall()
    if len(rows) >= MOST_BESIDE:
        walk.cut = walk.cut or "nodes"
    for batch_id, operator, line in rows:
        walk.heaps.setdefault((operator, line), set()).add(batch_id)
    return {batch_id for batch_id, _, _ in rows} - walk.holders.keys()


def _received(windows: Sequence[tuple[int, date, date]]) -> list[tuple[int, int, date]]:
    """(batch, operator, day) of what each operator took in from one day to another."""
    statement = (
        "SELECT DISTINCT b.id, b.operator_id, b.received_on"
        " FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS wanted (operator, since, until)"
        " JOIN traceability_batch b ON b.operator_id = wanted.operator"
        " AND b.received_on BETWEEN wanted.since AND wanted.until"
        " WHERE b.state = 'current' ORDER BY b.id LIMIT %s"
    )
    columns = [list(column) for column in zip(*windows, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*columns, MOST_BESIDE])
        return [(batch, operator, day) for batch, operator, day in cursor.fetchall()]
