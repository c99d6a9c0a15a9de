"""Builders of runs, boxes, losses and returns; name the one fact that matters in the test."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from enterprises.actor import Actor, actor_for
from enterprises.models import Operator
from enterprises.roles import Role
from tests.builders.enterprises import AT, give_role, make_person, owner_of
from tests.builders.traceability import TODAY
from traceability.models import Batch, Product
from traceability.operations import runs
from traceability.rules.production import ProductionInput
from traceability.rules.runs import OutputDraft, RunDraft

SSCC = "106141411234567897"


def clerk_of(operator: Operator) -> Actor:
    person = make_person(name="店员")
    give_role(person, Role.CLERK, operator=operator)
    return actor_for(person)


def taken(batch: Batch, quantity: str | int) -> ProductionInput:
    return ProductionInput(batch.pk, Decimal(quantity))


def output(product: Product | None, quantity: str | int, **facts: Any) -> OutputDraft:
    draft = OutputDraft(Decimal(quantity), product.pk if product else None)
    return replace(draft, **facts)


def run_draft(
    kind: str, inputs: list[ProductionInput], outputs: list[OutputDraft], **facts: Any
) -> RunDraft:
    return replace(RunDraft(kind, TODAY, tuple(inputs), tuple(outputs)), **facts)


def make_run(
    operator: Operator,
    kind: str,
    inputs: list[ProductionInput],
    outputs: list[OutputDraft],
    **facts: Any,
) -> list[Batch]:
    draft = run_draft(kind, inputs, outputs, **facts)
    return runs.record_run(by=owner_of(operator), operator=operator, draft=draft, at=AT)


def make_split(batch: Batch, *quantities: str | int) -> list[Batch]:
    parts = [output(None, quantity) for quantity in quantities]
    total = sum((part.quantity for part in parts), Decimal(0))
    operator = Operator.objects.get(pk=batch.operator_id)
    return make_run(operator, "split", [ProductionInput(batch.pk, total)], parts)


def make_box(operator: Operator, *contents: ProductionInput, **facts: Any) -> Batch:
    [box] = make_run(operator, "aggregation", list(contents), [], **({"pack": "box"} | facts))
    return box
