"""Recording factory inspections (出厂检验)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from traceability import page_store
from traceability.graph.trace import trace
from traceability.models import Batch, BatchOrigin, FactoryInspection, RecordState
from traceability.operations import superseding, writing
from traceability.operations.writing import Pen, Row
from traceability.queries import proofs, suppliers
from traceability.rules import inspections as rules
from traceability.rules.coverage import missing_fields
from traceability.rules.inspections import InspectedBatch, InspectionDraft
from traceability.rules.retention import retain_until

OPERATION = "record_inspections"
# Pages of batches further down are at most a minute old by themselves.
PAGES_DROPPED = 5_000


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
    batches = _batches(operator, drafts)
    _check(pen, drafts, batches)
    drawn = zip(drafts, ids, writing.salts(len(drafts)), strict=True)
    rows = [_row(pen, draft, batches[draft.batch_id], id_, salt) for draft, id_, salt in drawn]
    writing.copy_records(FactoryInspection, rows)
    writing.mark_months(operator, [draft.inspected_on for draft in drafts])
    writing.begin_using(operator, at)
    audit.append(by=by, at=at, event="inspections_recorded", about=operator, count=len(rows))
    _renew_pages(batches, onward=any(draft.result == "failed" for draft in drafts))
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
    inspection = superseding.locked(FactoryInspection, operator, inspection_id)
    if not inspection.is_current:
        message = "这条检验记录已经作废或更正过，请刷新页面查看。"
        raise Rejected([Problem("record_not_current", "", message)])
    superseding.close(inspection, RecordState.VOIDED, reason)
    writing.mark_months(operator, [inspection.inspected_on])
    superseding.append_audit(by, at, "inspection_voided", operator, inspection, reason)
    _renew_pages([inspection.batch_id], onward=True)
    return inspection


def _batches(operator: Operator, drafts: Sequence[InspectionDraft]) -> dict[int, Batch]:
    wanted = {draft.batch_id for draft in drafts}
    rows = Batch.objects.filter(operator=operator, pk__in=wanted, state=RecordState.CURRENT)
    return {batch.pk: batch for batch in rows}


def _check(pen: Pen, drafts: Sequence[InspectionDraft], batches: Mapping[int, Batch]) -> None:
    known = {
        id_: InspectedBatch(batch.produced_on, batch.origin_kind == BatchOrigin.MADE)
        for id_, batch in batches.items()
    }
    papers = suppliers.paper_facts(pen.operator, {id_ for d in drafts for id_ in d.evidence_ids})
    problems = rules.check_inspections(drafts, known, frozenset(papers), today=pen.today)
    if errors(problems):
        raise Rejected(problems)


_TAIL = writing.tail_fields(FactoryInspection)


def _row(pen: Pen, draft: InspectionDraft, batch: Batch, id_: int, salt: bytes) -> Row:
    """One inspection record with its completeness, retention and leaf."""
    subject = pen.subject.with_goods(is_farm_produce=batch.is_farm_produce, is_own_made=True)
    head = writing.record_head(
        pen,
        id_,
        missing=missing_fields(subject, "inspection", legal_values(draft, batch)),
        warnings=[],
        raw=draft.raw,
        evidence_ids=draft.evidence_ids,
        voucher_number=draft.voucher_number,
        retain_until=retain_until(
            recorded_on=pen.today,
            expires_on=batch.expires_on,
            is_farm_produce=batch.is_farm_produce,
        ),
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


def _renew_pages(batch_ids: Collection[int], *, onward: bool) -> None:
    """Once committed, the public pages of the batches are built anew.

    ``onward``: those of the same goods further down as well, for what nobody may miss.
    """
    ids = list(trace(batch_ids, "down", limit=PAGES_DROPPED).hops if onward else batch_ids)
    transaction.on_commit(lambda: page_store.forget(ids))
