"""Builds ``request.actor`` and turns refusals from below into answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from enterprises.actor import ANONYMOUS, Actor, Forbidden, OutOfScope, actor_for


def client_address(request: HttpRequest) -> str:
    """The address of the client, as our own outermost proxy saw it."""
    return address_of(request.META)


def address_of(environ: Mapping[str, Any]) -> str:
    """The same from the bare environment of a request.

    Without proxies of ours a forwarded header is the client's own claim and is not read.
    """
    hops = settings.PROXY_COUNT
    forwarded = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if hops and len(forwarded) >= hops and forwarded[-hops]:
        return str(forwarded[-hops])
    return str(environ.get("REMOTE_ADDR", ""))


def _actor_of(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return ANONYMOUS
    return actor_for(
        request.user,
        acting_for=request.session.get("acting_for"),
        request_id=request.request_id,  # type: ignore[attr-defined]
        address=client_address(request),
    )


class ActorMiddleware:
    """``request.actor`` for every view, built when first used; foreign objects answer 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = secrets.token_hex(8)  # type: ignore[attr-defined]
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            # Private pages stay out of shared caches and out of the back button after logout.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, OutOfScope):
            raise Http404 from error
        if isinstance(error, Forbidden):
            raise PermissionDenied from error
