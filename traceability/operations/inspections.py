"""Recording factory inspections (出厂检验), and putting such records right.

Locks are taken in one order: batches, inspections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from traceability.models import Batch, FactoryInspection, RecordState
from traceability.operations import superseding, writing
from traceability.operations.writing import Pen, Row
from traceability.queries import exemptions, proofs, suppliers
from traceability.rules import corrections as correction_rules
from traceability.rules import inspections as rules
from traceability.rules.coverage import missing_fields
from traceability.rules.inspections import InspectedBatch, InspectionDraft

OPERATION = "record_inspections"


@transaction.atomic
def record_inspections(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[InspectionDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[FactoryInspection]:
    """Record the inspections of batches the operator made: all of them, or none.

    A second call with the same ``submit_key`` returns what the first recorded.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 51 and 52.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(len(drafts))
    earlier = writing.claim_submission(operator, submit_key, OPERATION, ids, at)
    if earlier is not None:
        found = FactoryInspection.objects.filter(operator=operator, pk__in=earlier)
        return list(found.order_by("pk"))
    if not drafts:
        return []
    batches = _batches(operator, drafts, locked=True)
    _stop_at_errors(_problems(pen, drafts, batches))
    drawn = zip(drafts, ids, writing.salts(len(drafts)), strict=True)
    exempt = exemptions.exempt_batches(operator, batches.values(), on=pen.today)
    rows = [
        _row(pen, draft, batches[draft.batch_id], id_, salt, exempt) for draft, id_, salt in drawn
    ]
    writing.copy_records(FactoryInspection, rows)
    writing.mark_months(operator, [draft.inspected_on for draft in drafts])
    writing.begin_using(operator, at)
    audit.append(by=by, at=at, event="inspections_recorded", about=operator, count=len(rows))
    superseding.renew_pages(batches, onward=any(draft.result == "failed" for draft in drafts))
    return [writing.record_from(FactoryInspection, row) for row in rows]


@transaction.atomic
def void_inspection(
    *, by: Actor, operator: Operator, inspection_id: int, reason: str, at: datetime
) -> FactoryInspection:
    """Declare an inspection record void; the batch has then not passed until it is recorded anew.

    Raises: Rejected when it is not current or no reason is given; OutOfScope when the operator has
    no such record.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    reason = superseding.checked_reason(reason)
    inspection = _locked(operator, inspection_id)
    if problems := correction_rules.check_is_current(inspection.state):
        raise Rejected(problems)
    superseding.close(inspection, RecordState.VOIDED, reason)
    writing.mark_months(operator, [inspection.inspected_on])
    superseding.append_audit(by, at, "inspection_voided", operator, inspection, reason)
    superseding.renew_pages([inspection.batch_id], onward=True)
    return inspection


def preview_inspections(
    *, by: Actor, operator: Operator, drafts: Sequence[InspectionDraft], at: datetime
) -> list[Problem]:
    """Every problem that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    return _problems(writing.pen_for(by, operator, at), drafts, _batches(operator, drafts))


def preview_inspection_correction(
    *, by: Actor, operator: Operator, inspection_id: int, draft: InspectionDraft, at: datetime
) -> list[Problem]:
    """Every problem that correcting the record so would meet; nothing is written.

    Raises: OutOfScope when the operator has no such record.
    """
    old = superseding.own(FactoryInspection, operator, inspection_id).first()
    if old is None:
        raise OutOfScope
    problems = correction_rules.check_correct_inspection(old, draft)
    return problems + preview_inspections(by=by, operator=operator, drafts=[draft], at=at)


