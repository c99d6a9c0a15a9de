"""造数识别: the county's list of months that look made up, one of them, and the decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from supervision.finding_filters import DecisionForm, SuspicionFilter
from supervision.models import Suspicion
from supervision.operations import looks
from supervision.operations import suspicions as operations
from supervision.queries import findings, suspicions
from supervision.rules.fabrication import SIGNALS
from supervision.views.pages import OfficerRequest, bureau_page

DECISIONS: dict[str, tuple[Any, str]] = {
    "exclude": (operations.exclude_month, "已认定不实，这个月不计活跃，几分钟内计入指标。"),
    "uphold": (operations.uphold_month, "已认定属实，照常计入。"),
    "readmit": (operations.readmit_month, "已撤销，这个月恢复计入。"),
}


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def list_suspicions(request: OfficerRequest) -> HttpResponse:
    """The operator-months to look into, the highest score first."""
    actor = request.actor
    asked = request.GET if request.GET else {"state": Suspicion.State.WAITING}
    form = SuspicionFilter(asked, counties=findings.counties_of(actor), today=clock.today())
    chosen = form.chosen()
    found = suspicions.list_suspicions(
        actor,
        month=chosen.get("month"),
        state=chosen.get("state", ""),
        county_id=chosen.get("county"),
        search=chosen.get("search", ""),
    )
    shown = paginate(found, request, key=suspicions.ORDER)
    context = {
        "form": form,
        "page": shown,
        "rows": [(row, suspicions.signal_rows(row)) for row in shown.rows],
        "signals": SIGNALS,
    }
    return render(request, "supervision/suspicions.html", context)


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def export_suspicions(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "suspicions")


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def show_suspicion(request: OfficerRequest, suspicion_id: int) -> HttpResponse:
    """What was seen of one month; its operator learns who looked."""
    suspicion = suspicions.find_suspicion(request.actor, suspicion_id)
    with writes_allowed():
        looks.note_records_seen(
            by=request.actor, at=clock.now(), operator=suspicion.operator, what="suspicion"
        )
    return _page(request, suspicion, DecisionForm())


@require_POST
@bureau_page(Permission.JUDGE_MONTHS)
def decide_suspicion(request: OfficerRequest, suspicion_id: int) -> HttpResponse:
    """Exclude the month, uphold it, or take an exclusion back; the form comes back with problems."""
    suspicion = suspicions.find_suspicion(request.actor, suspicion_id)
    form = DecisionForm(request.POST)
    decide, done = DECISIONS.get(request.POST.get("decision", ""), DECISIONS["uphold"])
    if form.is_valid():
        try:
            decide(
                by=request.actor,
                suspicion=suspicion,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Rejected as refused:
            form.add_problems(refused.problems)
        else:
            messages.success(request, done)
            return redirect("supervision:suspicion", suspicion_id=suspicion.pk)
    return _page(request, suspicion, form, status=422)


def _page(
    request: OfficerRequest, suspicion: Suspicion, form: DecisionForm, status: int = 200
) -> HttpResponse:
    is_frozen = suspicions.is_frozen(suspicion.month)
    context = {
        "suspicion": suspicion,
        "form": form,
        "signals": suspicions.signal_rows(suspicion),
        "is_frozen": is_frozen,
        "may_decide": request.actor.may(Permission.JUDGE_MONTHS) and not is_frozen,
    }
    return render(request, "supervision/suspicion.html", context, status=status)
