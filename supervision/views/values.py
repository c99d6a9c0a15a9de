"""Formulas, thresholds and targets of the indicators, and proposing to change one from a month on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.problems import Rejected
from supervision.filters import coming_months
from supervision.forms import StatusForm, ValueForm
from supervision.metrics import EXPLAINED
from supervision.models import ValueChange
from supervision.operations import value_changes as operations
from supervision.queries import bulletins, statuses, value_changes
from supervision.queries.bulletins import DatedRule
from supervision.views.pages import OfficerRequest, bureau_page


@require_safe
@bureau_page(Permission.PREPARE_BULLETIN)
def show_parameters(request: OfficerRequest) -> HttpResponse:
    """The formulas, thresholds and targets with their basis and dates."""
    today = clock.today()
    context = {
        "indicators": EXPLAINED,
        "thresholds": bulletins.thresholds(request.actor, today),
        "targets": bulletins.targets(request.actor, today),
        "may_edit": request.actor.may(Permission.EDIT_PARAMETERS),
        "changes": value_changes.recent_changes(request.actor),
    }
    return render(request, "supervision/parameters.html", context)


@require_safe
@bureau_page(Permission.PREPARE_BULLETIN)
def export_parameters(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "parameters")


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Permission.EDIT_PARAMETERS)
def change_value(request: OfficerRequest, code: str) -> HttpResponse:
    """Propose a threshold, or a target when the address names a tier, from a month on."""
    today = clock.today()
    rule = bulletins.find_rule(request.actor, code, request.GET.get("tier", ""), today)
    form = ValueForm(request.POST or None, months=coming_months(today))
    if request.method == "POST" and form.is_valid() and _is_proposed(request, rule, form):
        messages.success(request, f"{rule.name}的修改已提出，另一位专班人员批准后生效。")
        return redirect("supervision:parameters")
    status = 422 if form.errors else 200
    return render(request, "supervision/value.html", {"rule": rule, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Permission.EDIT_PARAMETERS)
def show_cities(request: OfficerRequest) -> HttpResponse:
    """Which cities are held to the higher targets, since when, and proposing a change."""
    today, actor = clock.today(), request.actor
    form = StatusForm(
        request.POST or None, months=coming_months(today), cities=statuses.list_cities()
    )
    if request.method == "POST" and form.is_valid() and _is_status_proposed(request, form):
        messages.success(request, "修改已提出，另一位专班人员批准后生效。")
        return redirect("supervision:city_statuses")
    context = {
        "form": form,
        "rows": statuses.list_statuses(actor, today),
        "changes": value_changes.recent_changes(actor, kind=ValueChange.Kind.STATUS),
    }
    status = 422 if form.errors else 200
    return render(request, "supervision/city_statuses.html", context, status=status)


def _is_status_proposed(request: OfficerRequest, form: StatusForm) -> bool:
    city = statuses.find_city(form.cleaned_data["city"])
    try:
        operations.propose_status(by=request.actor, city=city, draft=form.draft(), at=clock.now())
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return False
    return True


def _is_proposed(request: OfficerRequest, rule: DatedRule, form: ValueForm) -> bool:
    by, draft, at = request.actor, form.draft(), clock.now()
    try:
        if rule.tier:
            operations.propose_target(
                by=by, indicator=rule.code, tier=rule.tier, draft=draft, at=at
            )
        else:
            operations.propose_parameter(by=by, code=rule.code, draft=draft, at=at)
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return False
    return True
