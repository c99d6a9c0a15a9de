"""Trace cases: asked for, decided by a second person, extended, closed; what was traced under them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.roles import Permission
from enterprises.views.pages import Visit, refused, signed_in
from shilian import clock
from shilian.problems import Rejected
from shilian.web.forms import TidyForm
from shilian.web.pagination import paginate
from traceability.models import TraceCase
from traceability.operations import cases as operations
from traceability.queries import cases as queries
from traceability.queries import trace_finder
from traceability.trace_forms import (
    ApproveForm,
    CaseFilter,
    CaseForm,
    CloseForm,
    ExtendForm,
    RefuseForm,
    read_id,
)

# What the page says of the bureau's own time to trace.
MEASURED_DAYS = 90
FORMS: dict[str, type[TidyForm]] = {
    "approve": ApproveForm,
    "refuse": RefuseForm,
    "extend": ExtendForm,
    "close": CloseForm,
}


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def list_cases(request: Visit) -> HttpResponse:
    """The bureau's cases and those below it, newest first, under its time to trace."""
    at, form = clock.now(), CaseFilter(request.GET)
    is_mine = form.chosen().get("show") == "mine"
    found = queries.cases_to_decide if is_mine else queries.list_cases
    page = paginate(found(request.actor), request)
    context = {
        "form": form,
        "may_approve": request.actor.may(Permission.APPROVE_TRACE_CASES),
        "page": page,
        "rows": [(case, case.is_open(at), case.is_expired(at)) for case in page],
        "times": queries.times_to_trace(request.actor, at - timedelta(days=MEASURED_DAYS)),
        "measured_note": f"本单位及下级，近 {MEASURED_DAYS} 天",
        "tab": "cases",
    }
    return render(request, "traceability/trace/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Permission.OPEN_TRACE_CASES)
def request_case(request: Visit) -> HttpResponseBase:
    """The request for a case about one batch, which the finder or a trace led from."""
    asked = request.POST if request.method == "POST" else request.GET
    batch_id = read_id(asked.get("batch", ""))
    start = trace_finder.start_in_sight(request.actor, batch_id)
    if start is None:
        messages.info(request, "先查到要追溯的批次，再从它的页面申请开案。")
        return HttpResponseRedirect(reverse("traceability:trace"))
    places = queries.asked_places(request.actor)
    form = CaseForm(request.POST or None, places=places, initial={"batch": start.batch_id})
    if request.method == "POST" and form.is_valid():
        try:
            case = operations.request_case(
                by=request.actor, draft=form.draft(start.batch_id), at=clock.now()
            )
        except Rejected as rejected:
            refused(form, rejected.problems)
        else:
            messages.success(request, "申请已提交，等待上级批准。批准后从案件页面查看全链。")
            return HttpResponseRedirect(reverse("traceability:trace_case", args=[case.pk]))
    context = {"form": form, "start": start, "tab": "cases"}
    status = 422 if form.errors else 200
    return render(request, "traceability/trace/case_form.html", context, status=status)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def show_case(request: Visit, case_id: int) -> HttpResponse:
    return _page(request, case_id, {})


def _page(
    request: Visit, case_id: int, sent: dict[str, TidyForm], status: int = 200
) -> HttpResponse:
    """The case with its traces, and the forms of what the person may do with it."""
    at, actor = clock.now(), request.actor
    found = queries.find_case(actor, case_id)
    case = found.case
    may_close = actor.may(Permission.OPEN_TRACE_CASES)
    forms = {name: sent.get(name) or make() for name, make in FORMS.items()}
    is_waiting = case.state == TraceCase.State.REQUESTED
    is_open = case.is_open(at)
    context: dict[str, Any] = {
        "found": found,
        "case": case,
        "starts": trace_finder.starts_of(actor, case),
        "is_open": is_open,
        "is_expired": case.is_expired(at),
        "forms": forms,
        "refused": next(iter(sent.values()), None),
        "may_decide": found.may_decide and is_waiting,
        "may_extend": found.may_decide and is_open,
        "closing_title": "撤回申请" if is_waiting else "结案",
        "may_close": may_close and case.state in (TraceCase.State.REQUESTED, "approved"),
        "tab": "cases",
    }
    return render(request, "traceability/trace/case.html", context, status=status)


Act = Callable[[Visit, int, dict[str, Any]], TraceCase]


def _act(request: Visit, case_id: int, name: str, act: Act, done: str) -> HttpResponseBase:
    """Do what the button says, or show the case again with the reasons why not."""
    form = FORMS[name](request.POST)
    if form.is_valid():
        try:
            act(request, case_id, form.cleaned_data)
        except Rejected as rejected:
            refused(form, rejected.problems)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("traceability:trace_case", args=[case_id]))
    return _page(request, case_id, {name: form}, status=422)


@require_POST
@signed_in(Permission.APPROVE_TRACE_CASES)
def approve_case(request: Visit, case_id: int) -> HttpResponseBase:
    return _act(request, case_id, "approve", _approve, "已批准，案件到期自动关闭。")


@require_POST
@signed_in(Permission.APPROVE_TRACE_CASES)
def refuse_case(request: Visit, case_id: int) -> HttpResponseBase:
    return _act(request, case_id, "refuse", _refuse, "没有批准，申请人会看到原因。")


@require_POST
@signed_in(Permission.APPROVE_TRACE_CASES)
def extend_case(request: Visit, case_id: int) -> HttpResponseBase:
    return _act(request, case_id, "extend", _extend, "已延期。")


@require_POST
@signed_in(Permission.OPEN_TRACE_CASES)
def close_case(request: Visit, case_id: int) -> HttpResponseBase:
    return _act(request, case_id, "close", _close, "已结案，不再能看到辖区外的批次。")


def _approve(request: Visit, case_id: int, told: dict[str, Any]) -> TraceCase:
    return operations.approve_case(
        by=request.actor, case_id=case_id, note=told["note"], at=clock.now()
    )


def _refuse(request: Visit, case_id: int, told: dict[str, Any]) -> TraceCase:
    return operations.refuse_case(
        by=request.actor, case_id=case_id, note=told["note"], at=clock.now()
    )


def _extend(request: Visit, case_id: int, told: dict[str, Any]) -> TraceCase:
    return operations.extend_case(
        by=request.actor,
        case_id=case_id,
        days=told["days"],
        reason=told["reason"],
        at=clock.now(),
    )


def _close(request: Visit, case_id: int, told: dict[str, Any]) -> TraceCase:
    return operations.close_case(
        by=request.actor, case_id=case_id, note=told["note"], at=clock.now()
    )
