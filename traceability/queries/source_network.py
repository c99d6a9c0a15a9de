"""The goods of a common source as a network of stations and deliveries, as investigators draw it.

A station is an operator, or a finding: the case that received the goods. A delivery is goods of one
batch that went from one station to another; what happened inside an operator joins a delivery that
came in to those that went out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.actor import Actor
from enterprises.models import Sector
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from traceability.graph.trace import Step
from traceability.models import Batch
from traceability.queries.common_source import Answer
from traceability.rules.common_source import WEIGHTS, Contact, FindingKind

MOST_DELIVERIES = 20_000
MOST_RELATIONS = 100_000


@dataclass(frozen=True, slots=True)
class Station:
    """``weight`` is 0 for operators and clean samples, and 1 for what a laboratory confirmed.

    ``is_crossed``: goods may have touched there; ``is_cleared``: it is assumed to be in order.
    """

    id: str
    name: str
    city: str
    county: str
    business: str
    weight: float = 0.0
    is_crossed: bool = False
    is_cleared: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods of one batch from one station to another; quantities in ``unit``."""

    id: str
    source: str
    target: str
    goods: str
    lot_id: str
    lot_number: str
    lot_quantity: Decimal
    quantity: Decimal
    unit: str
    produced_on: date | None
    expires_on: date | None
    arrived_on: date | None


@dataclass(frozen=True, slots=True)
class Network:
    """``relations`` are (came in, went out) pairs of delivery ids at one station."""

    stations: tuple[Station, ...]
    deliveries: tuple[Delivery, ...]
    relations: tuple[tuple[str, str], ...]


def network_of(actor: Actor, answer: Answer) -> Network:
    """The part of the walk within the actor's sight.

    Raises: Forbidden; Rejected when it is more than the investigators' program draws.
    Cost: one query.
    """
    actor.require(Permission.TRACE_BATCHES)
    if len(answer.seen_ids) > MOST_DELIVERIES:
        raise _too_large(len(answer.seen_ids))
    rows = Batch.objects.filter(pk__in=answer.seen_ids).select_related("operator__county__parent")
    return _Drawing(answer, {row.pk: row for row in rows}).network()


def _too_large(count: int) -> Rejected:
    message = f"要导出的有 {count:,} 个批次，太多了，请减少发现或不考虑互相污染后再导出。"
    return Rejected([Problem("network_too_large", "", message)])


class _Drawing:
    def __init__(self, answer: Answer, batches: dict[int, Batch]) -> None:
        self.answer, self.batches = answer, batches
        # Within an operator: each batch's own ingredients and parts.
        self.made_of: dict[int, list[int]] = defaultdict(list)
        self.came_as: dict[int, list[str]] = defaultdict(list)
        self.went_as: dict[int, list[str]] = defaultdict(list)
        self.deliveries: dict[str, Delivery] = {}

    def network(self) -> Network:
        for step in self._steps():
            self._add_step(step)
        for number, finding in enumerate(self.answer.question.findings, start=1):
            for batch_id in finding.batch_ids:
                if batch_id in self.batches:
                    self._deliver(self.batches[batch_id], None, f"F{number}", None)
        return Network(
            stations=tuple(self._stations()),
            deliveries=tuple(self.deliveries.values()),
            relations=tuple(self._relations()),
        )

    def _steps(self) -> Iterator[Step]:
        for walk in self.answer.walk.traces:
            for step in walk.steps:
                if step.child_id in self.batches and step.parent_id in self.batches:
                    yield step

    def _add_step(self, step: Step) -> None:
        parent, child = self.batches[step.parent_id], self.batches[step.child_id]
        if parent.operator_id == child.operator_id:
            self.made_of[child.pk].append(parent.pk)
        else:
            self._deliver(parent, child, str(child.operator_id), step.quantity)

    def _deliver(
        self, parent: Batch, child: Batch | None, target: str, quantity: Decimal | None
    ) -> None:
        id_ = f"{parent.pk}-{child.pk if child else target}"
        if id_ in self.deliveries:
            return
        self.went_as[parent.pk].append(id_)
        if child is not None:
            self.came_as[child.pk].append(id_)
        self.deliveries[id_] = Delivery(
            id=id_,
            source=str(parent.operator_id),
            target=target,
            goods=f"{parent.name} {parent.specification}".strip(),
            lot_id=str(parent.pk),
            lot_number=parent.batch_number or str(parent.produced_on or parent.pk),
            lot_quantity=parent.quantity,
            quantity=parent.quantity if quantity is None else quantity,
            unit=parent.unit,
            produced_on=parent.produced_on,
            expires_on=parent.expires_on,
            arrived_on=child.received_on if child else None,
        )

    def _relations(self) -> Iterator[tuple[str, str]]:
        count = 0
        for batch_id, went in sorted(self.went_as.items()):
            came = [id_ for part in self._parts(batch_id) for id_ in self.came_as.get(part, ())]
            count += len(came) * len(went)
            if count > MOST_RELATIONS:
                raise _too_large(len(self.batches))
            yield from ((before, after) for before in came for after in went)

    def _parts(self, batch_id: int) -> list[int]:
        """The batch and everything that went into it at its holder."""
        met, waiting = {batch_id}, [batch_id]
        while waiting:
            fresh = set(self.made_of.get(waiting.pop(), ())) - met
            met |= fresh
            waiting += fresh
        return sorted(met)

    def _stations(self) -> Iterator[Station]:
        question = self.answer.question
        starts = {
            self.batches[id_].operator_id for id_ in question.start_ids if id_ in self.batches
        }
        operators = {batch.operator_id: batch.operator for batch in self.batches.values()}
        is_touching = question.assumptions.contact != Contact.NONE
        for id_, operator in sorted(operators.items()):
            city = operator.county.parent
            yield Station(
                id=str(id_),
                name=operator.name,
                city=city.name if city else "",
                county=operator.county.name,
                business=str(Sector(operator.sector).label),
                is_crossed=is_touching
                and (question.assumptions.reaches_every_stage or id_ in starts),
                is_cleared=id_ in question.assumptions.without_operators,
            )
        for number, finding in enumerate(question.findings, start=1):
            weight = WEIGHTS[finding.line.kind] / WEIGHTS[FindingKind.LABORATORY]
            yield Station(
                id=f"F{number}",
                name=f"{finding.kind_name}：{finding.label}",
                city="",
                county="",
                business=finding.kind_name,
                weight=0.0 if finding.is_clean else weight,
            )
