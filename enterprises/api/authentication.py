"""Signed requests for Django REST framework: JSON only, a body within bounds, a caller."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from enterprises.middleware import client_address
from enterprises.operations import api_requests
from enterprises.operations.api_requests import Caller, Unsigned
from enterprises.rules.signing import Envelope, Message
from shilian import clock
from shilian.problems import Problem

CHALLENGE = 'Shilian-Signature realm="api"'
# A full batch of long items is a tenth of this.
MOST_BYTES = 5 * 1024 * 1024
HEADERS = ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature")


class KeyUser:
    """What REST framework takes for the user of a signed request."""

    is_authenticated = True
    is_active = True
    pk = None


class SignedRequest(BaseAuthentication):
    """Accepts requests that carry a signature; leaves the others to whatever comes next."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Raises: Unsigned, TooMany."""
        if not any(header in request.headers for header in HEADERS):
            return None
        plain = request._request
        caller = api_requests.authenticate(
            _message(plain),
            Envelope(*(plain.headers.get(header, "").strip() for header in HEADERS)),
            at=clock.now(),
            request_id=plain.request_id,  # type: ignore[attr-defined]
            address=client_address(plain),
        )
        # Whatever is asked for is read with the narrow sight; uploads take the caller's own actor.
        plain.actor = caller.reader  # type: ignore[attr-defined]
        return KeyUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class IsSigned(BasePermission):
    """Only for systems; a person with a session uses the pages."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises: Unsigned when the request carries no signature."""
        if isinstance(request.auth, Caller):
            return True
        message = "这个接口只接受签名的请求；怎样签名见接口说明（/api/）第二节。"
        raise Unsigned([Problem("signature_missing", "X-Signature", message)])


def _message(request: HttpRequest) -> Message:
    return Message(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        body=_body(request),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )


def _body(request: HttpRequest) -> bytes:
    """The body as it came, never more than the bound. Raises: Unsigned."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    try:
        if length.isdigit() and int(length) > MOST_BYTES:
            raise RequestDataTooBig
        return request.body
    except RequestDataTooBig:
        message = f"一次请求的内容最多 {MOST_BYTES // 1024 // 1024} 兆字节，请分成几批上传。"
        problem, status = (
            Problem("body_too_large", "", message),
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    except UnreadablePostError:
        message = "请求的内容没有收全，请重新发送。"
        problem, status = Problem("body_incomplete", "", message), HTTPStatus.BAD_REQUEST
    raise Unsigned([problem], status=status)
