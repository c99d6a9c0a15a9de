"""Making and growing: new batches from materials or from the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors, warnings
from traceability.models import Batch, Product
from traceability.operations import freezing, production_rows, writing
from traceability.operations.inspections import record_inspections
from traceability.operations.writing import Pen, Row
from traceability.queries import runs, stock
from traceability.rules import production as rules
from traceability.rules import shortage
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionFacts
from traceability.rules.sales import BatchFacts

__all__ = ["record_harvests", "record_inspections", "record_production"]

_RECEIVED_ON = writing.columns_of(Batch).index("received_on")


def preview_production(
    *, by: Actor, operator: Operator, drafts: Sequence[ProductionDraft], at: datetime
) -> list[Problem]:
    """Every problem and warning that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    today = business_day(at)
    products = production_rows.own_products(operator, drafts)
    facts = ProductionFacts(
        frozenset(products), stock.batch_facts(operator, _input_ids(drafts), on=today)
    )
    return rules.check_production(drafts, facts, today=today)


def preview_harvests(
    *, by: Actor, operator: Operator, drafts: Sequence[HarvestDraft], at: datetime
) -> list[Problem]:
    """The same for what was grown, raised or caught."""
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    facts = ProductionFacts(frozenset(production_rows.own_products(operator, drafts)))
    return rules.check_harvests(drafts, facts, today=business_day(at))


@transaction.atomic
def record_production(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[ProductionDraft],
    at: datetime,
    submit_key: UUID | None = None,
    short_confirmed: bool = False,
) -> list[Batch]:
    """Record what was made from what: an output batch for each draft, linked to its inputs.

    All of the drafts, or none. A second call with the same key returns the first one's batches.
    To use more than is on hand needs ``short_confirmed`` where a person can be asked.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 46 and 50.
    Cost: a fixed number of queries, and three for each draft of frozen or recalled goods.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, "record_production", ids, at)
    if earlier is not None:
        return runs.batches_by_id(operator, earlier)
    if not drafts:
        return []
    products = production_rows.own_products(operator, drafts, locked=True)
    inputs = _inputs_on_hand(pen, drafts)
    facts = ProductionFacts(frozenset(products), inputs)
    problems = shortage.unless_confirmed(
        rules.check_production(drafts, facts, today=pen.today),
        short_confirmed or not pen.asks_back,
    )
    _stop_at_errors(problems)
    drawn = zip(drafts, ids, writing.token_salts(len(drafts)), strict=True)
    rows = [production_rows.made_row(pen, products, draft, id_, salt) for draft, id_, salt in drawn]
    writing.copy_records(Batch, rows)
    production_rows.write_links(drafts, ids)
    production_rows.write_lines(pen, drafts, ids)
    for draft, id_ in _made_of_stopped(drafts, ids, inputs):
        freezing.freeze_with(pen, by, [part.batch_id for part in draft.inputs], [id_])
    _finish(by, pen, "production_recorded", drafts, rows, problems)
    return runs.batches_by_id(operator, ids)


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
        return runs.batches_by_id(operator, earlier)
    if not drafts:
        return []
    products = production_rows.own_products(operator, drafts, locked=True)
    facts = ProductionFacts(frozenset(products))
    problems = rules.check_harvests(drafts, facts, today=pen.today)
    _stop_at_errors(problems)
    drawn = zip(drafts, ids, writing.token_salts(len(drafts)), strict=True)
    rows = [
        production_rows.grown_row(pen, products, draft, id_, salt) for draft, id_, salt in drawn
    ]
    writing.copy_records(Batch, rows)
    _finish(by, pen, "harvests_recorded", drafts, rows, problems)
    return runs.batches_by_id(operator, ids)


def _inputs_on_hand(pen: Pen, drafts: Sequence[ProductionDraft]) -> dict[int, BatchFacts]:
    """The input batches with what is left of each, locked until the transaction ends."""
    wanted = _input_ids(drafts)
    if not wanted:
        return {}
    _, on_hand = stock.locked_batches(pen.operator, wanted, on=pen.today)
    return on_hand


def _input_ids(drafts: Sequence[ProductionDraft]) -> set[int]:
    return {part.batch_id for draft in drafts for part in draft.inputs}


def _made_of_stopped(
    drafts: Sequence[ProductionDraft], ids: Sequence[int], inputs: Mapping[int, BatchFacts]
) -> list[tuple[ProductionDraft, int]]:
    """The drafts with a frozen or recalled input, and the new batch of each."""
    stopped = {id_ for id_, facts in inputs.items() if facts.stop is not None}
    drawn = zip(drafts, ids, strict=True)
    return [each for each in drawn if stopped & {part.batch_id for part in each[0].inputs}]


def _stop_at_errors(problems: list[Problem]) -> None:
    if errors(problems):
        raise Rejected(problems)


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
