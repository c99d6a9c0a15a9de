"""Putting right what came of own work: the batch changes or ends, its former version stays.

Locks are taken in one order: products, batches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Min

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from traceability.graph.trace import trace
from traceability.models import (
    Batch,
    BatchOrigin,
    LinkKind,
    Package,
    RecordState,
    Run,
    RunOutput,
)
from traceability.operations import freezing, lots, production_rows, superseding, writing
from traceability.operations.lots import Lot
from traceability.operations.writing import Pen, Row
from traceability.queries import runs, stock
from traceability.rules import corrections as rules
from traceability.rules import production as production_rules
from traceability.rules import shortage
from traceability.rules.corrections import NewGoods, NewOutput
from traceability.rules.goods import ProductFacts
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionFacts
from traceability.rules.sales import BatchFacts
from traceability.rules.shelf_life import earliest

OutputDraft = ProductionDraft | HarvestDraft
ZERO = Decimal(0)
# What came to the operator from somebody else is undone where it came in.
OWN_OUTPUTS = (
    BatchOrigin.MADE,
    BatchOrigin.GROWN,
    BatchOrigin.REPACKED,
    BatchOrigin.PACKED,
)


@transaction.atomic
def void_batch(*, by: Actor, operator: Operator, batch_id: int, reason: str, at: datetime) -> Batch:
    """Declare a batch of own work void; what had gone into it is back in stock.

    Raises: Rejected when it is not current, something was sold, used or inspected of it, or no
    reason is given; OutOfScope when the operator made or grew no such batch.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    reason = superseding.checked_reason(reason)
    lot = _lot(operator, batch_id, OWN_OUTPUTS, locked=True)
    if problems := rules.check_void_output(lot.batch.state, stock.use_of(operator, lot.batch)):
        raise Rejected(problems)
    _void(writing.pen_for(by, operator, at), by, [lot], reason)
    superseding.append_audit(by, at, "batch_voided", operator, lot.batch, reason)
    _end_run(operator, batch_id)
    return lot.batch


@transaction.atomic
def void_run(
    *, by: Actor, operator: Operator, batch_id: int, reason: str, at: datetime
) -> list[Batch]:
    """Declare void all that came out of the run of this batch: a split, a merge, a box, a day's work.

    Raises: Rejected, naming the batch, when something stands on one of them; OutOfScope when the
    operator has no such batch or it came out of no run.
    Cost: a fixed number of queries, whatever the number of outputs.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    reason = superseding.checked_reason(reason)
    ended = _run_lots(operator, batch_id)
    uses = stock.uses_of(operator, [lot.batch for lot in ended])
    problems = [
        replace(problem, message=f"{lot.batch}：{problem.message}")
        for lot in ended
        for problem in rules.check_void_output(lot.batch.state, uses[lot.batch.pk])
    ]
    if problems:
        raise Rejected(problems)
    _void(writing.pen_for(by, operator, at), by, ended, reason)
    run = Run.objects.get(operator=operator, pk__in=_run_of(batch_id))
    superseding.append_audit(by, at, "run_voided", operator, run, reason, count=len(ended))
    _end_run(operator, batch_id)
    return [lot.batch for lot in ended]


def _run_lots(operator: Operator, batch_id: int) -> list[Lot]:
    """The current outputs of the batch's run, all locked in the order of id.

    Raises: OutOfScope; Rejected when none is current any more.
    """
    ids = _together(batch_id)
    rows = Batch.objects.filter(operator=operator, pk__in=ids).order_by("pk")
    found = list(rows.select_for_update(no_key=True))
    if not ids or {batch.pk for batch in found} != ids:
        raise OutOfScope
    current = [batch for batch in found if batch.state == RecordState.CURRENT]
    if not current:
        raise Rejected(rules.check_is_current(found[0].state))
    taken = lots.taken_by([batch.pk for batch in current])
    return [Lot(batch, taken[batch.pk]) for batch in current]


def _together(batch_id: int) -> set[int]:
    """The outputs of the batch's run; none when it came out of no run."""
    together = RunOutput.objects.filter(run_id__in=_run_of(batch_id))
    return set(together.values_list("batch_id", flat=True))


def _run_of(batch_id: int) -> Any:
    return RunOutput.objects.filter(batch_id=batch_id).values("run_id")


