"""Producers and farms: what was made from what, what was harvested, what passed inspection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Problem, Rejected, errors
from traceability.forms import (
    HarvestForm,
    InspectionForm,
    OutputForm,
    ProductionForm,
    fingerprint,
    read_id,
)
from traceability.operations import inspections, production
from traceability.queries import batches as batch_queries
from traceability.queries import pickers, submissions
from traceability.queries.pickers import ProductChoice
from traceability.queries.stock import StockLine
from traceability.rules import shortage
from traceability.rules.inspections import InspectionDraft
from traceability.rules.production import HarvestDraft, ProductionDraft
from traceability.views import photos
from traceability.views.materials import Materials
from traceability.views.pages import operator_page, page
from traceability.views.saved import saved_address
from traceability.views.typed import add_further, faults_of, said, typed_in, unconfirmed

# Stands in for a quantity that could not be read.
ONE = Decimal(1)


@operator_page(Permission.RECORD_PRODUCTION)
def production_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """Materials in, goods out."""
    at = clock.now()
    typed = typed_in(request, judged=_is_sent(request))
    products = pickers.products(operator, own_made=True, limit=None)
    form = typed.form(
        ProductionForm,
        initial={"produced_on": clock.today()},
        products=pickers.product_labels(products),
    )
    materials = Materials(request.actor, operator, typed, clock.today())
    doubts: list[str] = []
    if typed.judged:
        is_readable = bool(form.is_valid() & materials.are_valid())
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": at}
        drafts = [_production_draft(form, materials, products)]
        found = production.preview_production(drafts=drafts, **by)
        doubts = _doubts(form, found, is_readable)
        if is_readable and not errors(found) and not doubts:
            by["short_confirmed"] = shortage.is_among(found)
            _press(
                form, lambda key: production.record_production(drafts=drafts, submit_key=key, **by)
            )
        if key := _done(form, operator):
            return redirect(saved_address("production", key))
    return _shown(request, operator, form, "production", materials, doubts)


def _is_sent(request: Visit) -> bool:
    """Whether the form is to be judged; a press of 找 only looks."""
    return request.method == "POST" and request.POST.get("do") != "look"


def _doubts(form: OutputForm, found: list[Problem], is_readable: bool) -> list[str]:
    """Show every fault at its field; the warnings to be confirmed, once nothing else is wrong."""
    if errors(found) or not is_readable:
        add_further(form, _about(form, found))
        return []
    return unconfirmed(form, found)


def _about(form: OutputForm, found: list[Problem]) -> list[Problem]:
    """The errors that do not merely follow from a product not chosen yet."""
    follows = {"product_id", "unit"} if "product_id" in form.errors else set()
    return [problem for problem in errors(found) if problem.field not in follows]


def _press(form: OutputForm, record: Callable[[UUID], Any]) -> None:
    """Record under the page's key; what became wrong since the preview is told on the page."""
    try:
        record(form.cleaned_data["submit_key"])
    except Rejected as refused:
        form.add_problems(refused.problems)


def _done(form: OutputForm, operator: Operator) -> UUID | None:
    """The key of what this page has recorded, now or by an earlier press."""
    key: UUID | None = form.cleaned_data.get("submit_key")
    return key if key is not None and submissions.records_of(operator, key) else None


def _production_draft(
    form: ProductionForm, materials: Materials, products: list[ProductChoice]
) -> ProductionDraft:
    typed = said(form, product_id=0, quantity=ONE, produced_on=clock.today())
    return ProductionDraft(
        product_id=typed["product_id"],
        quantity=typed["quantity"],
        unit=_unit_of(typed["product_id"], products),
        produced_on=typed["produced_on"],
        batch_number=typed["batch_number"],
        line=typed["production_line"],
        inputs=materials.chosen(),
    )


@operator_page(Permission.RECORD_PRODUCTION)
def harvest_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """What was grown, raised or caught."""
    typed = typed_in(request, judged=request.method == "POST")
    products = pickers.products(operator, limit=None)
    form = typed.form(
        HarvestForm,
        initial={"harvested_on": clock.today()},
        products=pickers.product_labels(products),
    )
    doubts: list[str] = []
    if typed.judged:
        is_readable = form.is_valid()
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        drafts = [_harvest_draft(form, products)]
        found = production.preview_harvests(drafts=drafts, **by)
        doubts = _doubts(form, found, is_readable)
        if is_readable and not errors(found) and not doubts:
            _press(
                form, lambda key: production.record_harvests(drafts=drafts, submit_key=key, **by)
            )
        if key := _done(form, operator):
            return redirect(saved_address("harvest", key))
    return _shown(request, operator, form, "harvest", None, doubts)


