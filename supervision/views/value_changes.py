"""One proposed change of a dated value, and the second person's decision."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Rejected
from supervision.forms import ChangeDecisionForm
from supervision.models import ValueChange
from supervision.operations.value_changes import DECISIONS
from supervision.queries import value_changes
from supervision.views.pages import OfficerRequest, bureau_page


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Permission.VIEW_DASHBOARD)
def show_change(request: OfficerRequest, change_id: int) -> HttpResponse:
    """What is to change, why and by whom; approving, declining or withdrawing it."""
    change = value_changes.find_change(request.actor, change_id)
    form = ChangeDecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_decided(request, change, form):
        return redirect("supervision:value_change", change_id=change.pk)
    row = value_changes.row_of(request.actor, change)
    names = ("withdraw",) if row.is_own else ("approve", "decline")
    context = {
        "row": row,
        "change": change,
        "form": form,
        "decisions": [(name, DECISIONS[name].label) for name in names],
        "list_url": _list_url(change),
    }
    status = 422 if form.errors else 200
    return render(request, "supervision/change.html", context, status=status)


def _is_decided(request: OfficerRequest, change: ValueChange, form: ChangeDecisionForm) -> bool:
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if decision is None:
        form.add_error(None, "请选择批准、不批准或撤回。")
        return False
    reason = form.cleaned_data["reason"]
    try:
        decision.act(by=request.actor, change=change, reason=reason, at=clock.now())
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return False
    messages.success(request, decision.done)
    return True


def _list_url(change: ValueChange) -> str:
    pages = {
        ValueChange.Kind.WEIGHTS: "supervision:weights",
        ValueChange.Kind.STATUS: "supervision:city_statuses",
    }
    return pages.get(ValueChange.Kind(change.kind), "supervision:parameters")
