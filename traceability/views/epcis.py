"""EPCIS for the operator: its GLNs, what its system handed over, and who is sent events."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit, refused
from shilian import clock
from shilian.problems import Rejected
from traceability.epcis_forms import GlnForm, SubscriptionForm
from traceability.operations import epcis_queries, glns
from traceability.queries import epcis_jobs, epcis_subscriptions
from traceability.views.pages import operator_page, page


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page(Permission.IMPORT_RECORDS)
def show_epcis(request: Visit, operator: Operator) -> HttpResponseBase:
    """The operator's GLNs with a form for another, and its latest captures."""
    form = GlnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = glns.register_gln(
                by=request.actor, operator=operator, gln=form.cleaned_data["gln"], at=clock.now()
            )
        except Rejected as fault:
            form = refused(form, fault.problems)  # type: ignore[assignment]
        else:
            messages.success(request, f"位置码 {kept.gln} 已登记。")
            return redirect("traceability:my_epcis")
    context = {
        "form": form,
        "numbers": epcis_jobs.numbers_of(operator),
        "captures": epcis_jobs.latest_captures(operator),
        "root": epcis_jobs.root(),
        "subscription_count": epcis_subscriptions.count_subscriptions(operator),
    }
    status = 422 if form.errors else 200
    return page(
        request,
        operator,
        "traceability/epcis.html",
        context,
        tab="more",
        back="more",
        status=status,
    )


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def withdraw_gln(request: Visit, operator: Operator, gln: str) -> HttpResponseBase:
    glns.withdraw_gln(by=request.actor, operator=operator, gln=gln, at=clock.now())
    messages.success(request, f"位置码 {gln} 已删除。")
    return redirect("traceability:my_epcis")


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def list_subscriptions(request: Visit, operator: Operator) -> HttpResponseBase:
    context = {"listed": epcis_subscriptions.list_subscriptions(operator, at=clock.now())}
    template = "traceability/subscriptions.html"
    return page(request, operator, template, context, tab="more", back="my_epcis")


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page(Permission.IMPORT_RECORDS)
def add_subscription(request: Visit, operator: Operator) -> HttpResponseBase:
    """A form for a subscription: its name, which events, and where they are sent."""
    form = SubscriptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            epcis_queries.open_subscription(
                by=request.actor,
                name=form.cleaned_data["name"],
                query=form.query,
                said=form.said,
                at=clock.now(),
            )
        except Rejected as fault:
            form = refused(form, fault.problems)  # type: ignore[assignment]
        else:
            messages.success(request, f"“{form.cleaned_data['name']}”已订阅，有新事件就送。")
            return redirect("traceability:my_subscriptions")
    template, status = "traceability/subscription_add.html", 422 if form.errors else 200
    return page(
        request,
        operator,
        template,
        {"form": form},
        tab="more",
        back="my_subscriptions",
        status=status,
    )


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def stop_subscription(request: Visit, operator: Operator, subscription_id: int) -> HttpResponseBase:
    """Send no more; the receiver has to subscribe anew."""
    found = epcis_subscriptions.find_subscription(request.actor, subscription_id)
    epcis_queries.unsubscribe(
        by=request.actor, name=found.query.name, subscription_id=found.pk, at=clock.now()
    )
    messages.success(request, f"“{found.query.name}”的订阅已停止。")
    return redirect("traceability:my_subscriptions")
