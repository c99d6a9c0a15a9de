"""Putting a record right: a new version with a reason, the old one stays readable."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission, Role
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Problem, Rejected, errors
from traceability.correction_forms import (
    CorrectInspectionForm,
    CorrectPurchaseForm,
    CorrectSaleForm,
)
from traceability.forms import ReasonForm, fingerprint
from traceability.operations import inspections, purchases, sales
from traceability.queries import batches, record_pages
from traceability.queries.record_pages import RecordPage
from traceability.rules import shortage
from traceability.rules.inspections import InspectionDraft
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft
from traceability.views import photos
from traceability.views.missing import kept_elsewhere
from traceability.views.pages import operator_page, page
from traceability.views.records import find, gone_elsewhere
from traceability.views.typed import add_further, said, typed_in, unconfirmed

TO_FILL = "补齐缺少的内容"


@operator_page(Permission.RECORD_PURCHASES)
def correct_purchase(request: Visit, operator: Operator, record_id: int) -> HttpResponseBase:
    """The purchase as it should have been."""
    found = find(request, operator, "purchase", record_id)
    if elsewhere := gone_elsewhere(request, found):
        return elsewhere
    typed = typed_in(request, judged=request.method == "POST")
    form = typed.form(CorrectPurchaseForm, initial=_first_purchase(found) | _to_fill(request))
    doubts: list[str] = []
    if typed.judged:
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        new, doubts = attempt(
            form,
            by | {"purchase_id": record_id},
            lambda papers: _purchase_draft(found, form, papers),
            purchases.preview_purchase_correction,
            purchases.correct_purchase,
            partner_id=found.record.partner_id,
        )
        if new is not None:
            return _done(request, "purchase", new.pk)
    return _record_shown(request, operator, found, form, doubts)


def _first_purchase(found: RecordPage) -> dict[str, Any]:
    record, batch = found.record, found.batch
    return {
        "quantity": plain(record.quantity),
        "unit": record.unit,
        "purchased_on": record.purchased_on,
        "produced_on": batch.produced_on,
        "batch_number": batch.batch_number,
        "origin_place": batch.origin_place,
        **_first_papers(record),
    }


def _first_papers(record: Any) -> dict[str, Any]:
    return {
        "voucher_number": record.voucher_number,
        "evidence_ids": [str(id_) for id_ in record.evidence_ids],
    }


def _to_fill(request: Visit) -> dict[str, str]:
    """Who comes to add what was lacking need not think of a reason."""
    return {"reason": TO_FILL} if "fill" in request.GET else {}


def _purchase_draft(
    found: RecordPage, form: CorrectPurchaseForm, papers: tuple[int, ...]
) -> PurchaseDraft:
    record = found.record
    if record.partner_id is None:
        raise Http404
    typed = said(
        form,
        quantity=record.quantity,
        unit=record.unit,
        purchased_on=record.purchased_on,
        produced_on=None,
        evidence_ids=(),
    )
    return PurchaseDraft(
        product_id=record.product_id,
        supplier_id=record.partner_id,
        quantity=typed["quantity"],
        unit=typed["unit"],
        purchased_on=typed["purchased_on"],
        batch_number=typed["batch_number"],
        produced_on=typed["produced_on"],
        voucher_number=typed["voucher_number"],
        evidence_ids=typed["evidence_ids"] + papers,
        origin_place=typed["origin_place"],
    )


@operator_page(Permission.RECORD_SALES)
def correct_sale(request: Visit, operator: Operator, record_id: int) -> HttpResponseBase:
    """The sale as it should have been; a buyer that has not answered gets the new paper."""
    found = find(request, operator, "sale", record_id)
    if elsewhere := gone_elsewhere(request, found):
        return elsewhere
    typed = typed_in(request, judged=request.method == "POST")
    record = found.record
    first = {
        "quantity": plain(record.quantity),
        "sold_on": record.sold_on,
        "certificate_number": record.certificate_number,
        **_first_papers(record),
    }
    form = typed.form(CorrectSaleForm, initial=first | _to_fill(request))
    doubts: list[str] = []
    if typed.judged:
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        form.is_valid()
        override = {"override_reason": said(form)["override_reason"]}
        new, doubts = attempt(
            form,
            by | {"sale_id": record_id},
            lambda papers: _sale_draft(found, form, papers),
            lambda **facts: sales.preview_sale_correction(**facts, **override),
            lambda **facts: sales.correct_sale(**facts, **override),
            partner_id=record.partner_id,
        )
        if new is not None:
            return _done(request, "sale", new.pk)
    gate = {"asks_override": _asks_override(request, operator, found)}
    return _record_shown(request, operator, found, form, doubts, **gate)


def _asks_override(request: Visit, operator: Operator, found: RecordPage) -> bool:
    """Whether the responsible person may let more of a batch out that has not passed."""
    if Role.OWNER not in request.actor.roles:
        return False
    lines = batches.stock_lines(request.actor, operator, [found.batch.pk], on=clock.today())
    return any(not line.may_be_sold for line in lines.values())


def _sale_draft(found: RecordPage, form: CorrectSaleForm, papers: tuple[int, ...]) -> SaleDraft:
    record = found.record
    if record.partner_id is None:
        raise Http404
    typed = said(form, quantity=record.quantity, sold_on=record.sold_on, evidence_ids=())
    return SaleDraft(
        batch_id=record.batch_id,
        buyer_id=record.partner_id,
        quantity=typed["quantity"],
        unit=record.unit,
        sold_on=typed["sold_on"],
        certificate_number=typed["certificate_number"],
        voucher_number=typed["voucher_number"],
        evidence_ids=typed["evidence_ids"] + papers,
    )


@operator_page(Permission.RECORD_PRODUCTION)
def correct_inspection(request: Visit, operator: Operator, record_id: int) -> HttpResponseBase:
    """The inspection as it should have been told."""
    found = find(request, operator, "inspection", record_id)
    if elsewhere := gone_elsewhere(request, found):
        return elsewhere
    typed = typed_in(request, judged=request.method == "POST")
    record = found.record
    first = {
        name: getattr(record, name)
        for name in ("result", "certificate_number", "inspected_on", "items", "inspector")
    }
    first |= _first_papers(record) | _to_fill(request)
    form = typed.form(CorrectInspectionForm, initial=first)
    doubts: list[str] = []
    if typed.judged:
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        new, doubts = attempt(
            form,
            by | {"inspection_id": record_id},
            lambda papers: _inspection_draft(found, form, papers),
            inspections.preview_inspection_correction,
            inspections.correct_inspection,
        )
        if new is not None:
            return _done(request, "inspection", new.pk)
    return _record_shown(request, operator, found, form, doubts)


def _inspection_draft(
    found: RecordPage, form: CorrectInspectionForm, papers: tuple[int, ...]
) -> InspectionDraft:
    record = found.record
    typed = said(form, result="failed", inspected_on=record.inspected_on, evidence_ids=())
    return InspectionDraft(
        batch_id=record.batch_id,
        inspected_on=typed["inspected_on"],
        result=typed["result"],
        certificate_number=typed["certificate_number"],
        items=typed["items"],
        inspector=typed["inspector"],
        voucher_number=typed["voucher_number"],
        evidence_ids=typed["evidence_ids"] + papers,
    )


def attempt(
    form: ReasonForm,
    about: dict[str, Any],
    draft_of: Callable[[tuple[int, ...]], Any],
    preview: Callable[..., list[Problem]],
    correct: Callable[..., Any],
    *,
    is_readable: bool = True,
    partner_id: int | None = None,
) -> tuple[Any, list[str]]:
    """What the correction wrote, else None; and the warnings that wait for a knowing press.

    All faults are shown at once: of the form, of its photos, and what the rules say of the rest.
    """
    is_readable = form.is_valid() and is_readable
    by = {name: about[name] for name in ("by", "operator", "at")}
    try:
        with transaction.atomic():
            papers, problems = photos.try_store(form, partner_id=partner_id, **by)
            draft = draft_of(papers)
            problems += preview(draft=draft, **about)
            add_further(form, errors(problems))
            doubts = [] if errors(problems) or not is_readable else unconfirmed(form, problems)
            if errors(problems) or not is_readable or doubts:
                transaction.set_rollback(True)
                return None, doubts
            knowing = {"short_confirmed": True} if shortage.is_among(problems) else {}
            reason = form.cleaned_data["reason"]
            return correct(draft=draft, reason=reason, **knowing, **about), []
    except Rejected as refused:
        form.add_problems(refused.problems)
        return None, []


def _done(request: Visit, kind: str, record_id: int) -> HttpResponseBase:
    messages.success(request, "已更正。原来的记录保留在“更正经过”里。")
    return redirect(f"traceability:{kind}", record_id)


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _record_shown(
    request: Visit,
    operator: Operator,
    found: RecordPage,
    form: ReasonForm,
    doubts: list[str],
    **more: Any,
) -> HttpResponseBase:
    papers = record_pages.papers_to_tick(operator, getattr(found.record, "partner_id", None))
    known = {paper.pk for paper in papers}
    papers += [paper for paper in found.papers if paper.pk not in known]
    value = form["evidence_ids"].value() or ()
    context = {
        "title": f"{found.batch.name} {found.batch.specification}".strip(),
        "elsewhere": kept_elsewhere(found),
        "back_url": reverse(f"traceability:{found.kind}", args=[found.record.pk]),
        "papers": papers,
        "ticked": {int(text) for text in value if str(text).isdecimal()},
        "takes_photos": True,
        **more,
    }
    return shown(request, operator, form, doubts, context)


def shown(
    request: Visit,
    operator: Operator,
    form: ReasonForm,
    doubts: list[str],
    context: dict[str, Any],
    *,
    is_faulty: bool = False,
) -> HttpResponseBase:
    """The page of a correction, empty, refused, or waiting for a knowing press."""
    said_again = {
        "form": form,
        "warnings": doubts,
        "confirm_key": fingerprint(doubts) if doubts else "",
    }
    status = 422 if is_faulty or (form.is_bound and form.errors) else 200
    whole = said_again | context
    return page(request, operator, "traceability/correct.html", whole, tab="ledger", status=status)