def _harvest_draft(form: HarvestForm, products: list[ProductChoice]) -> HarvestDraft:
    typed = said(form, product_id=0, quantity=ONE, harvested_on=clock.today())
    return HarvestDraft(
        product_id=typed["product_id"],
        quantity=typed["quantity"],
        unit=_unit_of(typed["product_id"], products),
        harvested_on=typed["harvested_on"],
        batch_number=typed["batch_number"],
        origin_place=typed["origin_place"],
    )


def _unit_of(product_id: int, products: list[ProductChoice]) -> str:
    return next((row.unit for row in products if row.id == product_id), "")


def _shown(
    request: Visit,
    operator: Operator,
    form: ProductionForm | HarvestForm,
    kind: str,
    materials: Materials | None,
    doubts: list[str],
) -> HttpResponseBase:
    url = reverse(f"traceability:{kind}_new")
    faults = faults_of([*(materials.named if materials else []), ("", form)])
    context = {
        "form": form,
        "entry": {"faults": faults},
        "kind": kind,
        "materials": materials,
        "materials_url": url,
        "question": "做成了什么？" if kind == "production" else "采收了什么？",
        "number": 2 if kind == "production" else 1,
        "action_url": url,
        "warnings": doubts,
        "confirm_key": fingerprint(doubts) if doubts else "",
    }
    if materials is not None and request.htmx and request.htmx.target == "batch-choices":  # type: ignore[attr-defined]
        return render(request, "traceability/_materials.html", context)
    return page(
        request,
        operator,
        "traceability/output_form.html",
        context,
        tab="home",
        back="home",
        status=422 if faults else 200,
    )


@operator_page(Permission.RECORD_PRODUCTION)
def inspection_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """The inspection of one batch of one's own making."""
    typed = typed_in(request, judged=_is_sent(request))
    today = clock.today()
    text = typed.text("batch_q")
    made = batch_queries.made_batches(
        request.actor,
        operator,
        on=today,
        search=text,
        chosen=typed.number("batch_id") or read_id(request.GET.get("batch", "")),
    )
    form = typed.form(InspectionForm, initial=_first_inspection(request, made.lines, today))
    if typed.judged:
        _record_inspection(request, operator, form, clock.now())
        key: UUID | None = form.cleaned_data.get("submit_key")
        if key is not None and submissions.records_of(operator, key):
            return redirect(saved_address("inspection", key))
    chosen = str(form["batch_id"].value() or "")
    context = {
        "form": form,
        "batches": made.lines,
        "is_cut": made.is_cut,
        "batch_text": text,
        "chosen": int(chosen) if chosen.isdecimal() else None,
    }
    faulty = form.is_bound and bool(form.errors)
    return page(
        request,
        operator,
        "traceability/inspection_form.html",
        context,
        tab="home",
        back="home",
        status=422 if faulty else 200,
    )


def _first_inspection(request: Visit, batches: list[StockLine], today: date) -> dict[str, Any]:
    asked = request.GET.get("batch", "")
    waiting = next((batch.batch_id for batch in batches if not batch.may_be_sold), "")
    return {
        "inspected_on": today,
        "result": "passed",
        "batch_id": asked if asked.isdecimal() else waiting,
        "inspector": request.actor.name,
    }


def _record_inspection(
    request: Visit, operator: Operator, form: InspectionForm, at: datetime
) -> None:
    """Write the inspection, or show all that is wrong with it at once."""
    is_readable = form.is_valid()
    by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": at}
    try:
        with transaction.atomic():
            papers, problems = photos.try_store(form, kind="product_certificate", **by)
            drafts = [_inspection_draft(form, papers)]
            problems += inspections.preview_inspections(drafts=drafts, **by)
            if problems or not is_readable:
                add_further(form, problems)
                transaction.set_rollback(True)
            else:
                key = form.cleaned_data["submit_key"]
                inspections.record_inspections(drafts=drafts, submit_key=key, **by)
    except Rejected as refused:
        form.add_problems(refused.problems)


def _inspection_draft(form: InspectionForm, papers: tuple[int, ...]) -> InspectionDraft:
    typed = said(form, batch_id=0, inspected_on=clock.today(), result="failed")
    return InspectionDraft(
        batch_id=typed["batch_id"],
        inspected_on=typed["inspected_on"],
        result=typed["result"],
        certificate_number=typed["certificate_number"],
        items=typed["items"],
        inspector=typed["inspector"],
        evidence_ids=papers,
    )
