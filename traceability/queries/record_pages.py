"""One record as its operator's page shows it: facts, papers, and how it was put right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from enterprises.actor import Actor
from enterprises.models import AuditEntry, Operator
from traceability.models import (
    Batch,
    EvidenceDocument,
    FactoryInspection,
    IncomingDraft,
    Product,
    Purchase,
    RecordState,
    Sale,
)
from traceability.queries import suppliers
from traceability.rules import coverage
from traceability.rules.coverage import Completeness, Subject

MODELS: dict[str, type[Any]] = {
    "purchase": Purchase,
    "sale": Sale,
    "inspection": FactoryInspection,
}
LONGEST_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One version of the record; ``is_shown`` marks the version on the page."""

    id: int
    at: datetime
    reason: str
    state: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Voiding:
    """When and by whom the record was declared void; why is told by the record."""

    at: datetime
    person_name: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """``record`` is a Purchase, Sale or FactoryInspection with its batch loaded."""

    kind: str
    record: Any
    batch: Batch
    completeness: Completeness
    papers: list[EvidenceDocument]
    history: list[Step]
    # The buyer's answer to a sale, or the seller's paper behind a purchase.
    incoming: IncomingDraft | None
    voiding: Voiding | None

    @property
    def latest_id(self) -> int:
        """The version that holds, or the last one there was."""
        return self.history[-1].id if self.history else int(self.record.pk)

    @property
    def newer_id(self) -> int | None:
        return self.record.superseded_by_id  # type: ignore[no-any-return]


def find_record(actor: Actor, operator: Operator, kind: str, record_id: int) -> RecordPage | None:
    """Everything one record's page shows. Cost: six queries, one more for each correction and one for a voiding."""
    rows = MODELS[kind].objects.visible_to(actor).filter(operator=operator, pk=record_id)
    record = rows.select_related("batch").first()
    if record is None:
        return None
    subject = _subject(operator, record)
    return RecordPage(
        kind=kind,
        record=record,
        batch=record.batch,
        completeness=_completeness(subject, kind, record),
        papers=suppliers.papers_of(operator, record.evidence_ids),
        history=_history(operator, kind, record),
        incoming=_incoming(operator, kind, record),
        voiding=_voiding(operator, kind, record),
    )


def _voiding(operator: Operator, kind: str, record: Any) -> Voiding | None:
    """From the audit trail: the record itself keeps what it said when it was made."""
    if record.state != RecordState.VOIDED:
        return None
    rows = AuditEntry.objects.filter(operator_id=operator.pk, event=f"{kind}_voided")
    found = rows.filter(about=type(record).__name__, about_id=record.pk).order_by("-id").first()
    return Voiding(found.at, found.actor_name) if found else None


def _completeness(subject: Subject, kind: str, record: Any) -> Completeness:
    """A failed batch has no certificate, exempt goods no shelf life: none asked, none claimed."""
    found = coverage.completeness(subject, kind, record.missing)  # type: ignore[arg-type]
    unsaid = {coverage.SHELF_LIFE[0]} if not record.batch.shelf_life else set()
    if kind == "inspection" and not record.certificate_number:
        unsaid.add(coverage.CERTIFICATE[0])
    return replace(found, met=tuple(field for field in found.met if field.code not in unsaid))


def _subject(operator: Operator, record: Any) -> Subject:
    batch = record.batch
    product = Product.objects.filter(operator=operator, pk=record.product_id).first()
    return coverage.subject_of(operator).with_goods(
        is_farm_produce=batch.is_farm_produce,
        is_imported=product is not None and product.is_imported,
        is_own_made=batch.is_own_made,
    )


def _history(operator: Operator, kind: str, record: Any) -> list[Step]:
    """Every version, the first one first; empty for a record that was never put right."""
    if not (record.supersedes_id or record.superseded_by_id or record.reason):
        return []
    rows = MODELS[kind].objects.filter(operator=operator)
    chain = [record]
    while chain[0].supersedes_id and len(chain) < LONGEST_HISTORY:
        earlier = rows.filter(pk=chain[0].supersedes_id).first()
        if earlier is None:
            break
        chain.insert(0, earlier)
    while chain[-1].superseded_by_id and len(chain) < LONGEST_HISTORY:
        later = rows.filter(pk=chain[-1].superseded_by_id).first()
        if later is None:
            break
        chain.append(later)
    return [
        Step(row.pk, row.recorded_at, row.reason, row.state, row.pk == record.pk) for row in chain
    ]


def _incoming(operator: Operator, kind: str, record: Any) -> IncomingDraft | None:
    if kind == "sale":
        rows = IncomingDraft.objects.filter(seller_operator_id=operator.pk, sale_id=record.pk)
        return rows.first()
    if kind == "purchase" and record.sale_id is not None:
        rows = IncomingDraft.objects.filter(operator=operator, sale_id=record.sale_id)
        return rows.first()
    return None


def papers_to_tick(operator: Operator, partner_id: int | None) -> list[EvidenceDocument]:
    """The papers that a correction may attach: those of the partner and those of nobody."""
    rows = EvidenceDocument.objects.filter(operator=operator, is_retired=False)
    found = rows.filter(partner_id=partner_id) if partner_id else rows.filter(partner__isnull=True)
    return list(found.order_by("-pk")[:20])
