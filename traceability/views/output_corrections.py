"""Putting right what was made or grown, on the pages of the batch itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.formats import quantity
from traceability.correction_forms import CorrectHarvestForm, CorrectProductionForm
from traceability.forms import ReasonForm
from traceability.models import Batch, BatchOrigin, RecordState
from traceability.operations import batches as operations
from traceability.queries import batches, runs
from traceability.rules.production import HarvestDraft, ProductionDraft
from traceability.views import corrections
from traceability.views.materials import Materials
from traceability.views.pages import operator_page, page
from traceability.views.records import VOID_ALREADY
from traceability.views.typed import Typed, said, typed_in

LABELS = {BatchOrigin.MADE.value: "生产记录", BatchOrigin.GROWN.value: "采收记录"}
# Split, merged, repacked or boxed: voided and done again, never corrected.
VOIDABLE = LABELS | {
    BatchOrigin.REPACKED.value: "拆分、合并、分装记录",
    BatchOrigin.PACKED.value: "装箱记录",
}
VOID_NOTE = (
    "作废后这一批不再计入库存和台账，用掉的原料回到库存；这一页仍可查到，并注明原因。"
    "卖出、用掉或检验过的，请先作废那些记录。"
)


@operator_page(Permission.RECORD_PRODUCTION)
def correct_batch(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """The making or the harvest as it should have been told."""
    batch = _found(request, operator, batch_id)
    if request.method != "POST" and batch.state != RecordState.CURRENT:
        return _void_already(request, batch)
    typed = typed_in(request, judged=request.method == "POST" and request.POST.get("do") != "look")
    if request.method == "POST" and not typed.judged:
        typed = Typed(request.POST)
    if batch.origin_kind == BatchOrigin.GROWN:
        return _correct_harvest(request, operator, batch, typed)
    return _correct_production(request, operator, batch, typed)


def _found(
    request: Visit, operator: Operator, batch_id: int, origins: Collection[str] = LABELS.keys()
) -> Batch:
    """The batch, made or grown; what was bought is put right on its purchase."""
    batch = batches.find_own_batch(request.actor, operator, batch_id)
    if batch is None or batch.origin_kind not in origins:
        raise Http404
    return batch


def _void_already(request: Visit, batch: Batch) -> HttpResponseBase:
    messages.warning(request, VOID_ALREADY)
    return redirect("traceability:batch", batch.pk)


def _correct_production(
    request: Visit, operator: Operator, batch: Batch, typed: Typed
) -> HttpResponseBase:
    run = runs.run_of(operator, batch.pk)
    first = _first(batch, "produced_on") | {"production_line": run.line if run else ""}
    form = typed.form(CorrectProductionForm, initial=first)
    materials = Materials(
        request.actor,
        operator,
        typed,
        clock.today(),
        taken=batches.inputs_of(operator, batch.pk),
        leave_out=batch.pk,
    )
    context = {
        "materials": materials,
        "materials_url": reverse("traceability:batch_correct", args=[batch.pk]),
    }
    if request.htmx and request.htmx.target == "batch-choices":  # type: ignore[attr-defined]
        return render(request, "traceability/_materials.html", context)
    doubts: list[str] = []
    if typed.judged:
        new, doubts = corrections.attempt(
            form,
            _about(request, operator, batch),
            lambda papers: _production_draft(batch, form, materials),
            operations.preview_production_correction,
            operations.correct_production,
            is_readable=materials.are_valid(),
        )
        if new is not None:
            return _done(request, batch)
    return _shown(request, operator, batch, form, doubts, context)


def _production_draft(
    batch: Batch, form: CorrectProductionForm, materials: Materials
) -> ProductionDraft:
    typed = said(form, quantity=batch.quantity, produced_on=batch.received_on)
    return ProductionDraft(
        product_id=batch.product_id,
        quantity=typed["quantity"],
        unit=batch.unit,
        produced_on=typed["produced_on"],
        batch_number=typed["batch_number"],
        line=typed["production_line"],
        inputs=materials.chosen(),
    )


def _correct_harvest(
    request: Visit, operator: Operator, batch: Batch, typed: Typed
) -> HttpResponseBase:
    first = _first(batch, "harvested_on") | {"origin_place": batch.origin_place}
    form = typed.form(CorrectHarvestForm, initial=first)
    doubts: list[str] = []
    if typed.judged:
        new, doubts = corrections.attempt(
            form,
            _about(request, operator, batch),
            lambda papers: _harvest_draft(batch, form),
            operations.preview_harvest_correction,
            operations.correct_harvest,
        )
        if new is not None:
            return _done(request, batch)
    return _shown(request, operator, batch, form, doubts, {})


def _harvest_draft(batch: Batch, form: CorrectHarvestForm) -> HarvestDraft:
    typed = said(form, quantity=batch.quantity, harvested_on=batch.received_on)
    return HarvestDraft(
        product_id=batch.product_id,
        quantity=typed["quantity"],
        unit=batch.unit,
        harvested_on=typed["harvested_on"],
        batch_number=typed["batch_number"],
        origin_place=typed["origin_place"],
    )


def _first(batch: Batch, day: str) -> dict[str, Any]:
    return {
        "quantity": corrections.plain(batch.quantity),
        day: batch.received_on,
        "batch_number": batch.batch_number,
    }


def _about(request: Visit, operator: Operator, batch: Batch) -> dict[str, Any]:
    return {
        "by": request.actor,
        "operator": operator,
        "batch_id": batch.pk,
        "at": clock.now(),
    }


def _done(request: Visit, batch: Batch) -> HttpResponseBase:
    messages.success(request, "已更正。原来的内容保留在“更正经过”里。")
    return redirect("traceability:batch", batch.pk)


def _shown(
    request: Visit,
    operator: Operator,
    batch: Batch,
    form: CorrectProductionForm | CorrectHarvestForm,
    doubts: list[str],
    more: dict[str, Any],
) -> HttpResponseBase:
    context = {
        "title": f"{batch.name} {batch.specification}（按{batch.unit}）",
        "back_url": reverse("traceability:batch", args=[batch.pk]),
        **more,
    }
    materials = more.get("materials")
    is_faulty = materials is not None and form.is_bound and not materials.are_valid()
    return corrections.shown(request, operator, form, doubts, context, is_faulty=is_faulty)


@operator_page(Permission.RECORD_PRODUCTION)
def void_batch(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """Declare one batch that was made here void, with a reason."""
    return _void(request, operator, batch_id, whole_run=False)


@operator_page(Permission.RECORD_PRODUCTION)
def void_run(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """The same with all that came out together with it."""
    return _void(request, operator, batch_id, whole_run=True)


def _void(
    request: Visit, operator: Operator, batch_id: int, *, whole_run: bool
) -> HttpResponseBase:
    batch = _found(request, operator, batch_id, VOIDABLE)
    if request.method != "POST" and batch.state != RecordState.CURRENT:
        return _void_already(request, batch)
    together = runs.count_together(operator, batch_id)
    if whole_run and not together:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        void = operations.void_run if whole_run else operations.void_batch
        try:
            void(reason=form.cleaned_data["reason"], **_about(request, operator, batch))
            messages.success(request, "已作废，原因已经记下；用掉的原料回到了库存。")
            return redirect("traceability:batch", batch.pk)
        except Rejected as refused:
            form.add_problems(refused.problems)
    what = f"这次的 {together} 批" if whole_run else f"这条{VOIDABLE[batch.origin_kind]}"
    context = {
        "form": form,
        "title": f"{batch.name} {quantity(batch.quantity)} {batch.unit}",
        "note": VOID_NOTE,
        "label": f"作废{what}",
        "back_url": reverse("traceability:batch", args=[batch.pk]),
    }
    status = 422 if form.is_bound else 200
    return page(request, operator, "traceability/void.html", context, tab="ledger", status=status)