def _void(pen: Pen, by: Actor, ended: Sequence[Lot], reason: str) -> None:
    """The batches end; what had gone into them is back in stock, and a box keeps its number."""
    operator, ids = pen.operator, [lot.batch.pk for lot in ended]
    lots.keep(pen, by, ended, RecordState.VOIDED, reason)
    Batch.objects.filter(operator=operator, pk__in=ids).update(state=RecordState.VOIDED)
    lots.inputs_of(ids).delete()
    Package.objects.filter(operator=operator, batch_id__in=ids).update(is_void=True)
    for lot in ended:
        lot.batch.state = RecordState.VOIDED
    superseding.renew_pages(ids, onward=False)
    writing.mark_months(operator, {lot.batch.received_on for lot in ended})


def _end_run(operator: Operator, batch_id: int) -> None:
    """A run of which nothing is left is void as well."""
    left = Batch.objects.filter(operator=operator, pk__in=_together(batch_id))
    if not left.filter(state=RecordState.CURRENT).exists():
        rows = Run.objects.filter(operator=operator, pk__in=_run_of(batch_id))
        rows.update(state=RecordState.VOIDED)


def preview_production_correction(
    *, by: Actor, operator: Operator, batch_id: int, draft: ProductionDraft, at: datetime
) -> list[Problem]:
    """Every problem and warning that correcting the batch so would meet; nothing is written."""
    return _preview(by, operator, batch_id, draft, at)


def preview_harvest_correction(
    *, by: Actor, operator: Operator, batch_id: int, draft: HarvestDraft, at: datetime
) -> list[Problem]:
    """The same for what was grown."""
    return _preview(by, operator, batch_id, draft, at)


@transaction.atomic
def correct_production(
    *,
    by: Actor,
    operator: Operator,
    batch_id: int,
    draft: ProductionDraft,
    reason: str,
    at: datetime,
    short_confirmed: bool = False,
) -> Batch:
    """Let a made batch say what really happened; its code stays, its former version is kept.

    Raises: Rejected with every problem; OutOfScope when the operator made no such batch.
    Source: Food Safety Law articles 46 and 50.
    """
    return _correct(by, operator, batch_id, draft, reason, at, short_confirmed)


@transaction.atomic
def correct_harvest(
    *,
    by: Actor,
    operator: Operator,
    batch_id: int,
    draft: HarvestDraft,
    reason: str,
    at: datetime,
    short_confirmed: bool = False,
) -> Batch:
    """Let a grown batch say what really happened; its code stays, its former version is kept.

    Raises: Rejected with every problem; OutOfScope when the operator grew no such batch.
    Source: Agricultural Products Quality and Safety Law article 27.
    """
    return _correct(by, operator, batch_id, draft, reason, at, short_confirmed)


def _preview(
    by: Actor, operator: Operator, batch_id: int, draft: OutputDraft, at: datetime
) -> list[Problem]:
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen = writing.pen_for(by, operator, at)
    lot = _lot(operator, batch_id, _origins(draft))
    return _problems(pen, lot, draft, production_rows.own_products(operator, [draft]))


def _correct(
    by: Actor,
    operator: Operator,
    batch_id: int,
    draft: OutputDraft,
    reason: str,
    at: datetime,
    short_confirmed: bool,
) -> Batch:
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    reason = superseding.checked_reason(reason)
    pen = writing.pen_for(by, operator, at)
    products = production_rows.own_products(operator, [draft], locked=True)
    lot = _lot(operator, batch_id, _origins(draft), locked=True, with_ids=_wanted(draft))
    is_known = short_confirmed or not pen.asks_back
    problems = shortage.unless_confirmed(_problems(pen, lot, draft, products), is_known)
    if errors(problems):
        raise Rejected(problems)
    lots.keep(pen, by, [lot], RecordState.SUPERSEDED, reason)
    superseding.follow(operator, lot.batch, _row(pen, lot, draft, products))
    has_moved = _relink(lot, draft)
    if isinstance(draft, ProductionDraft):
        production_rows.follow_run(pen, lot.run, draft, batch_id)
    freezing.freeze_with(pen, by, _wanted(draft).keys() - lot.inputs.keys(), [lot.batch.pk])
    superseding.renew_pages([lot.batch.pk], onward=has_moved)
    corrected = Batch.objects.get(operator=operator, pk=lot.batch.pk)
    writing.mark_months(operator, [lot.batch.received_on, corrected.received_on])
    superseding.append_audit(by, at, "batch_corrected", operator, corrected, reason)
    return corrected


def _origins(draft: OutputDraft) -> tuple[BatchOrigin, ...]:
    return (BatchOrigin.MADE if isinstance(draft, ProductionDraft) else BatchOrigin.GROWN,)


def _wanted(draft: OutputDraft) -> dict[int, Decimal]:
    """How much of which batch the draft says went in."""
    if isinstance(draft, HarvestDraft):
        return {}
    return {part.batch_id: part.quantity for part in draft.inputs}


