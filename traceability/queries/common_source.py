"""What an officer is shown of a common source: the ranking in words, the ways, what lies outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from enterprises.actor import Actor
from enterprises.models import Operator, Sector
from enterprises.roles import Permission
from traceability.graph import lens
from traceability.graph.common_source import CommonSource, Finding, Suspect
from traceability.models import Batch, TraceCase
from traceability.queries.findings import NamedFinding
from traceability.queries.source_walk import Question, Walk, sources_of, walk_up

SHOWN = 20
# One finding has many sources; a common one explains two.
LEAST = 2


@dataclass(frozen=True, slots=True)
class Stop:
    """One batch on a way; nothing of it but its place in the row when it lies outside one's sight."""

    goods: str = ""
    holder: str = ""
    place: str = ""
    is_seen: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How a finding's goods came from the suspect, from the suspect down to the finding."""

    finding: NamedFinding
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A batch or operator of the ranking, in words; ``missed`` are the findings it leaves open."""

    suspect: Suspect
    goods: str
    batch_number: str
    produced_on: date | None
    received_on: date | None
    holder: str
    sector: str
    place: str
    missed: tuple[NamedFinding, ...] = ()
    ways: tuple[Way, ...] = ()
    batch_count: int = 1

    @property
    def score_percent(self) -> float:
        return self.suspect.score_ratio * 100


@dataclass(frozen=True, slots=True)
class Answer:
    """The ranking within sight; ``hidden`` common sources lie outside it and are only counted.

    ``without`` are the rows that were assumed to be in order. The counts are of the whole walk.
    """

    question: Question
    walk: Walk
    batches: tuple[SourceRow, ...]
    operators: tuple[SourceRow, ...]
    without_batches: tuple[SourceRow, ...]
    without_operators: tuple[SourceRow, ...]
    hidden_count: int
    hidden_explained: int
    seen_ids: frozenset[int]
    owner_ids: frozenset[int]
    operator_count: int

    @property
    def batch_count(self) -> int:
        return len(self.walk.holders)

    @property
    def finding_count(self) -> int:
        return sum(not each.is_clean for each in self.question.findings)

    @property
    def clean_count(self) -> int:
        return len(self.question.findings) - self.finding_count

    @property
    def without_batch_ids(self) -> str:
        """As the form carries them from one answer to the next."""
        return ",".join(map(str, sorted(self.question.assumptions.without_batches)))

    @property
    def without_operator_ids(self) -> str:
        return ",".join(map(str, sorted(self.question.assumptions.without_operators)))

    @property
    def nearest(self) -> list[SourceRow]:
        """The rows to look at first: nothing nearer on their ways explains the same."""
        return [row for row in self.batches if not row.suspect.is_repeated]

    @property
    def repeated(self) -> list[SourceRow]:
        return [row for row in self.batches if row.suspect.is_repeated]


def common_source(actor: Actor, question: Question) -> Answer:
    """What explains most of the findings, as far as the actor may see it.

    Ways lead on through batches outside the actor's sight; those are counted and not named.
    Raises: Forbidden.
    Cost: ten queries, and two more for each round of goods that may have touched.
    """
    actor.require(Permission.TRACE_BATCHES)
    return _Search(actor, question).answer()


def open_cases(actor: Actor, *, at: datetime) -> list[TraceCase]:
    """The actor's bureau's cases that are open now, newest first."""
    return list(TraceCase.objects.visible_to(actor).open_at(at).order_by("-pk")[:50])


class _Search:
    """One question with its walk; what is looked up once is kept here."""

    def __init__(self, actor: Actor, question: Question) -> None:
        self.actor, self.question = actor, question
        self.walk = walk_up(question)
        self.sources = sources_of(question, self.walk)
        self.seen = self._seen()
        self.owner_of = {
            batch: holder.operator_id
            for batch, holder in self.walk.holders.items()
            if batch in self.seen
        }
        on_the_way = self.sources.explaining(1) & self.seen
        self.batch_counts = Counter(self.owner_of[batch] for batch in on_the_way)

    def answer(self) -> Answer:
        question, sources = self.question, self.sources
        common = sources.explaining(LEAST)
        hidden = common - self.seen
        best = sources.batches(1, least=LEAST, among=hidden)
        suspects = sources.batches(SHOWN, least=LEAST, among=self.seen)
        operators = sources.operators(self.owner_of, SHOWN, least=LEAST)
        gone = self.seen & question.assumptions.without_batches
        paths = {each.id: self._paths(each) for each in suspects}
        named = self._named(
            {*gone, *(id_ for ways in paths.values() for way in ways for id_ in way)}
        )
        firms = self._firms(
            {*(each.id for each in operators), *question.assumptions.without_operators}
        )
        return Answer(
            question=question,
            walk=self.walk,
            batches=tuple(self._batch_row(each, named, paths[each.id]) for each in suspects),
            operators=tuple(self._operator_row(each, firms[each.id]) for each in operators),
            without_batches=tuple(self._batch_row(_bare(id_), named, []) for id_ in sorted(gone)),
            without_operators=tuple(
                self._operator_row(_bare(id_), firms[id_])
                for id_ in sorted(question.assumptions.without_operators & firms.keys())
            ),
            hidden_count=len(hidden),
            hidden_explained=len(best[0].explained) if best else 0,
            seen_ids=frozenset(self.seen),
            owner_ids=frozenset(self.owner_of.values()),
            operator_count=len({holder.operator_id for holder in self.walk.holders.values()}),
        )

    def _seen(self) -> set[int]:
        """The walk's batches inside the jurisdiction, and above the open case's starts its area's."""
        met = self.walk.holders.keys()
        seen = lens.visible(met, lens.sight_of(self.actor))
        case = self.question.case
        if case is None:
            return seen
        starts = tuple(set(case.start_ids) & met)
        above = CommonSource([Finding(starts, 1)], self.walk.parents()).batch_ids
        return seen | lens.visible(above & met, lens.sight_of(self.actor, case))

    def _paths(self, suspect: Suspect) -> list[list[int]]:
        return [self.sources.path(number, suspect.id)[::-1] for number in suspect.explained]

    def _named(self, batch_ids: Iterable[int]) -> dict[int, Batch]:
        wanted = self.seen & set(batch_ids)
        rows = Batch.objects.filter(pk__in=wanted)
        return {row.pk: row for row in rows.select_related("operator__county__parent")}

    def _firms(self, operator_ids: Collection[int]) -> dict[int, Operator]:
        wanted = set(operator_ids) & set(self.owner_of.values())
        rows = Operator.objects.filter(pk__in=wanted)
        return {row.pk: row for row in rows.select_related("county__parent")}

    def _batch_row(
        self, suspect: Suspect, named: dict[int, Batch], paths: list[list[int]]
    ) -> SourceRow:
        batch = named[suspect.id]
        findings = self.question.findings
        return SourceRow(
            suspect=suspect,
            goods=f"{batch.name} {batch.specification}".strip(),
            batch_number=batch.batch_number,
            produced_on=batch.produced_on,
            received_on=batch.received_on,
            holder=batch.operator.name,
            sector=str(Sector(batch.operator.sector).label),
            place=_place(batch.operator),
            missed=self._missed(suspect),
            ways=tuple(
                Way(findings[number], tuple(_stop(named.get(id_)) for id_ in path))
                for number, path in zip(suspect.explained, paths, strict=False)
            ),
        )

    def _operator_row(self, suspect: Suspect, operator: Operator) -> SourceRow:
        return SourceRow(
            suspect=suspect,
            goods="",
            batch_number="",
            produced_on=None,
            received_on=None,
            holder=operator.name,
            sector=str(Sector(operator.sector).label),
            place=_place(operator),
            missed=self._missed(suspect),
            batch_count=self.batch_counts[operator.pk],
        )

    def _missed(self, suspect: Suspect) -> tuple[NamedFinding, ...]:
        return tuple(
            finding
            for number, finding in enumerate(self.question.findings)
            if not finding.is_clean and number not in suspect.explained
        )


def _bare(id_: int) -> Suspect:
    return Suspect(id=id_, explained=(), clean=(), score_ratio=0.0, hops=0)


def _stop(batch: Batch | None) -> Stop:
    if batch is None:
        return Stop()
    return Stop(batch.name, batch.operator.name, batch.operator.county.name, is_seen=True)


def _place(operator: Operator) -> str:
    """County with its city, because county names repeat."""
    city = operator.county.parent
    return f"{city.name if city else ''}{operator.county.name}"
