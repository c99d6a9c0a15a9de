"""Records corrected so that they name a photo: all else of them stays as it is."""

from __future__ import annotations

from datetime import datetime

from enterprises.actor import Actor
from enterprises.models import Operator
from traceability.models import EvidenceDocument, FactoryInspection, Purchase, Sale
from traceability.operations import inspections, purchases, sales
from traceability.rules.inspections import InspectionDraft
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft

REASON = "补充凭证照片"
Papered = Purchase | Sale | FactoryInspection


def kind_of(record: Papered) -> str:
    """Where the record is to be seen: purchase, sale or inspection."""
    if isinstance(record, Purchase):
        return "purchase"
    return "sale" if isinstance(record, Sale) else "inspection"


def paper_kind_of(record: Papered) -> str:
    """What a photo of the record's paper is."""
    kinds = EvidenceDocument.Kind
    if isinstance(record, FactoryInspection):
        return kinds.PRODUCT_CERTIFICATE
    return kinds.VOUCHER if isinstance(record, Purchase) else kinds.OTHER


def number_of(record: Papered) -> str:
    """The number that stands on the record's paper."""
    if isinstance(record, FactoryInspection):
        return record.certificate_number
    return record.voucher_number


def name_photo(
    *, by: Actor, operator: Operator, record: Papered, document: EvidenceDocument, at: datetime
) -> Papered:
    """The record that stands in place of this one and names the photo.

    Raises: Rejected when the record can no longer be corrected; OutOfScope, Forbidden.
    """
    evidence_ids = (*record.evidence_ids, document.pk)
    if isinstance(record, Purchase):
        return purchases.correct_purchase(
            by=by,
            operator=operator,
            purchase_id=record.pk,
            draft=_bought(record, evidence_ids),
            reason=REASON,
            at=at,
        )
    if isinstance(record, Sale):
        return sales.correct_sale(
            by=by,
            operator=operator,
            sale_id=record.pk,
            draft=_sold(record, evidence_ids),
            reason=REASON,
            at=at,
            short_confirmed=True,
        )
    return inspections.correct_inspection(
        by=by,
        operator=operator,
        inspection_id=record.pk,
        draft=_inspected(record, evidence_ids),
        reason=REASON,
        at=at,
    )


def _bought(record: Purchase, evidence_ids: tuple[int, ...]) -> PurchaseDraft:
    batch = record.batch
    return PurchaseDraft(
        product_id=record.product_id,
        supplier_id=record.partner_id or 0,
        quantity=record.quantity,
        unit=record.unit,
        purchased_on=record.purchased_on,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        voucher_number=record.voucher_number,
        evidence_ids=evidence_ids,
        origin_place=batch.origin_place,
        raw=record.raw,
    )


def _sold(record: Sale, evidence_ids: tuple[int, ...]) -> SaleDraft:
    return SaleDraft(
        batch_id=record.batch_id,
        buyer_id=record.partner_id or 0,
        quantity=record.quantity,
        unit=record.unit,
        sold_on=record.sold_on,
        certificate_number=record.certificate_number,
        voucher_number=record.voucher_number,
        evidence_ids=evidence_ids,
        raw=record.raw,
    )


def _inspected(record: FactoryInspection, evidence_ids: tuple[int, ...]) -> InspectionDraft:
    return InspectionDraft(
        batch_id=record.batch_id,
        inspected_on=record.inspected_on,
        result=record.result,
        certificate_number=record.certificate_number,
        items=record.items,
        inspector=record.inspector,
        voucher_number=record.voucher_number,
        evidence_ids=evidence_ids,
        raw=record.raw,
    )
