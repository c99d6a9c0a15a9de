"""The station looks at applications and decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.filters import ApplicationFilter
from enterprises.forms import DecisionForm
from enterprises.models import RegistrationApplication
from enterprises.operations import applications as operations
from enterprises.queries import applications
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, refused, signed_in
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate


@require_safe
@signed_in(Permission.APPROVE_APPLICATIONS)
def list_applications(request: Visit) -> HttpResponse:
    form = ApplicationFilter(request.GET if request.GET else {"state": "waiting"})
    found = applications.list_applications(request.actor, form.chosen())
    context = {"form": form, "page": paginate(found, request)}
    return render(request, "enterprises/applications.html", context)


@require_safe
@signed_in(Permission.APPROVE_APPLICATIONS)
def export_applications(request: Visit) -> HttpResponseBase:
    return export_list(request, "applications")


@require_safe
@signed_in(Permission.APPROVE_APPLICATIONS)
def show_application(request: Visit, application_id: int) -> HttpResponse:
    application = applications.find_application(request.actor, application_id)
    return _page(request, application, DecisionForm(), 200)


@require_POST
@signed_in(Permission.APPROVE_APPLICATIONS)
def decide(request: Visit, application_id: int) -> HttpResponse:
    application = applications.find_application(request.actor, application_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, application, form, 422)
    said: dict[str, Any] = {
        "by": request.actor,
        "application": application,
        "note": form.cleaned_data["note"],
        "at": clock.now(),
    }
    try:
        if request.POST.get("decision") == "approve":
            operations.approve_application(**said)
            messages.success(request, f"已通过。{application.name}可以用申请时的手机号激活了。")
        else:
            operations.refuse_application(**said)
            messages.success(request, "已退回，申请人会看到原因。")
    except Rejected as refusal:
        return _page(request, application, refused(form, refusal.problems), 422)
    return HttpResponseRedirect(reverse("enterprises:applications"))


def _page(
    request: Visit, application: RegistrationApplication, form: Any, status: int
) -> HttpResponse:
    context = {
        "application": application,
        "form": form,
        "known": applications.same_code(request.actor, application),
        "is_waiting": application.state == RegistrationApplication.State.WAITING,
    }
    return render(request, "enterprises/application.html", context, status=status)
