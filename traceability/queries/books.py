"""An operator's own books: its products, its partners, its papers."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from enterprises.actor import Actor
from enterprises.models import ImportSession, Job, Operator
from shilian.db.spelling import part_of
from traceability.models import EvidenceDocument, Partner, Product


def list_products(actor: Actor, operator: Operator, *, search: str = "") -> QuerySet[Product]:
    rows = Product.objects.visible_to(actor).filter(operator=operator).in_use()
    return rows.matching(search) if search else rows


def find_product(actor: Actor, operator: Operator, product_id: int) -> Product | None:
    rows = Product.objects.visible_to(actor).filter(operator=operator, pk=product_id)
    return rows.first()


def list_partners(
    actor: Actor, operator: Operator, *, search: str = "", role: str = ""
) -> QuerySet[Partner]:
    """The partners still dealt with; ``role`` is supplier, buyer or empty for both."""
    rows = Partner.objects.visible_to(actor).filter(operator=operator, is_retired=False)
    rows = rows.filter(is_supplier=True) if role == "supplier" else rows
    rows = rows.filter(is_buyer=True) if role == "buyer" else rows
    return rows.matching(search) if search else rows


def find_partner(actor: Actor, operator: Operator, partner_id: int) -> Partner | None:
    rows = Partner.objects.visible_to(actor).filter(operator=operator, pk=partner_id)
    return rows.first()


def list_papers(
    actor: Actor, operator: Operator, *, search: str = "", until: date | None = None
) -> QuerySet[EvidenceDocument]:
    """The papers in use, with their partner; with ``until`` those that end by that day."""
    rows = EvidenceDocument.objects.visible_to(actor).filter(operator=operator, is_retired=False)
    if until is not None:
        rows = rows.filter(valid_until__lte=until)
    if search:
        rows = rows.filter(Q(number__contains=search) | part_of("partner__name", search))
    return rows.select_related("partner")


def find_paper(actor: Actor, operator: Operator, paper_id: int) -> EvidenceDocument | None:
    rows = EvidenceDocument.objects.visible_to(actor).filter(operator=operator, pk=paper_id)
    return rows.select_related("partner").first()


def papers_of_partner(
    actor: Actor, operator: Operator, partner_id: int, limit: int = 20
) -> list[EvidenceDocument]:
    rows = EvidenceDocument.objects.visible_to(actor).filter(operator=operator, is_retired=False)
    return list(rows.filter(partner_id=partner_id).order_by("-pk")[:limit])


def job_of(actor: Actor, session: ImportSession) -> Job | None:
    """The job that works on an import, for its progress."""
    if session.job_id is None:
        return None
    return Job.objects.visible_to(actor).filter(pk=session.job_id).first()
