"""One's own account: roles, password, which shop to act for."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.forms import PasswordForm
from enterprises.operations import people as operations
from enterprises.operations.rate_limits import TooMany
from enterprises.queries import people
from enterprises.views.pages import Visit, home_of, refused, signed_in
from shilian import clock
from shilian.problems import Rejected


@require_safe
@signed_in()
def show_account(request: Visit) -> HttpResponse:
    context = {
        "person": people.own_account(request.actor),
        "home": home_of(request.actor),
        "layout": _layout(request),
    }
    return render(request, "enterprises/account.html", context)


@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "POST"])
@signed_in()
def change_password(request: Visit) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        person = people.own_account(request.actor)
        try:
            operations.change_password(
                by=request.actor,
                person=person,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                at=clock.now(),
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
            status = 429 if isinstance(refusal, TooMany) else 422
        else:
            update_session_auth_hash(request, person)
            messages.success(request, "密码已修改，其他设备上的登录已经退出。")
            return HttpResponseRedirect(reverse("enterprises:account"))
    context = {"form": form, "layout": _layout(request), "must": _must(request)}
    return render(request, "enterprises/password.html", context, status=status)


def _must(request: Visit) -> bool:
    return bool(getattr(request.user, "must_change_password", False))


def _layout(request: Visit) -> str:
    return "layouts/operator.html" if request.actor.is_operator else "layouts/officer.html"


@require_POST
@signed_in()
def switch_operator(request: Visit) -> HttpResponse:
    """Act for another of one's own shops from now on."""
    wanted = request.POST.get("operator", "")
    if wanted not in map(str, request.actor.scope.operator_ids):
        raise Http404
    request.session["acting_for"] = int(wanted)
    return HttpResponseRedirect(home_of(request.actor))
