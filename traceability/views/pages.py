"""What all pages of an operator share: who may open them, and what the frame around them shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from enterprises.models import Operator
from enterprises.queries import own
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from traceability.queries import incoming

View = Callable[..., HttpResponseBase]
KEPT = "kept"
KEPT_LENGTH = 4000
NOT_KEPT = {"csrfmiddlewaretoken", "submit_key", "confirmed"}


def operator_page(permission: Permission) -> Callable[[View], View]:
    """A page of the operator that the person acts for; the view gets it as second argument.

    Strangers sign in first and find their half-filled form again; officers are refused.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = request.actor
            if actor.is_anonymous:
                return _to_login(request)
            operator = own.own_operator(actor) if actor.is_operator else None
            if operator is None:
                raise PermissionDenied
            actor.require(permission, on=operator)
            return view(request, operator, *args, **kwargs)

        return guarded

    return decorate


def _to_login(request: Visit) -> HttpResponse:
    """The login page; a fragment's request sends the whole page there."""
    answer = redirect_to_login(address_with_form(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
    return answer


def address_with_form(request: Visit) -> str:
    """Where to come back to after signing in; what was typed travels in the address."""
    if request.method != "POST":
        return request.get_full_path()
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_KEPT and value
    ]
    query = urlencode([*typed, (KEPT, "1")])
    return f"{request.path}?{query}" if len(query) <= KEPT_LENGTH else request.path


def page(
    request: Visit,
    operator: Operator,
    template: str,
    context: dict[str, Any],
    *,
    tab: str = "",
    back: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page in the operator's frame. ``back`` is a URL name of this app."""
    actor = request.actor
    frame = {
        "operator": operator,
        "current_tab": tab,
        "back_url": reverse(f"traceability:{back}") if back else "",
        "waiting_count": SimpleLazyObject(lambda: incoming.waiting_count(operator)),
        "operators": SimpleLazyObject(lambda: _operators(request, operator)),
        "may_manage": actor.may(Permission.MANAGE_CLERKS),
    }
    return render(request, template, {**frame, **context}, status=status)


def _operators(request: Visit, operator: Operator) -> list[Operator]:
    actor = request.actor
    return own.own_operators(actor) if len(actor.scope.operator_ids) > 1 else [operator]


def is_kept(request: Visit) -> bool:
    """Whether the page was opened with a form that waited for its person to sign in again."""
    return KEPT in request.GET
