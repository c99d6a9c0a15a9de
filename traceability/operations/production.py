"""Making and growing: new batches from materials or from the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors, warnings
from traceability.models import Batch, BatchOrigin, Link, LinkKind, Product
from traceability.operations import writing
from traceability.operations.inspections import record_inspections
from traceability.operations.writing import Pen, Row
from traceability.queries import stock, suppliers
from traceability.rules import production as rules
from traceability.rules.goods import ProductFacts
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionFacts
from traceability.rules.sales import BatchFacts

__all__ = ["record_harvests", "record_inspections", "record_production"]

_RECEIVED_ON = writing.columns_of(Batch).index("received_on")


@transaction.atomic
def record_production(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[ProductionDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[Batch]:
    """Record what was made from what: an output batch for each draft, linked to its inputs.

    All of the drafts, or none. A second call with the same key returns the first one's batches.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 46 and 50.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, "record_production", ids, at)
    if earlier is not None:
        return _batches(operator, earlier)
    if not drafts:
        return []
    products = _products(operator, drafts)
    inputs = _inputs_on_hand(pen, drafts)
    facts = ProductionFacts(frozenset(products), inputs)
    problems = rules.check_production(drafts, facts, today=pen.today)
    _stop_at_errors(problems)
    drawn = zip(drafts, ids, writing.token_salts(len(drafts)), strict=True)
    rows = [_made(pen, products, draft, id_, salt) for draft, id_, salt in drawn]
    writing.copy_records(Batch, rows)
    _write_links(drafts, ids)
    _finish(by, pen, "production_recorded", drafts, rows, problems)
    return _batches(operator, ids)


@transaction.atomic
def record_harvests(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[HarvestDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[Batch]:
    """Record what was grown, raised or caught: a batch for each draft, the first of its chain.

    Raises: Rejected with every problem found, each naming its row.
    Source: Agricultural Products Quality and Safety Law article 27.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, "record_harvests", ids, at)
    if earlier is not None:
        return _batches(operator, earlier)
    if not drafts:
        return []
    products = _products(operator, drafts)
    facts = ProductionFacts(frozenset(products))
    problems = rules.check_harvests(drafts, facts, today=pen.today)
    _stop_at_errors(problems)
    drawn = zip(drafts, ids, writing.token_salts(len(drafts)), strict=True)
    rows = [_grown(pen, products, draft, id_, salt) for draft, id_, salt in drawn]
    writing.copy_records(Batch, rows)
    _finish(by, pen, "harvests_recorded", drafts, rows, problems)
    return _batches(operator, ids)


def _batches(operator: Operator, ids: Sequence[int]) -> list[Batch]:
    return list(Batch.objects.filter(operator=operator, pk__in=ids).order_by("pk"))


def _products(
    operator: Operator, drafts: Sequence[ProductionDraft] | Sequence[HarvestDraft]
) -> dict[int, ProductFacts]:
    """The products as this operator makes them: it is their maker from now on."""
    found = suppliers.product_facts(operator, {draft.product_id for draft in drafts}, locked=True)
    return {
        id_: replace(
            product, is_own_made=True, maker_name=operator.name, maker_operator_id=operator.pk
        )
        for id_, product in found.items()
    }


def _inputs_on_hand(pen: Pen, drafts: Sequence[ProductionDraft]) -> dict[int, BatchFacts]:
    """The input batches with what is left of each, locked until the transaction ends."""
    wanted = {part.batch_id for draft in drafts for part in draft.inputs}
    if not wanted:
        return {}
    _, on_hand = stock.locked_batches(pen.operator, wanted, on=pen.today)
    return on_hand


def _stop_at_errors(problems: list[Problem]) -> None:
    if errors(problems):
        raise Rejected(problems)


def _made(
    pen: Pen, products: dict[int, ProductFacts], draft: ProductionDraft, id_: int, salt: int
) -> Row:
    product = products[draft.product_id]
    return writing.batch_row(
        pen,
        id_,
        salt,
        product,
        unit=draft.unit,
        quantity=draft.quantity,
        received_on=draft.produced_on,
        batch_number=draft.batch_number,
        produced_on=draft.produced_on,
        expires_on=product.expires_on(draft.produced_on),
        origin_kind=BatchOrigin.MADE.value,
        origin_place="",
    )


def _grown(
    pen: Pen, products: dict[int, ProductFacts], draft: HarvestDraft, id_: int, salt: int
) -> Row:
    product = products[draft.product_id]
    return writing.batch_row(
        pen,
        id_,
        salt,
        product,
        unit=draft.unit,
        quantity=draft.quantity,
        received_on=draft.harvested_on,
        batch_number=draft.batch_number,
        produced_on=draft.harvested_on,
        expires_on=product.expires_on(draft.harvested_on),
        origin_kind=BatchOrigin.GROWN.value,
        origin_place=draft.origin_place,
    )


def _write_links(drafts: Sequence[ProductionDraft], ids: Sequence[int]) -> None:
    links = sorted(
        (id_, part.batch_id, LinkKind.TRANSFORMATION.value, part.quantity)
        for draft, id_ in zip(drafts, ids, strict=True)
        for part in draft.inputs
    )
    if links:
        writing.copy_records(Link, links)


def _finish(
    by: Actor,
    pen: Pen,
    event: str,
    drafts: Sequence[ProductionDraft] | Sequence[HarvestDraft],
    rows: list[Row],
    problems: list[Problem],
) -> None:
    operator = pen.operator
    product_ids = {draft.product_id for draft in drafts}
    Product.objects.filter(operator=operator, pk__in=product_ids).update(
        is_own_made=True, last_used_at=pen.at
    )
    writing.mark_months(operator, {row[_RECEIVED_ON] for row in rows})
    writing.begin_using(operator, pen.at)
    codes = sorted({problem.code for problem in warnings(problems)})
    audit.append(by=by, at=pen.at, event=event, about=operator, count=len(rows), warnings=codes)
