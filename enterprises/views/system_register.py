"""登记造册 as the bureau sees it: the register by link, decisions, and each system's card."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import SelfBuiltSystem
from enterprises.operations import lookups, system_register
from enterprises.operations.rate_limits import TooMany
from enterprises.queries import system_health, systems
from enterprises.roles import Permission
from enterprises.rules.systems import weekdays_text
from enterprises.system_forms import ReasonForm, SystemDecisionForm, SystemFilter
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, refused, signed_in
from enterprises.views.systems import CLIENTS_SHOWN, card_of, changes_of, sent_back, stages_of
from shilian import clock
from shilian.problems import Rejected
from shilian.web.forms import TidyForm
from shilian.web.pagination import paginate


@require_safe
@signed_in(Permission.VIEW_SYSTEMS)
def list_register(request: Visit) -> HttpResponse:
    form = SystemFilter(request.GET)
    page = paginate(systems.list_systems(request.actor, form.chosen()), request)
    context = {
        "form": form,
        "page": page,
        "rows": system_health.register_rows(page.rows, today=clock.today()),
        "calls": systems.calls_for(request.actor),
    }
    return render(request, "enterprises/systems/register.html", context)


@require_safe
@signed_in(Permission.VIEW_SYSTEMS)
def export_register(request: Visit) -> HttpResponseBase:
    return export_list(request, "systems")


@require_safe
@signed_in(Permission.VIEW_SYSTEMS)
def show_system(request: Visit, system_id: int) -> HttpResponse:
    return _page(request, systems.find_system(request.actor, system_id))


def _page(
    request: Visit, system: SelfBuiltSystem, status: int = 200, **forms: TidyForm
) -> HttpResponse:
    context = {
        "system": system,
        "due_text": weekdays_text(system.due_weekdays),
        "changes": changes_of(system),
        "stages": stages_of(system),
        "sent_back": sent_back(system),
        "card": card_of(request, system),
        "keys": systems.keys_of(system),
        "clients": systems.clients_of(request.actor, system)[:CLIENTS_SHOWN]
        if system.is_channel
        else [],
        "is_turn": system_register.is_turn_of(request.actor, system),
        "may_end": system.is_in_service and request.actor.may(Permission.APPROVE_SYSTEMS),
        "may_reveal": request.actor.may(Permission.VIEW_CONTACTS),
        "form": SystemDecisionForm(),
        "end_form": ReasonForm(),
    }
    return render(request, "enterprises/systems/system.html", context | forms, status=status)


@require_POST
@signed_in(Permission.APPROVE_SYSTEMS)
def decide(request: Visit, system_id: int) -> HttpResponse:
    system = systems.find_system(request.actor, system_id)
    form = SystemDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, system, 422, form=form)
    approves = request.POST.get("decision") == "approve"
    try:
        decided = system_register.decide_system(
            by=request.actor,
            system=system,
            approves=approves,
            note=form.cleaned_data["note"],
            at=clock.now(),
        )
    except Rejected as refusal:
        return _page(request, system, 422, form=refused(form, refusal.problems))
    messages.success(request, _said(decided, approves=approves))
    return _to(system_id)


def _said(system: SelfBuiltSystem, *, approves: bool) -> str:
    if not approves:
        return "已退回，经营户会看到原因。"
    if system.stage:
        return f"已通过，接下来由{system.get_stage_display()}审核。"
    return "已通过全部审核，登记在册；经营户可以领取密钥了。"


def _to(system_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("enterprises:system_entry", args=[system_id]))


@require_POST
@signed_in(Permission.APPROVE_SYSTEMS)
def end(request: Visit, system_id: int) -> HttpResponse:
    system = systems.find_system(request.actor, system_id)
    form = ReasonForm(request.POST)
    form.is_valid()
    try:
        system_register.end_system(
            by=request.actor,
            system=system,
            note=form.cleaned_data.get("note", ""),
            at=clock.now(),
        )
    except Rejected as refusal:
        return _page(request, system, 422, end_form=refused(form, refusal.problems))
    messages.success(request, "已停用，密钥同时作废。")
    return _to(system_id)


@require_POST
@signed_in(Permission.VIEW_CONTACTS)
def reveal_contact(request: Visit, system_id: int) -> HttpResponse:
    """The contact's full number: one press, one line in the audit trail."""
    system = systems.find_system(request.actor, system_id)
    try:
        text = lookups.reveal_system_contact(by=request.actor, system=system, at=clock.now())
        answer, status = format_html('<span class="sl-nowrap">{}</span>', text or "—"), 200
    except TooMany as refusal:
        text, status = refusal.problems[0].message, 429
        answer = format_html('<span class="sl-error">{}</span>', text)
    if request.headers.get("HX-Request"):
        # htmx swaps only answers of success; the sentence stands where the number would.
        return HttpResponse(answer)
    context = {"operator": system.operator, "message" if status == 429 else "value": text}
    return render(request, "enterprises/contact.html", context, status=status)
