"""Builders of makers, farms and what they make; name the one fact that matters in the test."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from enterprises.models import Operator, Sector
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import TODAY, make_product
from traceability.models import Batch, FactoryInspection, Product
from traceability.operations import production
from traceability.rules.inspections import InspectionDraft
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionInput


def make_producer(**facts: Any) -> Operator:
    return make_operator(sector=Sector.PRODUCTION, **facts)


def make_farm(**facts: Any) -> Operator:
    return make_operator(sector=Sector.FARM, **facts)


def production_draft(product: Product, *inputs: tuple[int, int], **facts: Any) -> ProductionDraft:
    """``inputs`` are pairs of batch id and quantity."""
    draft = ProductionDraft(
        product_id=product.pk,
        quantity=Decimal(100),
        unit=product.unit,
        produced_on=TODAY,
        inputs=tuple(ProductionInput(id_, Decimal(quantity)) for id_, quantity in inputs),
        batch_number="L-1",
    )
    return replace(draft, **facts)


def make_made_batch(operator: Operator, *inputs: tuple[int, int], **facts: Any) -> Batch:
    [batch] = production.record_production(
        by=owner_of(operator),
        operator=operator,
        drafts=[production_draft(make_product(operator), *inputs, **facts)],
        at=AT,
    )
    return batch


def make_harvest(operator: Operator | None = None, **facts: Any) -> Batch:
    operator = operator or make_farm()
    product = make_product(
        operator, name="西红柿", is_farm_produce=True, shelf_life_value=None, shelf_life_unit=""
    )
    draft = HarvestDraft(product.pk, Decimal(500), "千克", TODAY, origin_place="历下区")
    [batch] = production.record_harvests(
        by=owner_of(operator), operator=operator, drafts=[replace(draft, **facts)], at=AT
    )
    return batch


def inspection_draft(batch: Batch, **facts: Any) -> InspectionDraft:
    draft = InspectionDraft(
        batch_id=batch.pk, inspected_on=TODAY, result="passed", certificate_number="HG-1"
    )
    return replace(draft, **facts)


def make_inspection(batch: Batch, **facts: Any) -> FactoryInspection:
    operator = Operator.objects.get(pk=batch.operator_id)
    [inspection] = production.record_inspections(
        by=owner_of(operator), operator=operator, drafts=[inspection_draft(batch, **facts)], at=AT
    )
    return inspection
