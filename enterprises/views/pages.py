"""What the pages of this app share: who may open them, and where one goes after signing in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme

from enterprises.actor import Actor
from enterprises.roles import ADMIN_ROLES, Permission
from shilian.problems import Problem
from shilian.web.forms import TidyForm

View = Callable[..., HttpResponseBase]


class Visit(HttpRequest):
    """A request as our middleware leaves it."""

    actor: Actor
    request_id: str


def signed_in(permission: Permission | None = None) -> Callable[[View], View]:
    """The page is for people who signed in and hold the permission; strangers sign in first.

    Raises: Forbidden.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.actor.is_anonymous:
                return _to_login(request)
            if permission is not None:
                request.actor.require(permission)
            response = view(request, *args, **kwargs)
            patch_cache_control(response, private=True, no_store=True)
            return response

        return guarded

    return decorate


def _to_login(request: Visit) -> HttpResponse:
    """The login page; a fragment's request sends the whole page there."""
    answer = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
    return answer


def home_of(actor: Actor) -> str:
    """Where the actor's day starts."""
    if actor.is_operator:
        return _address("traceability:home", "/my/")
    if actor.may(Permission.PREPARE_BULLETIN):
        return _address("supervision:province", "/taskforce/")
    if actor.is_officer:
        return _address("supervision:dashboard", "/bureau/")
    if actor.roles & ADMIN_ROLES:
        return reverse("enterprises:system")
    return reverse("enterprises:account")


def _address(name: str, otherwise: str) -> str:
    """An upper app's page by its name, or by the path agreed for it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return otherwise


def next_address(request: HttpRequest, otherwise: str) -> str:
    """The address that waited for the person to sign in, when it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else otherwise


def tell(request: HttpRequest, problems: Iterable[Problem]) -> None:
    """Say at the top of the next page why an action without a form of its own was refused."""
    for text in dict.fromkeys(problem.message for problem in problems):
        messages.error(request, text)


def refused(form: TidyForm, problems: Iterable[Problem]) -> TidyForm:
    """The form with the problems at their fields."""
    form.add_problems(problems)
    return form
