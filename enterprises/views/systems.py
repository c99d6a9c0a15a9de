"""An operator's own systems: apply, follow the approval, see how they deliver, keep their keys."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.models import ApiKey, Operator, Sector, SelfBuiltSystem, Stage, SystemStep
from enterprises.operations import api_keys, system_clients, system_register
from enterprises.queries import own, system_health, systems, webhooks
from enterprises.roles import Permission
from enterprises.rules.systems import STAGES, weekdays_text
from enterprises.system_forms import (
    ClaimForm,
    ReasonForm,
    SystemChangeForm,
    SystemForm,
    said_of,
)
from enterprises.views.pages import Visit, home_of, refused, signed_in, tell
from shilian import clock
from shilian.problems import Rejected

P = Permission.MANAGE_SYSTEMS
CLIENTS_SHOWN = 200
ID_END = 1 << 63


@require_safe
@signed_in(P)
def list_own(request: Visit) -> HttpResponse:
    operator = _own(request)
    channels = systems.channels_of(operator)
    context = {
        "operator": operator,
        "systems": systems.own_systems(operator),
        "channels": channels,
        "has_confirmed": any(each.state == each.State.CONFIRMED for each in channels),
        "back_url": home_of(request.actor),
    }
    return render(request, "enterprises/systems/own.html", context)


def _own(request: Visit) -> Operator:
    operator = own.own_operator(request.actor)
    if operator is None:
        raise Http404
    return operator


def _find(request: Visit, system_id: int) -> SelfBuiltSystem:
    found = systems.find_system(request.actor, system_id)
    # Of several shops of one person, the one that is looked at now.
    if found.operator_id != request.actor.operator_id:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@signed_in(P)
def apply(request: Visit) -> HttpResponse:
    operator = _own(request)
    form = SystemForm(request.POST or None, initial=_first(request, operator))
    if request.method == "POST" and form.is_valid():
        try:
            system = system_register.apply_for_system(
                by=request.actor, operator=operator, draft=form.draft(), at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            messages.success(request, "已提交，先由县区局审核，进度看这一页。")
            return _to(system.pk)
    context = {"form": form, "operator": operator, "back_url": reverse("enterprises:systems")}
    status = 422 if form.is_bound else 200
    return render(request, "enterprises/systems/form.html", context, status=status)


def _first(request: Visit, operator: Operator) -> dict[str, Any]:
    """What the form says at first: as before, when one that was sent back is handed in again."""
    again = request.GET.get("again", "")
    # More digits than any number of ours has are no number, and too many even to read.
    if again.isascii() and again.isdigit() and len(again) < 20 and int(again) < ID_END:
        return said_of(_find(request, int(again)))
    return {"sector": operator.sector, "docking": "api", "contact_name": operator.contact_name}


def _to(system_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("enterprises:own_system", args=[system_id]))


@require_safe
@signed_in(P)
def show_own(request: Visit, system_id: int) -> HttpResponse:
    return _page(request, _find(request, system_id))


def _page(request: Visit, system: SelfBuiltSystem, status: int = 200, **also: Any) -> HttpResponse:
    context = {
        "system": system,
        "operator": system.operator,
        "due_text": weekdays_text(system.due_weekdays),
        "changes": changes_of(system),
        "stages": stages_of(system),
        "sent_back": sent_back(system),
        "keys": systems.keys_of(system),
        "card": card_of(request, system),
        "webhook_count": len(webhooks.webhooks_of(request.actor, system)),
        "algorithms": ApiKey.Algorithm.choices,
        "clients": systems.clients_of(request.actor, system)[:CLIENTS_SHOWN]
        if system.is_channel
        else [],
        "claim_form": ClaimForm(),
        "end_form": ReasonForm(),
        "back_url": reverse("enterprises:systems"),
    }
    return render(request, "enterprises/systems/own_system.html", context | also, status=status)


def card_of(request: Visit, system: SelfBuiltSystem) -> system_health.HealthCard | None:
    """The health card of a system that is or was in service."""
    if system.in_service_since is None:
        return None
    return system_health.health_card(request.actor, system, today=clock.today())


def stages_of(system: SelfBuiltSystem) -> list[tuple[str, str]]:
    """Who decides one after the other, each done, now or later; nothing when nothing waits."""
    if not system.stage:
        return []
    now = STAGES.index(system.stage)
    states = ["done"] * now + ["now"] + ["later"] * (len(STAGES) - now - 1)
    link = (system.pending or {}).get("sector", system.sector)
    named = f"{Stage.PROVINCE.label}（{Sector(link).label}）" if link else Stage.PROVINCE.label
    labels = [Stage.COUNTY.label, Stage.CITY.label, named]
    return [(str(label), state) for label, state in zip(labels, states, strict=True)]


def sent_back(system: SelfBuiltSystem) -> SystemStep | None:
    """The decision that sent the application or change back, while it is the last word."""
    steps = list(system.steps.all())
    return steps[-1] if steps and steps[-1].action == SystemStep.Action.REFUSED else None


def changes_of(system: SelfBuiltSystem) -> list[tuple[str, str, str]]:
    """What a waiting change would change: the title, as it is, as it would be."""
    wanted = SelfBuiltSystem(**(system.pending or {}))
    return [
        (_title(name), _shown(system, name), _shown(wanted, name)) for name in system.pending or {}
    ]


def _title(name: str) -> str:
    return str(getattr(SelfBuiltSystem._meta.get_field(name), "verbose_name", name))


def _shown(system: SelfBuiltSystem, name: str) -> str:
    if name == "due_weekdays":
        return weekdays_text(system.due_weekdays)
    if name == "record_kinds":
        return "、".join(system.record_names)
    display = getattr(system, f"get_{name}_display", None)
    return str(display() if display else getattr(system, name))


@require_http_methods(["GET", "POST"])
@signed_in(P)
def change(request: Visit, system_id: int) -> HttpResponse:
    system = _find(request, system_id)
    form = SystemChangeForm(request.POST or None, system=system)
    if request.method == "POST" and form.is_valid():
        try:
            changed = system_register.change_system(
                by=request.actor, system=system, draft=form.draft(), at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            waits = "变更已提交，审核通过前按原来的登记执行。"
            messages.success(request, waits if changed.stage else "已更新，马上生效。")
            return _to(system_id)
    context = {
        "form": form,
        "system": system,
        "operator": system.operator,
        "back_url": reverse("enterprises:own_system", args=[system_id]),
    }
    status = 422 if form.is_bound else 200
    return render(request, "enterprises/systems/form.html", context, status=status)


@require_POST
@signed_in(P)
def withdraw(request: Visit, system_id: int) -> HttpResponse:
    system = _find(request, system_id)
    try:
        system_register.withdraw_system(by=request.actor, system=system, at=clock.now())
        messages.success(request, "已撤回。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return _to(system_id)


@require_POST
@signed_in(P)
def end(request: Visit, system_id: int) -> HttpResponse:
    system = _find(request, system_id)
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
@signed_in(P)
def issue_key(request: Visit, system_id: int) -> HttpResponse:
    """Make a key; its secret is in this answer and nowhere else."""
    system = _find(request, system_id)
    try:
        issued = api_keys.issue_key(
            by=request.actor,
            system=system,
            at=clock.now(),
            algorithm=request.POST.get("algorithm") or ApiKey.Algorithm.SHA256,
        )
    except Rejected as refusal:
        tell(request, refusal.problems)
        return _to(system_id)
    return _page(request, system, issued=issued)


@require_POST
@signed_in(P)
def change_key(request: Visit, system_id: int, key_id: int) -> HttpResponse:
    """Exchange a key with an overlap, or revoke it at once."""
    system = _find(request, system_id)
    key = next((each for each in systems.keys_of(system) if each.pk == key_id), None)
    if key is None:
        raise Http404
    try:
        if request.POST.get("action") != "revoke":
            issued = api_keys.rotate_key(by=request.actor, key=key, at=clock.now())
            return _page(request, system, issued=issued)
        api_keys.revoke_key(by=request.actor, key=key, at=clock.now())
        messages.success(request, "密钥已吊销，用它的请求马上会被拒绝。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return _to(system_id)


@require_POST
@signed_in(P)
def claim(request: Visit, system_id: int) -> HttpResponse:
    system = _find(request, system_id)
    form = ClaimForm(request.POST)
    if form.is_valid():
        try:
            made = system_clients.claim_clients(
                by=request.actor, system=system, credit_codes=form.codes(), at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            messages.success(request, f"已向{len(made)}家经营户发出代传申请，对方同意后就能上传。")
            return _to(system_id)
    return _page(request, system, 422, claim_form=form)


@require_POST
@signed_in(P)
def decide_claim(request: Visit, client_id: int) -> HttpResponse:
    """A shop agrees to a channel, declines, or ends it; a channel ends it."""
    client = systems.find_claim(request.actor, client_id)
    decision, at = request.POST.get("decision"), clock.now()
    try:
        if decision in ("agree", "decline"):
            system_clients.decide_claim(
                by=request.actor, client=client, agrees=decision == "agree", at=at
            )
        else:
            system_clients.end_client(by=request.actor, client=client, at=at)
        messages.success(request, "已办理。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    if client.operator_id == request.actor.operator_id:
        return HttpResponseRedirect(reverse("enterprises:systems"))
    return _to(client.system_id)