def _lot(
    operator: Operator,
    batch_id: int,
    origins: Collection[BatchOrigin],
    *,
    locked: bool = False,
    with_ids: Collection[int] = (),
) -> Lot:
    """The batch with its inputs; ``locked`` keeps it and ``with_ids`` from other writers.

    All are locked by one statement in the order of id, so that two writers never wait in a circle.
    Raises: OutOfScope.
    """
    rows = Batch.objects.filter(operator=operator, pk__in={batch_id, *with_ids}).order_by("pk")
    found = {row.pk: row for row in (rows.select_for_update(no_key=True) if locked else rows)}
    batch = found.get(batch_id)
    if batch is None or batch.origin_kind not in origins:
        raise OutOfScope
    inputs = lots.taken_by([batch_id])[batch_id]
    return Lot(batch, inputs, run=runs.run_of(operator, batch_id))


def _problems(
    pen: Pen, lot: Lot, draft: OutputDraft, products: Mapping[int, ProductFacts]
) -> list[Problem]:
    use = stock.use_of(pen.operator, lot.batch)
    problems = rules.check_correct_output(lot.batch, _new_output(draft), use)
    problems += rules.check_parts(lot.batch, _new_goods(lot, draft, products), use)
    if isinstance(draft, HarvestDraft):
        facts = ProductionFacts(frozenset(products))
        return problems + production_rules.check_harvests([draft], facts, today=pen.today)
    facts = ProductionFacts(frozenset(products), _inputs_on_hand(pen, lot, draft))
    # Only what has left the batch can have come back into it.
    if lot.run is not None:
        together = runs.count_together(pen.operator, lot.batch.pk)
        problems += rules.check_run_stands(lot.run, draft, together=together)
    came_of_it = trace([lot.batch.pk], "down").hops if use.gone > 0 else [lot.batch.pk]
    problems += rules.check_not_from_itself(_wanted(draft), set(came_of_it))
    return problems + production_rules.check_production([draft], facts, today=pen.today)


def _inputs_on_hand(pen: Pen, lot: Lot, draft: ProductionDraft) -> dict[int, BatchFacts]:
    """What is left of each input, with what this very batch had taken of it."""
    found = stock.batch_facts(pen.operator, _wanted(draft), on=pen.today)
    return {
        id_: replace(facts, on_hand=facts.on_hand + lot.inputs.get(id_, ZERO))
        for id_, facts in found.items()
    }


def _new_output(draft: OutputDraft) -> NewOutput:
    is_made = isinstance(draft, ProductionDraft)
    return NewOutput(
        product_id=draft.product_id,
        quantity=draft.quantity,
        unit=draft.unit,
        batch_number=draft.batch_number,
        made_on=draft.produced_on if isinstance(draft, ProductionDraft) else draft.harvested_on,
        field="produced_on" if is_made else "harvested_on",
        day_name="生产日期" if is_made else "采收（出栏）日期",
    )


def _new_goods(lot: Lot, draft: OutputDraft, products: Mapping[int, ProductFacts]) -> NewGoods:
    new, product = _new_output(draft), products.get(draft.product_id)
    end = product.expires_on(new.made_on) if product else None
    end = earliest((end, _kept_until(lot, draft)))
    return NewGoods(new.product_id, new.batch_number, new.made_on, end, new.field)


def _row(pen: Pen, lot: Lot, draft: OutputDraft, products: Mapping[int, ProductFacts]) -> Row:
    id_, salt = lot.batch.pk, lot.batch.token_salt
    if isinstance(draft, HarvestDraft):
        return production_rows.grown_row(pen, products, draft, id_, salt)
    until = _kept_until(lot, draft)
    return production_rows.made_row(pen, products, draft, id_, salt, kept_until=until)


def _kept_until(lot: Lot, draft: OutputDraft) -> date | None:
    """Until when the first of the goods keeps that a batch was repacked from."""
    if lot.run is None or lot.run.kind != LinkKind.REPACK:
        return None
    sources = Batch.objects.filter(operator_id=lot.batch.operator_id, pk__in=_wanted(draft))
    return sources.aggregate(first=Min("expires_on"))["first"]  # type: ignore[no-any-return]


def _relink(lot: Lot, draft: OutputDraft) -> bool:
    """Let the links say what went in; whether they had said something else."""
    if _wanted(draft) == lot.inputs:
        return False
    lots.inputs_of([lot.batch.pk]).delete()
    if isinstance(draft, ProductionDraft):
        kind = lot.run.kind if lot.run else LinkKind.TRANSFORMATION.value
        production_rows.write_links([draft], [lot.batch.pk], kind=kind)
    return True
