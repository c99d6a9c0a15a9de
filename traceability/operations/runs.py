"""Runs of many inputs and many outputs: making, splitting, merging, repacking, boxing.

Locks are taken in one order: the operator (for boxes, whose numbers may not repeat), products,
batches.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors, warnings
from traceability.models import Batch, Link, LinkKind, Package, Product, Run, RunOutput
from traceability.operations import freezing, run_rows, writing
from traceability.operations.run_rows import Work
from traceability.operations.writing import Pen
from traceability.queries import runs as queries
from traceability.queries import stock, suppliers
from traceability.rules import runs as rules
from traceability.rules import shortage, sscc
from traceability.rules.runs import RunDraft

OPERATION = "record_run"


def preview_run(*, by: Actor, operator: Operator, draft: RunDraft, at: datetime) -> list[Problem]:
    """Every problem and warning that recording the run now would meet; nothing is written."""
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    draft, today = rules.keeping_goods(draft), business_day(at)
    batches = stock.batch_facts(operator, _input_ids(draft), on=today)
    facts = queries.run_facts(operator, draft, batches)
    return rules.check_run(draft, facts, today=today)


@transaction.atomic
def record_run(
    *,
    by: Actor,
    operator: Operator,
    draft: RunDraft,
    at: datetime,
    submit_key: UUID | None = None,
    short_confirmed: bool = False,
) -> list[Batch]:
    """Record one run: a batch for each output, linked to every input that it bears a share of.

    What comes of frozen or recalled goods is frozen at once. What was only split, merged, repacked
    or boxed keeps the passed inspection of what it came from; new goods need one of their own
    before they are sold. A second call with the same key returns the first one's batches. To use
    more than is on hand needs ``short_confirmed`` where a person can be asked.
    Raises: Rejected with every problem found; those of an input or output carry its place
    as their row.
    Source: Food Safety Law articles 42, 46 and 50.
    Cost: a fixed number of queries, whatever the number of inputs and outputs.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen, draft = writing.pen_for(by, operator, at), rules.keeping_goods(draft)
    count = 1 if draft.kind == LinkKind.AGGREGATION else len(draft.outputs)
    run_id, *ids = pen.ids(1 + count)
    earlier = writing.claim_submission(operator, submit_key, OPERATION, ids, at)
    if earlier is not None:
        return queries.batches_by_id(operator, earlier)
    work, problems = _checked(pen, draft, is_known=short_confirmed or not pen.asks_back)
    codes = sorted({problem.code for problem in warnings(problems)})
    writing.copy_records(Batch, run_rows.output_rows(pen, work, ids))
    writing.copy_records(Link, run_rows.link_rows(work, ids))
    writing.copy_models(Run, [run_rows.run_row(pen, run_id, draft, codes)])
    writing.copy_models(RunOutput, [RunOutput(batch_id=id_, run_id=run_id) for id_ in ids])
    if draft.kind == LinkKind.AGGREGATION:
        _keep_package(pen, draft, ids[0])
    freezing.freeze_with(pen, by, _input_ids(draft), ids)
    _finish(by, pen, work, run_id, codes)
    return queries.batches_by_id(operator, ids)


def _checked(pen: Pen, draft: RunDraft, *, is_known: bool) -> tuple[Work, list[Problem]]:
    """The run with everything that it touches locked.

    Raises: Rejected.
    """
    operator, wanted = pen.operator, _input_ids(draft)
    if draft.kind == LinkKind.AGGREGATION:
        writing.take_turns(operator)
    # Not the products of what went in: their batches say everything.
    named = {output.product_id for output in draft.outputs if output.product_id}
    products = suppliers.product_facts(operator, named, locked=True)
    found, on_hand = stock.locked_batches(operator, wanted, on=pen.today)
    facts = queries.run_facts(operator, draft, on_hand)
    problems = shortage.unless_confirmed(rules.check_run(draft, facts, today=pen.today), is_known)
    if errors(problems):
        raise Rejected(problems)
    sources = [found[part.batch_id] for part in draft.inputs]
    return Work(draft, facts, sources, products), problems


def _input_ids(draft: RunDraft) -> set[int]:
    return {part.batch_id for part in draft.inputs}


def _keep_package(pen: Pen, draft: RunDraft, batch_id: int) -> None:
    holder, division, county = pen.holder
    number, prefix = sscc.canonical(draft.sscc), draft.company_prefix.strip()
    is_given_out = bool(prefix) and not number
    if is_given_out:
        number = queries.next_number(pen.operator, prefix)
    package = Package(
        batch_id=batch_id,
        operator_id=holder,
        division_id=division,
        county_id=county,
        kind=draft.pack,
        sscc=number,
        company_prefix=prefix if is_given_out else "",
    )
    writing.copy_models(Package, [package])


def _finish(by: Actor, pen: Pen, work: Work, run_id: int, codes: list[str]) -> None:
    operator, draft = pen.operator, work.draft
    named = {output.product_id for output in draft.outputs if output.product_id}
    made = Product.objects.filter(operator=operator, pk__in=named)
    if draft.kind == LinkKind.TRANSFORMATION:
        made.update(is_own_made=True, last_used_at=pen.at)
    else:
        made.update(last_used_at=pen.at)
    writing.mark_months(operator, [draft.done_on])
    writing.begin_using(operator, pen.at)
    audit.append(
        by=by,
        at=pen.at,
        event="run_recorded",
        about=operator,
        subject="Run",
        subject_id=run_id,
        count=len(work.outputs),
        kind=draft.kind,
        warnings=codes,
    )
