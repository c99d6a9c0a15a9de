"""What buyers send back: taken back, taken back in part, or refused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.formats import quantity
from shilian.web.pagination import paginate
from traceability.forms import ReasonForm
from traceability.models import ReturnedGoods
from traceability.operations import returns as operations
from traceability.queries import movements
from traceability.rules.movements import TakeBackDraft
from traceability.run_forms import TakeBackForm
from traceability.views.pages import operator_page, page

VOID_NOTE = (
    "作废后，收回的这一批不再计入库存，这批退货重新等您确认：可以再收回，也可以不收。"
    "收回的货已经卖出、用掉或检验过的，请先作废那些记录。"
)
REASONS = ("没有收到退货", "不是我卖的货", "数量不对", "已经过了约定的退货期")


@require_safe
@operator_page(Permission.DECIDE_INCOMING)
def show_returns(
    request: Visit, operator: Operator, waiting: bool = True, export: bool = False
) -> HttpResponseBase:
    """What waits for an answer, or what was answered; with ``export`` as a sheet."""
    if export:
        return export_list(request, "returns", operator)
    rows = movements.list_returned(request.actor, operator, waiting=waiting)
    shown = paginate(rows, request, key="-id", size=30)
    context = {
        "rows": shown.rows,
        "page_of": shown,
        "waiting": waiting,
        "export_url": reverse("traceability:returns_export"),
    }
    return page(
        request, operator, "traceability/returns.html", context, tab="incoming", back="more"
    )


@operator_page(Permission.DECIDE_INCOMING)
def take_back(request: Visit, operator: Operator, returned_id: int) -> HttpResponseBase:
    """Take goods back, all of them or fewer."""
    returned = _found(request, operator, returned_id)
    if not returned.is_waiting:
        return _too_late(request, returned)
    form = TakeBackForm(request.POST or None, initial={"quantity": quantity(returned.quantity)})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        draft = TakeBackDraft(returned_id, typed["quantity"], typed["reason"])
        try:
            batch = operations.take_back(
                by=request.actor, operator=operator, draft=draft, at=clock.now()
            )
            messages.success(
                request, "已收回，另立了一批。再卖之前请先检查；不能再卖的请登记销毁。"
            )
            return redirect("traceability:batch", batch.pk)
        except Rejected as refused:
            form.add_problems(refused.problems)
    return _decide_page(request, operator, returned, form, "take")


@operator_page(Permission.DECIDE_INCOMING)
def refuse_return(request: Visit, operator: Operator, returned_id: int) -> HttpResponseBase:
    """Refuse goods, with a reason that the buyer reads."""
    returned = _found(request, operator, returned_id)
    if not returned.is_waiting:
        return _too_late(request, returned)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        about: dict[str, Any] = {"returned_id": returned_id, "reason": reason}
        try:
            operations.refuse_return(by=request.actor, operator=operator, at=clock.now(), **about)
            messages.success(request, f"没有收“{returned.name}”的退货，买方会看到您写的原因。")
            return redirect("traceability:returns")
        except Rejected as refused:
            form.add_problems(refused.problems)
    return _decide_page(request, operator, returned, form, "refuse")


@operator_page(Permission.DECIDE_INCOMING)
def void_take_back(request: Visit, operator: Operator, returned_id: int) -> HttpResponseBase:
    """Undo a mistaken taking back, with a reason."""
    returned = _found(request, operator, returned_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        about: dict[str, Any] = {"returned_id": returned_id, "reason": form.cleaned_data["reason"]}
        try:
            operations.void_take_back(by=request.actor, operator=operator, at=clock.now(), **about)
            messages.success(request, f"“{returned.name}”的收回已作废，这批退货重新等您确认。")
            return redirect("traceability:returns")
        except Rejected as refused:
            form.add_problems(refused.problems)
    taken = returned.quantity if returned.accepted_quantity is None else returned.accepted_quantity
    context = {
        "form": form,
        "title": f"{returned.name} {quantity(taken)} {returned.unit}（{returned.buyer_name}退回）",
        "note": VOID_NOTE,
        "label": "作废收回",
    }
    return page(
        request,
        operator,
        "traceability/void.html",
        context,
        tab="incoming",
        back="returns_answered",
        status=422 if form.is_bound else 200,
    )


def _found(request: Visit, operator: Operator, returned_id: int) -> ReturnedGoods:
    found = movements.find_returned(request.actor, operator, returned_id)
    if found is None:
        raise Http404
    return found


def _too_late(request: Visit, returned: ReturnedGoods) -> HttpResponseBase:
    """Somebody was faster: say what became of the goods."""
    state = returned.get_state_display()
    messages.info(request, f"“{returned.name}”这批退货已经处理过（{state}），不用再操作。")
    return redirect("traceability:returns_answered")


def _decide_page(
    request: Visit, operator: Operator, returned: ReturnedGoods, form: ReasonForm, kind: str
) -> HttpResponseBase:
    context = {"returned": returned, "form": form, "kind": kind, "reasons": REASONS}
    return page(
        request,
        operator,
        "traceability/return_decide.html",
        context,
        tab="incoming",
        back="returns",
        status=422 if form.is_bound else 200,
    )
