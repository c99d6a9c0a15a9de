"""A forgotten password is set anew with a code to the phone on file."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enterprises import sessions
from enterprises.forms import ForgotForm, ResetForm
from enterprises.operations import registration, signing_in
from enterprises.operations.rate_limits import TooMany
from enterprises.views.pages import Visit, home_of, refused
from shilian import clock
from shilian.problems import Rejected

HELD = "recovery"


@never_cache
@require_http_methods(["GET", "POST"])
def forgot(request: Visit) -> HttpResponse:
    form = ForgotForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        login = signing_in.tidy_login(form.cleaned_data["login"])
        try:
            sent = registration.send_reset_code(
                by=sessions.stranger(request), login=login, at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
            status = 429 if isinstance(refusal, TooMany) else 422
        else:
            request.session[HELD] = {"login": login, "code": sent.shown}
            return HttpResponseRedirect(reverse("enterprises:reset"))
    return render(request, "enterprises/forgot.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def reset(request: Visit) -> HttpResponse:
    held = request.session.get(HELD)
    if held is None:
        return HttpResponseRedirect(reverse("enterprises:forgot"))
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _reset(request, held["login"], form)
        except Rejected as refusal:
            refused(form, refusal.problems)
    context = {
        "form": form,
        "shown_code": held["code"],
        "is_demonstration": settings.SMS_SENDER == "demonstration",
    }
    return render(request, "enterprises/reset.html", context, status=422 if form.is_bound else 200)


def _reset(request: Visit, login: str, form: ResetForm) -> HttpResponse:
    at = clock.now()
    person = registration.reset_by_code(
        by=sessions.stranger(request),
        login=login,
        code=form.cleaned_data["code"],
        password=form.cleaned_data["password"],
        at=at,
    )
    sessions.begin(request, person, at=at)
    request.session.pop(HELD, None)
    messages.success(request, "密码已重设，其他设备上的登录已经退出。")
    response = HttpResponseRedirect(home_of(request.actor))
    sessions.remember_device(response, login, is_secure=settings.SESSION_COOKIE_SECURE)
    return response
