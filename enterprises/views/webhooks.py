"""Where an operator's system is told of goods and recalls: addresses, tests, what arrived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.actor import Actor
from enterprises.models import SelfBuiltSystem, Webhook
from enterprises.operations import webhooks
from enterprises.queries import systems
from enterprises.queries import webhooks as queries
from enterprises.roles import Permission
from enterprises.system_forms import WebhookForm
from enterprises.views.pages import Visit, refused, signed_in, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate

P = Permission.MANAGE_SYSTEMS
SAID = {
    "test": "测试推送已发出，刷新这一页看送到没有。",
    "pause": "已暂停。",
    "resume": "已恢复推送。",
    "end": "已取消，以后不再推送到这个地址。",
}


@require_http_methods(["GET", "POST"])
@signed_in(P)
def list_webhooks(request: Visit, system_id: int) -> HttpResponse:
    """The addresses of a system, and a form for another."""
    system = systems.find_system(request.actor, system_id)
    if system.operator_id != request.actor.operator_id:
        raise Http404
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _subscribe(request, system, form)
        if made is not None:
            # The secret is in this answer and nowhere else.
            return _page(request, system, WebhookForm(), made=made)
    return _page(request, system, form, status=422 if form.is_bound else 200)


def _subscribe(
    request: Visit, system: SelfBuiltSystem, form: WebhookForm
) -> webhooks.Subscribed | None:
    try:
        return webhooks.subscribe(
            by=request.actor,
            system=system,
            url=form.cleaned_data["url"],
            events=form.cleaned_data["events"],
            at=clock.now(),
        )
    except Rejected as refusal:
        refused(form, refusal.problems)
        return None


def _page(
    request: Visit, system: SelfBuiltSystem, form: WebhookForm, status: int = 200, **also: Any
) -> HttpResponse:
    context = {
        "system": system,
        "operator": system.operator,
        "webhooks": queries.listed_webhooks(request.actor, system),
        "form": form,
        "most": webhooks.MOST_WEBHOOKS,
        "back_url": reverse("enterprises:own_system", args=[system.pk]),
    }
    template = "enterprises/systems/webhooks.html"
    return render(request, template, context | also, status=status)


@require_safe
@signed_in(P)
def show_webhook(request: Visit, webhook_id: int) -> HttpResponse:
    """One address and what became of its messages."""
    webhook = queries.find_webhook(request.actor, webhook_id)
    context = {
        "webhook": webhook,
        "operator": webhook.system.operator,
        "event_names": [Webhook.Event(code).label for code in webhook.events],
        "page": paginate(queries.log_of(request.actor, webhook), request),
        "back_url": reverse("enterprises:webhooks", args=[webhook.system_id]),
    }
    return render(request, "enterprises/systems/webhook.html", context)


Change = Callable[[Actor, Webhook, datetime], object]
CHANGES: dict[str, Change] = {
    "test": lambda by, webhook, at: webhooks.ping(by=by, webhook=webhook, at=at),
    "pause": lambda by, webhook, at: webhooks.pause_webhook(by=by, webhook=webhook, at=at),
    "resume": lambda by, webhook, at: webhooks.resume_webhook(by=by, webhook=webhook, at=at),
    "end": lambda by, webhook, at: webhooks.end_webhook(by=by, webhook=webhook, at=at),
}


@require_POST
@signed_in(P)
def change_webhook(request: Visit, webhook_id: int) -> HttpResponse:
    """Test, pause, take up again or end an address."""
    webhook = queries.find_webhook(request.actor, webhook_id)
    action = request.POST.get("action", "")
    if action not in CHANGES:
        raise Http404
    try:
        CHANGES[action](request.actor, webhook, clock.now())
        messages.success(request, SAID[action])
    except Rejected as refusal:
        tell(request, refusal.problems)
    if action == "end":
        return HttpResponseRedirect(reverse("enterprises:webhooks", args=[webhook.system_id]))
    return HttpResponseRedirect(reverse("enterprises:webhook", args=[webhook.pk]))
