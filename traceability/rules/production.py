"""Making and growing: what goes into a batch, what comes out, and what cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from shilian.problems import Problem
from traceability.rules import dates, holds, quantities, shortage, texts
from traceability.rules.sales import BatchFacts

LINE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class ProductionInput:
    """A quantity taken from one of the operator's batches, in that batch's unit."""

    batch_id: int
    quantity: Decimal


class Drawing(Protocol):
    """What takes goods out of batches on a day."""

    @property
    def inputs(self) -> tuple[ProductionInput, ...]: ...

    @property
    def produced_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class ProductionDraft:
    """One output batch and everything that went into it."""

    product_id: int
    quantity: Decimal
    unit: str
    produced_on: date
    inputs: tuple[ProductionInput, ...] = ()
    batch_number: str = ""
    line: str = ""
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class HarvestDraft:
    """One harvest of a farm, which begins a chain."""

    product_id: int
    quantity: Decimal
    unit: str
    harvested_on: date
    batch_number: str = ""
    origin_place: str = ""
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class ProductionFacts:
    """What is known of the products and batches that the drafts name; unknown ones are absent."""

    product_ids: frozenset[int]
    batches: Mapping[int, BatchFacts] = field(default_factory=dict)


def check_production(
    drafts: Sequence[ProductionDraft], facts: ProductionFacts, *, today: date
) -> list[Problem]:
    """Every fault of every draft, each at its row.

    Source: Food Safety Law articles 46 and 50 (materials are checked and put in by batch).
    """
    used: dict[int, Decimal] = defaultdict(Decimal)
    problems: list[Problem] = []
    for draft in drafts:
        found = [*_output(draft, facts)]
        found += dates.check_event_day(
            draft.produced_on, field="produced_on", name="生产日期", today=today
        )
        found += texts.check_text(draft.line, "production_line", "生产线", LINE_LENGTH)
        found += check_inputs(draft, facts.batches, used)
        problems += [problem.at_row(draft.row) for problem in found]
    return problems


def check_harvests(
    drafts: Sequence[HarvestDraft], facts: ProductionFacts, *, today: date
) -> list[Problem]:
    """Every fault of every draft, each at its row."""
    problems: list[Problem] = []
    for draft in drafts:
        found = [*_output(draft, facts)]
        found += dates.check_event_day(
            draft.harvested_on, field="harvested_on", name="采收（出栏）日期", today=today
        )
        found += texts.check_text(draft.origin_place, "origin_place", "产地", 60)
        problems += [problem.at_row(draft.row) for problem in found]
    return problems


def _output(draft: ProductionDraft | HarvestDraft, facts: ProductionFacts) -> Iterator[Problem]:
    if draft.product_id not in facts.product_ids:
        yield Problem("product_unknown", "product_id", "没有这个商品，请重新选择。")
    yield from quantities.check_unit(draft.unit)
    yield from quantities.check_quantity(draft.quantity, draft.unit)
    yield from texts.check_text(draft.batch_number, "batch_number", "生产批号", 60)


def check_inputs(
    draft: Drawing, batches: Mapping[int, BatchFacts], used: dict[int, Decimal]
) -> Iterator[Problem]:
    """Every fault of what goes in, with the input's place as its row.

    ``used`` has what earlier drafts took, and grows.
    """
    seen: set[int] = set()
    for place, part in enumerate(draft.inputs):
        found = _check_input(draft, part, batches.get(part.batch_id), used, part.batch_id in seen)
        yield from (problem.at_row(place) for problem in found)
        seen.add(part.batch_id)


def _check_input(
    draft: Drawing,
    part: ProductionInput,
    batch: BatchFacts | None,
    used: dict[int, Decimal],
    is_repeated: bool,
) -> Iterator[Problem]:
    if batch is None:
        yield Problem("batch_unknown", "inputs", "没有这个原料批次，请重新选择。")
        return
    if is_repeated:
        message = f"“{batch.name}”的同一批次选了两次，请合并成一行。"
        yield Problem("input_repeated", "inputs", message)
    yield from quantities.check_quantity(part.quantity, batch.unit, field="inputs")
    if part.quantity.is_finite():
        yield from _on_hand(part, batch, batch.on_hand - used[part.batch_id])
        used[part.batch_id] += part.quantity
    yield from _one_input(draft, batch)


def _on_hand(part: ProductionInput, batch: BatchFacts, left: Decimal) -> list[Problem]:
    return shortage.check_on_hand(
        batch.name, batch.unit, left=left, asked=part.quantity, field="inputs", doing="投"
    )


def _one_input(draft: Drawing, batch: BatchFacts) -> Iterator[Problem]:
    if batch.received_on > draft.produced_on:
        day = dates.spoken(batch.received_on)
        message = f"“{batch.name}”{day}才入库，晚于生产日期，请核对这两个日期。"
        yield Problem("used_before_received", "inputs", message)
    yield from holds.check_movement(
        batch.name,
        batch.stop,
        draft.produced_on,
        field="inputs",
        doing="投料",
        then="由它得来的批次随之冻结",
    )
    if batch.expires_on is not None and batch.expires_on < draft.produced_on:
        day = dates.spoken(batch.expires_on)
        message = f"“{batch.name}”的保质期到{day}，投料时已经过期；过期原料不得使用，请核对。"
        yield Problem("input_expired", "inputs", message, severity="warning")
