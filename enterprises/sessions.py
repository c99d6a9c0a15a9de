"""How long somebody stays signed in: operators a fortnight, everybody else half an hour idle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.contrib.auth import login, logout
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from enterprises.actor import ANONYMOUS, Actor, actor_for
from enterprises.middleware import client_address
from enterprises.models import Person
from enterprises.operations import people
from shilian import clock

BACKEND = "django.contrib.auth.backends.ModelBackend"
IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 3600
# How stale the note of the last request may be: a page costs no write while it is fresh.
FRESH_SECONDS = 60
STAFF, SINCE, SEEN = "is_staff", "signed_in_at", "seen_at"
DEVICE_COOKIE = "shilian_device"
DEVICE_SECONDS = 180 * 24 * 3600
DEVICE_SALT = "shilian.device"


def begin(request: HttpRequest, person: Person, *, at: datetime) -> None:
    """Sign the person in under a new session key, and read its limits from the roles held."""
    login(request, person, backend=BACKEND)
    now = int(at.timestamp())
    request.session[SINCE] = request.session[SEEN] = now
    request.session[STAFF] = people.is_staff(person)
    request.actor = actor_for(  # type: ignore[attr-defined]
        person,
        request_id=request.request_id,  # type: ignore[attr-defined]
        address=client_address(request),
    )


def stranger(request: HttpRequest) -> Actor:
    """Somebody at the door: nobody yet, but at an address and with a request to be traced by."""
    return replace(
        ANONYMOUS,
        address=client_address(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )


def device_of(request: HttpRequest, login_name: str) -> str:
    """The device's own name when it signed in to this very account before; empty otherwise."""
    held = request.COOKIES.get(DEVICE_COOKIE, "")
    try:
        login_held, device = signing.loads(held, salt=DEVICE_SALT, max_age=DEVICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if login_held == people.token_hash(login_name) else ""


def remember_device(response: HttpResponse, login_name: str, *, is_secure: bool) -> None:
    """Let this device try the login's password without waiting behind strangers."""
    value = signing.dumps([people.token_hash(login_name), people.new_token()], salt=DEVICE_SALT)
    response.set_cookie(
        DEVICE_COOKIE,
        value,
        max_age=DEVICE_SECONDS,
        path="/login/",
        secure=is_secure,
        httponly=True,
        samesite="Lax",
    )


class SessionLimitsMiddleware:
    """Ends officers' sessions that idled or lasted too long; sends new accounts to their password."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            if _is_over(request, now):
                logout(request)
                request.user = AnonymousUser()
                request.actor = ANONYMOUS  # type: ignore[attr-defined]
            elif now - request.session.get(SEEN, 0) > FRESH_SECONDS:
                request.session[SEEN] = now
        if _must_change(request):
            return HttpResponseRedirect(reverse("enterprises:password"))
        return self.get_response(request)


def _is_over(request: HttpRequest, now: int) -> bool:
    """Whether an officer's or administrator's session is past its limits. Source: ASVS 7.3."""
    session = request.session
    if not session.get(STAFF, True):
        return False
    # A session begun elsewhere (a command, a test) counts from its first page.
    since = session.setdefault(SINCE, now)
    seen = session.get(SEEN, now)
    return bool(now - seen > IDLE_SECONDS or now - since > ABSOLUTE_SECONDS)


def _must_change(request: HttpRequest) -> bool:
    if not getattr(request.user, "must_change_password", False):
        return False
    allowed = (reverse("enterprises:password"), reverse("enterprises:logout"))
    return not request.path.startswith((*allowed, "/static/", "/help/"))
