"""Losses, destruction and returns to suppliers: recorded, listed, shown, declared void."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected, errors
from shilian.web.formats import day, moment, quantity
from shilian.web.pagination import paginate
from traceability.forms import ReasonForm, fingerprint
from traceability.models import Channel, StockMovement
from traceability.operations import movements as operations
from traceability.queries import movements, submissions, suppliers
from traceability.rules import shortage
from traceability.rules.movements import MovementDraft
from traceability.run_forms import MovementFilter, MovementForm
from traceability.views import photos
from traceability.views.materials import Materials
from traceability.views.pages import operator_page, page
from traceability.views.records import VOID_ALREADY, Fact
from traceability.views.saved import saved_address
from traceability.views.typed import faults_of, said, share_out, typed_in, unconfirmed

ABOUT = {
    "held_goods_moved": "登记时这批货正被冻结，已确认先征得监管所同意。",
    "more_than_on_hand": "登记时账上没有这么多，已确认照实保存。",
    "evidence_expired": "所附的凭证登记时已经过期。",
    "quantity_unusual": "数量比平常大很多，登记时已确认。",
}
OFFERED = 12
VOID_NOTE = (
    "作废后货回到库存，原记录仍可查到，并注明原因。供货商还没确认的退货，他那边会看到已撤回。"
)


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_movements(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """What was lost, destroyed and sent back; with ``export`` as a sheet."""
    if export:
        return export_list(request, "movements", operator)
    filter_form = MovementFilter(request.GET)
    rows = movements.list_movements(
        request.actor, operator, kind=filter_form.chosen_kind, search=filter_form.text
    )
    shown = paginate(rows, request, key="-id", size=30)
    context = {
        "rows": shown.rows,
        "page_of": shown,
        "filter_form": filter_form,
        "export_url": reverse("traceability:movements_export"),
    }
    return page(request, operator, "traceability/movements.html", context, tab="more", back="more")


@operator_page(Permission.RECORD_MOVEMENTS)
def movement_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """Record goods lost, destroyed or sent back, of one or several batches."""
    is_sent = request.method == "POST" and request.POST.get("do") != "look"
    typed = typed_in(request, judged=is_sent)
    initial = {"kind": request.GET.get("kind", ""), "moved_on": clock.today()}
    form = typed.form(MovementForm, initial=initial)
    goods = Materials(request.actor, operator, typed, clock.today(), with_made=True, most=OFFERED)
    doubts: list[str] = []
    if typed.judged:
        doubts = _judge(request, operator, form, goods, clock.now())
        key = form.cleaned_data.get("submit_key")
        if key is not None and submissions.records_of(operator, key):
            return redirect(saved_address("movement", key))
    return _shown(request, operator, form, goods, doubts)


def _judge(
    request: Visit, operator: Operator, form: MovementForm, goods: Materials, at: datetime
) -> list[str]:
    """Show every fault at its field, return the doubts to confirm, or record."""
    is_readable = all((form.is_valid(), goods.are_valid()))
    by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": at}
    try:
        with transaction.atomic():
            papers, problems = photos.try_store(form, kind="other", **by)
            drafts = _drafts(form, goods, papers)
            found = [*problems, *operations.preview_movements(drafts=drafts, **by)]
            doubts = unconfirmed(form, found) if is_readable and not errors(found) else []
            if not drafts:
                form.add_error(None, "请在要登记的那批后面填数量。")
            if errors(found) or doubts or not is_readable or not drafts:
                share_out(errors(found), form, goods.forms())
                transaction.set_rollback(True)
                return doubts
            operations.record_movements(
                drafts=drafts,
                submit_key=form.cleaned_data["submit_key"],
                short_confirmed=shortage.is_among(found),
                **by,
            )
    except Rejected as refused:
        share_out(refused.problems, form, goods.forms())
    return []


def _drafts(form: MovementForm, goods: Materials, papers: tuple[int, ...]) -> list[MovementDraft]:
    typed = said(form, kind="loss", moved_on=clock.today(), cause="—")
    return [
        MovementDraft(
            kind=typed["kind"],
            batch_id=part.batch_id,
            quantity=part.quantity,
            moved_on=typed["moved_on"],
            cause=typed["cause"],
            voucher_number=typed["voucher_number"],
            evidence_ids=papers,
            row=place,
        )
        for place, part in enumerate(goods.chosen())
    ]


def _shown(
    request: Visit, operator: Operator, form: MovementForm, goods: Materials, doubts: list[str]
) -> HttpResponseBase:
    url = reverse("traceability:movement_new")
    faults = faults_of([("", form), *goods.named])
    context = {
        "form": form,
        "entry": {"faults": faults},
        "materials": goods,
        "materials_url": url,
        "asked": "多少",
        "warnings": doubts,
        "confirm_key": fingerprint(doubts) if doubts else "",
    }
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if htmx and htmx.target == "batch-choices":
        return render(request, "traceability/_materials.html", context)
    return page(
        request,
        operator,
        "traceability/movement_form.html",
        context,
        tab="home",
        back="home",
        status=422 if faults else 200,
    )


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_movement(request: Visit, operator: Operator, movement_id: int) -> HttpResponseBase:
    """One loss, destruction or return, and what the supplier answered."""
    movement = _found(request, operator, movement_id)
    answer = movements.answer_to(operator, movement_id)
    context = {
        "movement": movement,
        "answer": answer,
        "facts": [fact for fact in _facts(movement) if fact.value],
        "warnings": [ABOUT[code] for code in movement.warnings if code in ABOUT],
        "papers": suppliers.papers_of(operator, movement.evidence_ids),
        "may_void": movement.is_current and not (answer and answer.received_batch_id),
    }
    return page(
        request, operator, "traceability/movement.html", context, tab="more", back="movements"
    )


def _facts(movement: StockMovement) -> list[Fact]:
    back = movement.returned_quantity
    recorded = f"{moment(movement.recorded_at)}，{Channel(movement.channel).label}"
    return [
        Fact("数量", f"{quantity(movement.quantity)} {movement.unit}"),
        Fact("日期", day(movement.moved_on)),
        Fact("原因", movement.cause),
        Fact("退给", movement.supplier_name),
        Fact("没收、回到库存", f"{quantity(back)} {movement.unit}" if back else ""),
        Fact("凭证号", movement.voucher_number),
        Fact("规格", movement.batch.specification),
        Fact("生产批号", movement.batch.batch_number),
        Fact("登记", recorded),
    ]


def _found(request: Visit, operator: Operator, movement_id: int) -> StockMovement:
    found = movements.find_movement(request.actor, operator, movement_id)
    if found is None:
        raise Http404
    return found


@operator_page(Permission.RECORD_MOVEMENTS)
def void_movement(request: Visit, operator: Operator, movement_id: int) -> HttpResponseBase:
    """Declare a loss, destruction or return void, with a reason."""
    movement = _found(request, operator, movement_id)
    if request.method != "POST" and not movement.is_current:
        messages.warning(request, VOID_ALREADY)
        return redirect("traceability:movement", movement_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.void_movement(
                by=request.actor,
                operator=operator,
                movement_id=movement_id,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
            messages.success(request, "已作废，原因已经记下；货回到了库存。")
            return redirect("traceability:movement", movement_id)
        except Rejected as refused:
            form.add_problems(refused.problems)
    context = {
        "form": form,
        "title": f"{movement.batch.name} {quantity(movement.quantity)} {movement.unit}",
        "note": VOID_NOTE,
        "label": f"作废这条{movement.get_kind_display()}记录",
        "back_url": reverse("traceability:movement", args=[movement_id]),
    }
    status = 422 if form.is_bound else 200
    return page(request, operator, "traceability/void.html", context, tab="more", status=status)
