"""One operator's page: facts, licences, activity, standing; its records and papers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.operations import operators as registrations
from enterprises.operations import wholesale
from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Rejected
from supervision.filters import PlaceForm
from supervision.forms import StandingForm, WholesaleForm
from supervision.queries import findings, operator_page
from supervision.rules.months import default_month
from supervision.views.pages import OfficerRequest, bureau_page


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def show_operator(request: OfficerRequest, operator_id: int) -> HttpResponse:
    operator = operator_page.find_operator(request.actor, operator_id)
    return _page(request, operator, StandingForm.of(operator, today=clock.today()))


@require_POST
@bureau_page(Permission.CHANGE_STANDING)
def change_standing(request: OfficerRequest, operator_id: int) -> HttpResponse:
    """Take the operator out of the counts or back in; the form comes back with what is wrong."""
    operator = operator_page.find_operator(request.actor, operator_id)
    form = StandingForm(request.POST)
    if form.is_valid() and _is_changed(request, operator, form):
        messages.success(request, "经营状态已变更，并记入审计。")
        return redirect("supervision:operator", operator_id=operator.pk)
    return _page(request, operator, form, status=422)


def _is_changed(request: OfficerRequest, operator: Operator, form: StandingForm) -> bool:
    try:
        registrations.change_standing(
            by=request.actor,
            operator=operator,
            standing=form.chosen_standing,
            reason=form.cleaned_data["reason"],
            since=form.cleaned_data["since"],
            at=clock.now(),
        )
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return False
    return True


@require_POST
@bureau_page(Permission.CHANGE_STANDING)
def change_wholesale(request: OfficerRequest, operator_id: int) -> HttpResponse:
    """Say whether the operator sells wholesale; the form comes back with what is wrong."""
    operator = operator_page.find_operator(request.actor, operator_id)
    form = WholesaleForm(request.POST, prefix=WholesaleForm.PREFIX)
    if form.is_valid():
        try:
            wholesale.change_wholesale(
                by=request.actor, operator=operator, at=clock.now(), **form.cleaned_data
            )
        except Rejected as rejected:
            form.add_problems(rejected.problems)
        else:
            messages.success(request, "是否从事批发已变更，并记入审计。")
            return redirect("supervision:operator", operator_id=operator.pk)
    standing = StandingForm.of(operator, today=clock.today())
    return _page(request, operator, standing, form, status=422)


def _page(
    request: OfficerRequest,
    operator: Operator,
    form: StandingForm,
    wholesale_form: WholesaleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, today = request.actor, clock.today()
    month = PlaceForm(request.GET).chosen().get("month") or default_month(today)
    context = {
        "operator": operator,
        "form": form,
        "wholesale_form": wholesale_form or WholesaleForm.of(operator),
        "today": today,
        "licences": operator_page.licences(actor, operator, today=today),
        "systems": operator_page.systems(actor, operator),
        "months": operator_page.months(actor, operator),
        "calendar": operator_page.calendar(actor, operator, month, today=today),
        "previous_month": clock.previous_month(month),
        "next_month": clock.next_month(month) if month < clock.month_of(today) else None,
        "findings": (
            findings.open_findings_of(actor, operator)
            if actor.may(Permission.FOLLOW_FINDINGS)
            else []
        ),
        "looks": operator_page.looks(actor, operator),
        "may_see_contacts": actor.may(Permission.VIEW_CONTACTS),
        "may_see_records": actor.may(Permission.VIEW_RECORDS),
        "may_change": actor.may(Permission.CHANGE_STANDING),
    }
    return render(request, "supervision/operator.html", context, status=status)
