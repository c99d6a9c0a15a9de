"""疑似重复: pairs told by two channels, for the operator to decide and the bureau to follow."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, signed_in, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from traceability.models import DuplicateSuspect
from traceability.operations import duplicates as operations
from traceability.queries import duplicates as queries
from traceability.sandbox_forms import SuspectFilter
from traceability.views.pages import operator_page, page


@require_safe
@operator_page(Permission.RECORD_PURCHASES)
def own_suspects(request: Visit, operator: Operator) -> HttpResponseBase:
    shown = paginate(queries.own_suspects(operator), request)
    context = {"page_of": shown, "suspects": shown.rows}
    return page(request, operator, "traceability/duplicates.html", context, tab="more", back="more")


@require_POST
@operator_page(Permission.RECORD_PURCHASES)
def decide_own(request: Visit, operator: Operator, suspect_id: int) -> HttpResponseBase:
    suspect = queries.find_suspect(request.actor, suspect_id)
    _decide(request, suspect, is_same=request.POST.get("decision") == "same")
    return redirect("traceability:duplicates")


def _decide(request: Visit, suspect: DuplicateSuspect, *, is_same: bool) -> None:
    try:
        operations.decide_duplicate(
            by=request.actor, suspect=suspect, is_same=is_same, at=clock.now()
        )
    except Rejected as refused:
        tell(request, refused.problems)
    else:
        done = "已作废后到的一条，台账里只留先到的。" if is_same else "两条都保留。"
        messages.success(request, done)


@require_safe
@signed_in(Permission.VIEW_RECORDS)
def list_suspects(request: Visit) -> HttpResponse:
    form = SuspectFilter(request.GET if request.GET else {"state": "waiting"})
    shown = paginate(queries.list_suspects(request.actor, form.chosen()), request)
    context = {"form": form, "page_of": shown, "suspects": shown.rows}
    return render(request, "traceability/suspects.html", context)


@require_POST
@signed_in(Permission.VIEW_RECORDS)
def keep_both(request: Visit, suspect_id: int) -> HttpResponse:
    """An officer who knows that there were two deliveries; voiding is the operator's alone."""
    _decide(request, queries.find_suspect(request.actor, suspect_id), is_same=False)
    return redirect("traceability:suspects")


@require_safe
@signed_in(Permission.VIEW_RECORDS)
def export_suspects(request: Visit) -> HttpResponseBase:
    return export_list(request, "suspects")
