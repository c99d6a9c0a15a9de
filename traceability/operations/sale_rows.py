"""A sale as a row, with all that the record says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from enterprises.models import Operator
from shilian.problems import Problem
from traceability.models import Batch, Sale
from traceability.operations import writing
from traceability.operations.writing import Pen, Row
from traceability.queries import proofs, suppliers
from traceability.rules.coverage import missing_fields
from traceability.rules.goods import PartnerFacts
from traceability.rules.sales import BatchFacts, SaleDraft, SaleFacts

NOTHING_RETURNED = Decimal(0)


def gather_facts(
    operator: Operator,
    drafts: Sequence[SaleDraft],
    batches: dict[int, BatchFacts],
    override_reason: str = "",
    exempt: frozenset[int] = frozenset(),
) -> SaleFacts:
    return SaleFacts(
        operator_id=operator.pk,
        credit_code=operator.credit_code,
        batches=batches,
        buyers=suppliers.partner_facts(operator, {draft.buyer_id for draft in drafts}),
        papers=suppliers.paper_facts(operator, {id_ for d in drafts for id_ in d.evidence_ids}),
        override_reason=override_reason,
        exempt_batches=exempt,
    )


_TAIL = writing.tail_fields(Sale)


def sale_row(
    pen: Pen,
    id_: int,
    draft: SaleDraft,
    batch: Batch,
    facts: SaleFacts,
    problems: Sequence[Problem],
    salt: bytes,
    supersedes_id: int | None,
) -> Row:
    """One sale record with its completeness, retention and leaf."""
    buyer = facts.buyers[draft.buyer_id]
    certificate = draft.certificate_number or facts.batches[batch.pk].certificate_number
    legal = _legal_values(draft, batch, buyer, certificate)
    subject = pen.subject_with(
        is_farm_produce=batch.is_farm_produce,
        is_own_made=batch.is_own_made,
        needs_no_shelf_life=batch.pk in facts.exempt_batches,
    )
    missing = missing_fields(subject, "sale", legal)
    head = _head(pen, id_, draft, batch, missing, problems, supersedes_id)
    tail = (
        batch.pk,
        batch.product_id,
        buyer.id,
        buyer.operator_id,
        buyer.name,
        buyer.credit_code,
        buyer.address,
        buyer.contact,
        draft.quantity,
        draft.unit,
        draft.sold_on,
        certificate,
        NOTHING_RETURNED,
    )
    return writing.sealed("sale", _TAIL, head, tail, proofs.stored_batch_facts(batch), salt)


def _head(
    pen: Pen,
    id_: int,
    draft: SaleDraft,
    batch: Batch,
    missing: list[str],
    problems: Sequence[Problem],
    supersedes_id: int | None,
) -> Row:
    return writing.record_head(
        pen,
        id_,
        missing=missing,
        warnings=[problem.code for problem in problems if problem.is_warning],
        raw=draft.raw,
        evidence_ids=draft.evidence_ids,
        voucher_number=draft.voucher_number,
        retain_until=writing.retention_of(pen, batch),
        supersedes_id=supersedes_id,
    )


def _legal_values(
    draft: SaleDraft, batch: Batch, buyer: PartnerFacts, certificate: str
) -> dict[str, Any]:
    return {
        "name": batch.name,
        "specification": batch.specification,
        "quantity": draft.quantity,
        "produced_on_or_batch_number": batch.produced_on or batch.batch_number,
        "shelf_life": batch.shelf_life,
        "certificate_number": certificate,
        "sold_on": draft.sold_on,
        "buyer_name": buyer.name,
        "buyer_address": buyer.address,
        "buyer_contact": buyer.contact,
        "voucher": draft.voucher_number or draft.evidence_ids,
    }
