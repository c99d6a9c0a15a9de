"""Putting a record right: a new version with a reason, the old one stays readable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Problem, Rejected, errors, warnings
from traceability.forms import CorrectPurchaseForm, CorrectSaleForm, ReasonForm, fingerprint
from traceability.operations import purchases, sales
from traceability.queries import record_pages
from traceability.queries.record_pages import RecordPage
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft
from traceability.views.missing import kept_elsewhere
from traceability.views.pages import operator_page, page
from traceability.views.records import find
from traceability.views.typed import Typed, typed_in


@operator_page(Permission.RECORD_PURCHASES)
def correct_purchase(request: Visit, operator: Operator, record_id: int) -> HttpResponseBase:
    """The purchase as it should have been."""
    found = find(request, operator, "purchase", record_id)
    typed = typed_in(request, judged=request.method == "POST")
    form = _purchase_form(found, typed)
    doubts: list[str] = []
    if typed.judged and form.is_valid():
        draft = _purchase_draft(found, form)
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        problems = purchases.preview_purchases(drafts=[draft], **by)
        doubts = _unconfirmed(form, problems)
        if not doubts:
            try:
                corrected = purchases.correct_purchase(
                    purchase_id=record_id, draft=draft, reason=form.cleaned_data["reason"], **by
                )
                return _done(request, "purchase", corrected.pk)
            except Rejected as refused:
                form.add_problems(refused.problems)
    papers = record_pages.papers_to_tick(operator, found.record.partner_id)
    known = {paper.pk for paper in papers}
    papers += [paper for paper in found.papers if paper.pk not in known]
    return _shown(request, operator, found, form, doubts, papers=papers, ticked=_ticked(form))


def _purchase_form(found: RecordPage, typed: Typed) -> CorrectPurchaseForm:
    record, batch = found.record, found.batch
    first = {
        "quantity": _plain(record.quantity),
        "unit": record.unit,
        "purchased_on": record.purchased_on,
        "produced_on": batch.produced_on,
        "batch_number": batch.batch_number,
        "origin_place": batch.origin_place,
        "voucher_number": record.voucher_number,
        "evidence_ids": [str(id_) for id_ in record.evidence_ids],
    }
    return typed.form(CorrectPurchaseForm, initial=first)


def _purchase_draft(found: RecordPage, form: CorrectPurchaseForm) -> PurchaseDraft:
    record, said = found.record, form.cleaned_data
    if record.partner_id is None:
        raise Http404
    return PurchaseDraft(
        product_id=record.product_id,
        supplier_id=record.partner_id,
        quantity=said["quantity"],
        unit=said["unit"],
        purchased_on=said["purchased_on"],
        batch_number=said["batch_number"],
        produced_on=said["produced_on"],
        voucher_number=said["voucher_number"],
        evidence_ids=said["evidence_ids"],
        origin_place=said["origin_place"],
    )


@operator_page(Permission.RECORD_SALES)
def correct_sale(request: Visit, operator: Operator, record_id: int) -> HttpResponseBase:
    """The sale as it should have been; a buyer that has not answered gets the new paper."""
    found = find(request, operator, "sale", record_id)
    typed = typed_in(request, judged=request.method == "POST")
    record = found.record
    first = {
        "quantity": _plain(record.quantity),
        "sold_on": record.sold_on,
        "certificate_number": record.certificate_number,
        "voucher_number": record.voucher_number,
    }
    form = typed.form(CorrectSaleForm, initial=first)
    if typed.judged and form.is_valid():
        said = form.cleaned_data
        if record.partner_id is None:
            raise Http404
        draft = SaleDraft(
            batch_id=record.batch_id,
            buyer_id=record.partner_id,
            quantity=said["quantity"],
            unit=record.unit,
            sold_on=said["sold_on"],
            certificate_number=said["certificate_number"],
            voucher_number=said["voucher_number"],
            evidence_ids=tuple(record.evidence_ids),
        )
        try:
            corrected = sales.correct_sale(
                by=request.actor,
                operator=operator,
                sale_id=record_id,
                draft=draft,
                reason=said["reason"],
                at=clock.now(),
            )
            return _done(request, "sale", corrected.pk)
        except Rejected as refused:
            form.add_problems(refused.problems)
    return _shown(request, operator, found, form, [])


def _unconfirmed(form: ReasonForm, problems: list[Problem]) -> list[str]:
    """Warnings that the person has not seen yet; errors are told by the operation itself."""
    if errors(problems):
        return []
    found = sorted({problem.message for problem in warnings(problems)})
    return [] if not found or form.has_confirmed(found) else found


def _ticked(form: CorrectPurchaseForm) -> set[int]:
    value = form["evidence_ids"].value() or ()
    return {int(text) for text in value if str(text).isdecimal()}


def _done(request: Visit, kind: str, record_id: int) -> HttpResponseBase:
    messages.success(request, "已更正。原来的记录保留在“更正经过”里。")
    return redirect(f"traceability:{kind}", record_id)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _shown(
    request: Visit,
    operator: Operator,
    found: RecordPage,
    form: ReasonForm,
    doubts: list[str],
    **more: Any,
) -> HttpResponseBase:
    context = {
        "form": form,
        "title": f"{found.batch.name} {found.batch.specification}".strip(),
        "warnings": doubts,
        "confirm_key": fingerprint(doubts) if doubts else "",
        "elsewhere": kept_elsewhere(found),
        "back_url": reverse(f"traceability:{found.kind}", args=[found.record.pk]),
        **more,
    }
    status = 422 if form.is_bound and form.errors else 200
    return page(
        request, operator, "traceability/correct.html", context, tab="ledger", status=status
    )
