"""Producers and farms: what was made from what, what was harvested, what passed inspection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from traceability.forms import HarvestForm, InspectionForm, ProductionForm, ProductionInputForm
from traceability.operations import inspections, production
from traceability.queries import batches as batch_queries
from traceability.queries import pickers, stock
from traceability.queries.pickers import ProductChoice
from traceability.queries.stock import StockLine
from traceability.rules.inspections import InspectionDraft
from traceability.rules.production import HarvestDraft, ProductionDraft, ProductionInput
from traceability.views import photos
from traceability.views.pages import operator_page, page
from traceability.views.saved import saved_address
from traceability.views.typed import Typed, typed_in

INPUTS_SHOWN = 40


@dataclass(slots=True)
class Input:
    """One batch on hand and how much of it went in."""

    batch: StockLine
    form: ProductionInputForm

    @property
    def number(self) -> int:
        return self.batch.batch_id


@operator_page(Permission.RECORD_PRODUCTION)
def production_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """Materials in, goods out."""
    typed = typed_in(request, judged=request.method == "POST")
    products = pickers.products(operator, own_made=True, limit=None)
    form = typed.form(
        ProductionForm, initial={"produced_on": clock.today()}, products=_labels(products)
    )
    inputs = _inputs(request, operator, typed)
    if typed.judged:
        valid = [part.form.is_valid() for part in inputs]
        if form.is_valid() and all(valid):
            try:
                _record_production(request, operator, form, inputs, products, clock.now())
                return redirect(saved_address("production", form.cleaned_data["submit_key"]))
            except Rejected as refused:
                form.add_problems(refused.problems)
    return _shown(request, operator, form, "production", inputs)


def _inputs(request: Visit, operator: Operator, typed: Typed) -> list[Input]:
    on_hand = stock.batches_on_hand(request.actor, operator, on=clock.today())
    known = {batch.batch_id: batch for batch in on_hand}
    used = [number for number in typed.lines() if typed.text(f"lines-{number}-quantity")]
    gone = [number for number in used if number not in known]
    if gone:
        known |= batch_queries.stock_lines(request.actor, operator, gone, on=clock.today())
    if set(used) - known.keys():
        raise Http404
    materials = [batch.batch_id for batch in on_hand if not batch.is_made][:INPUTS_SHOWN]
    return [
        Input(
            known[number],
            typed.form(ProductionInputForm, f"lines-{number}", {"batch_id": number}),
        )
        for number in dict.fromkeys([*used, *materials])
    ]


def _record_production(
    request: Visit,
    operator: Operator,
    form: ProductionForm,
    inputs: list[Input],
    products: list[ProductChoice],
    at: datetime,
) -> None:
    said = form.cleaned_data
    draft = ProductionDraft(
        product_id=said["product_id"],
        quantity=said["quantity"],
        unit=_unit_of(said["product_id"], products),
        produced_on=said["produced_on"],
        batch_number=said["batch_number"],
        inputs=tuple(
            ProductionInput(part.number, part.form.cleaned_data["quantity"])
            for part in inputs
            if part.form.cleaned_data.get("quantity") is not None
        ),
    )
    production.record_production(
        by=request.actor,
        operator=operator,
        drafts=[draft],
        at=at,
        submit_key=said["submit_key"],
    )


@operator_page(Permission.RECORD_PRODUCTION)
def harvest_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """What was grown, raised or caught."""
    typed = typed_in(request, judged=request.method == "POST")
    products = pickers.products(operator, limit=None)
    form = typed.form(
        HarvestForm, initial={"harvested_on": clock.today()}, products=_labels(products)
    )
    if typed.judged and form.is_valid():
        said = form.cleaned_data
        draft = HarvestDraft(
            product_id=said["product_id"],
            quantity=said["quantity"],
            unit=_unit_of(said["product_id"], products),
            harvested_on=said["harvested_on"],
            batch_number=said["batch_number"],
            origin_place=said["origin_place"],
        )
        try:
            production.record_harvests(
                by=request.actor,
                operator=operator,
                drafts=[draft],
                at=clock.now(),
                submit_key=said["submit_key"],
            )
            return redirect(saved_address("harvest", said["submit_key"]))
        except Rejected as refused:
            form.add_problems(refused.problems)
    return _shown(request, operator, form, "harvest", [])


def _labels(products: list[ProductChoice]) -> list[tuple[int, str]]:
    return [(row.id, f"{row.label}（按{row.unit}）") for row in products]


def _unit_of(product_id: int, products: list[ProductChoice]) -> str:
    return next((row.unit for row in products if row.id == product_id), "")


def _shown(
    request: Visit,
    operator: Operator,
    form: ProductionForm | HarvestForm,
    kind: str,
    inputs: list[Input],
) -> HttpResponseBase:
    context = {
        "form": form,
        "kind": kind,
        "inputs": inputs,
        "question": "做成了什么？" if kind == "production" else "采收了什么？",
        "number": 2 if kind == "production" else 1,
        "action_url": reverse(f"traceability:{kind}_new"),
    }
    faulty = form.is_bound and bool(form.errors)
    return page(
        request,
        operator,
        "traceability/output_form.html",
        context,
        tab="home",
        back="home",
        status=422 if faulty else 200,
    )


@operator_page(Permission.RECORD_PRODUCTION)
def inspection_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """The inspection of one batch of one's own making."""
    typed = typed_in(request, judged=request.method == "POST")
    today = clock.today()
    batches = batch_queries.made_batches(request.actor, operator, on=today)
    form = typed.form(InspectionForm, initial=_first_inspection(request, batches, today))
    if typed.judged and form.is_valid():
        try:
            _record_inspection(request, operator, form, clock.now())
            return redirect(saved_address("inspection", form.cleaned_data["submit_key"]))
        except Rejected as refused:
            form.add_problems(refused.problems)
    chosen = str(form["batch_id"].value() or "")
    context = {
        "form": form,
        "batches": batches,
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
    said = form.cleaned_data
    by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": at}
    draft = InspectionDraft(
        batch_id=said["batch_id"],
        inspected_on=said["inspected_on"],
        result=said["result"],
        certificate_number=said["certificate_number"],
        items=said["items"],
        inspector=said["inspector"],
        evidence_ids=photos.store(form, kind="product_certificate", **by),
    )
    inspections.record_inspections(drafts=[draft], submit_key=said["submit_key"], **by)