@transaction.atomic
def correct_inspection(
    *,
    by: Actor,
    operator: Operator,
    inspection_id: int,
    draft: InspectionDraft,
    reason: str,
    at: datetime,
) -> FactoryInspection:
    """Write a new inspection record of the same batch in place of a wrong one.

    Raises: Rejected with every problem; OutOfScope when the operator has no such record.
    Source: Food Safety Law articles 51 and 52.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    reason = superseding.checked_reason(reason)
    old = _locked(operator, inspection_id)
    pen = writing.pen_for(by, operator, at, channel=old.channel)
    batches = _batches(operator, [draft])
    problems = correction_rules.check_correct_inspection(old, draft)
    _stop_at_errors(problems + _problems(pen, [draft], batches))
    [new_id], [salt] = pen.ids(1), writing.salts(1)
    exempt = exemptions.exempt_batches(operator, batches.values(), on=pen.today)
    row = _row(pen, draft, batches[draft.batch_id], new_id, salt, exempt, supersedes_id=old.pk)
    writing.copy_records(FactoryInspection, [row])
    superseding.close(old, RecordState.SUPERSEDED, reason, by_id=new_id)
    writing.mark_months(operator, [old.inspected_on, draft.inspected_on])
    superseding.append_audit(by, at, "inspection_corrected", operator, old, reason)
    superseding.renew_pages([old.batch_id], onward=True)
    return writing.record_from(FactoryInspection, row)


def _locked(operator: Operator, inspection_id: int) -> FactoryInspection:
    """The record, after its batch: a sale of that batch waits for what becomes of the inspection.

    A sale of what was split or boxed of it does not wait: at the same moment it counts as before.
    """
    found = superseding.own(FactoryInspection, operator, inspection_id)
    batch_id = found.values_list("batch_id", flat=True).first()
    if batch_id is None:
        raise OutOfScope
    superseding.locked_batch(operator, batch_id)
    return superseding.locked(FactoryInspection, operator, inspection_id)


def _batches(
    operator: Operator, drafts: Sequence[InspectionDraft], *, locked: bool = False
) -> dict[int, Batch]:
    wanted = {draft.batch_id for draft in drafts}
    rows = Batch.objects.filter(operator=operator, pk__in=wanted, state=RecordState.CURRENT)
    rows = rows.order_by("pk")
    return {batch.pk: batch for batch in (rows.select_for_update(no_key=True) if locked else rows)}


def _problems(
    pen: Pen, drafts: Sequence[InspectionDraft], batches: Mapping[int, Batch]
) -> list[Problem]:
    known = {
        id_: InspectedBatch(batch.produced_on, batch.is_own_made) for id_, batch in batches.items()
    }
    papers = suppliers.paper_facts(pen.operator, {id_ for d in drafts for id_ in d.evidence_ids})
    return rules.check_inspections(drafts, known, frozenset(papers), today=pen.today)


def _stop_at_errors(problems: list[Problem]) -> None:
    if errors(problems):
        raise Rejected(problems)


_TAIL = writing.tail_fields(FactoryInspection)


def _row(
    pen: Pen,
    draft: InspectionDraft,
    batch: Batch,
    id_: int,
    salt: bytes,
    exempt: frozenset[int],
    supersedes_id: int | None = None,
) -> Row:
    """One inspection record with its completeness, retention and leaf."""
    subject = pen.subject_with(
        is_farm_produce=batch.is_farm_produce,
        is_own_made=True,
        needs_no_shelf_life=batch.pk in exempt,
    )
    head = writing.record_head(
        pen,
        id_,
        missing=missing_fields(subject, "inspection", legal_values(draft, batch)),
        warnings=[],
        raw=draft.raw,
        evidence_ids=draft.evidence_ids,
        voucher_number=draft.voucher_number,
        retain_until=writing.retention_of(pen, batch),
        supersedes_id=supersedes_id,
    )
    tail = (
        batch.pk,
        batch.product_id,
        draft.inspected_on,
        draft.result,
        draft.certificate_number.strip(),
        draft.items,
        draft.inspector,
    )
    facts = proofs.stored_batch_facts(batch)
    return writing.sealed("factoryinspection", _TAIL, head, tail, facts, salt)


def legal_values(draft: InspectionDraft, batch: Batch) -> dict[str, Any]:
    """What the record says on each legal field; empty means not said.

    A failed batch has no certificate and is none the less completely recorded.
    """
    return {
        "name": batch.name,
        "specification": batch.specification,
        "quantity": batch.quantity,
        "produced_on_or_batch_number": batch.produced_on or batch.batch_number,
        "shelf_life": batch.shelf_life,
        "certificate_number": draft.certificate_number.strip() or draft.result == "failed",
    }
