"""An operator finds itself, proves its phone, sets a password: activated in a minute."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enterprises import sessions
from enterprises.forms import ActivationForm, FindSelfForm
from enterprises.operations import registration
from enterprises.operations.rate_limits import TooMany
from enterprises.operations.registration import Found
from enterprises.views.pages import Visit, home_of, refused
from shilian import clock
from shilian.problems import Rejected

FOUND, SHOWN = "registration_found", "registration_shown"


@never_cache
@require_http_methods(["GET", "POST"])
def find_self(request: Visit) -> HttpResponse:
    form = FindSelfForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            found = registration.find_self(
                by=sessions.stranger(request), number=form.cleaned_data["number"], at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
            status = 429 if isinstance(refusal, TooMany) else 422
        else:
            request.session[FOUND] = asdict(found)
            request.session.pop(SHOWN, None)
            return HttpResponseRedirect(reverse("enterprises:verify"))
    elif form.is_bound:
        status = 422
    return render(request, "enterprises/register.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def verify(request: Visit) -> HttpResponse:
    held = request.session.get(FOUND)
    if held is None:
        return HttpResponseRedirect(reverse("enterprises:register"))
    found = Found(**held)
    if request.method == "POST" and request.POST.get("action") == "send":
        return _send(request, found)
    form = ActivationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _activate(request, found, form)
        except Rejected as refusal:
            refused(form, refusal.problems)
    return _page(request, found, form, 422 if form.is_bound else 200)


def _send(request: Visit, found: Found) -> HttpResponse:
    try:
        sent = registration.send_activation_code(
            by=sessions.stranger(request), found=found, at=clock.now()
        )
    except Rejected as refusal:
        form = ActivationForm({})
        form.errors.clear()
        refused(form, refusal.problems)
        return _page(request, found, form, 429 if isinstance(refusal, TooMany) else 422)
    request.session[SHOWN] = {"code": sent.shown}
    return HttpResponseRedirect(reverse("enterprises:verify"))


def _activate(request: Visit, found: Found, form: ActivationForm) -> HttpResponse:
    at = clock.now()
    person = registration.activate_operator(
        by=sessions.stranger(request),
        found=found,
        code=form.cleaned_data["code"],
        password=form.cleaned_data["password"],
        at=at,
    )
    sessions.begin(request, person, at=at)
    request.session["acting_for"] = found.operator_id
    for name in (FOUND, SHOWN):
        request.session.pop(name, None)
    messages.success(request, "激活成功。以后用手机号和刚才的密码登录。")
    response = HttpResponseRedirect(home_of(request.actor))
    sessions.remember_device(response, person.login, is_secure=settings.SESSION_COOKIE_SECURE)
    return response


def _page(request: Visit, found: Found, form: ActivationForm, status: int) -> HttpResponse:
    shown = request.session.get(SHOWN)
    context = {
        "form": form,
        "number": found.number,
        "phone": found.phone or registration.decoy_phone(found.number),
        "is_sent": shown is not None,
        "shown_code": (shown or {}).get("code", ""),
        "is_demonstration": settings.SMS_SENDER == "demonstration",
        "is_known": bool(found.phone),
    }
    return render(request, "enterprises/verify.html", context, status=status)
