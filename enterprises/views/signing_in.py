"""In and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from enterprises import sessions
from enterprises.forms import LoginForm
from enterprises.operations import signing_in
from enterprises.operations.rate_limits import TooMany
from enterprises.views.pages import Visit, home_of, next_address, refused
from shilian import clock
from shilian.problems import Rejected


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def show_login(request: Visit) -> HttpResponse:
    if request.method == "GET" and not request.actor.is_anonymous:
        return HttpResponseRedirect(next_address(request, home_of(request.actor)))
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _sign_in(request, form)
        except Rejected as refusal:
            refused(form, refusal.problems)
            return _page(request, form, 429 if isinstance(refusal, TooMany) else 422)
    return _page(request, form, 422 if form.is_bound else 200)


def _sign_in(request: Visit, form: LoginForm) -> HttpResponse:
    name = signing_in.tidy_login(form.cleaned_data["login"])
    at = clock.now()
    person = signing_in.sign_in(
        login=name,
        password=form.cleaned_data["password"],
        by=sessions.stranger(request),
        device=sessions.device_of(request, name),
        at=at,
    )
    sessions.begin(request, person, at=at)
    response = HttpResponseRedirect(next_address(request, home_of(request.actor)))
    sessions.remember_device(response, name, is_secure=settings.SESSION_COOKIE_SECURE)
    return response


def _page(request: Visit, form: LoginForm, status: int) -> HttpResponse:
    context = {"form": form, "next": next_address(request, "")}
    return render(request, "enterprises/login.html", context, status=status)


@require_POST
def sign_out(request: Visit) -> HttpResponse:
    if not request.actor.is_anonymous:
        signing_in.sign_out(by=request.actor, at=clock.now())
    logout(request)
    return HttpResponseRedirect(reverse("enterprises:login"))
