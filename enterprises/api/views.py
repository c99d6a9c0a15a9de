"""What every endpoint of the programming interface shares: signed, JSON only, faults as problems."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core import signing
from django.http import HttpResponse
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enterprises.api.answers import PROBLEM_TYPE, Faulty, answer_fault
from enterprises.api.authentication import IsSigned, SignedRequest
from enterprises.operations.api_requests import Caller

PAGE_SIZE = 100
MOST_ON_A_PAGE = 500
CURSOR_SALT = "api list cursor"


class SignedView(APIView):
    """An endpoint for systems alone; ``caller`` is who signed."""

    authentication_classes = [SignedRequest]
    permission_classes = [IsSigned]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_fault

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            _require_json(request)

    @property
    def caller(self) -> Caller:
        caller = self.request.auth
        assert isinstance(caller, Caller)
        return caller


def _require_json(request: Request) -> None:
    """Raises: Faulty for a body that says to be something else."""
    plain = request._request
    if plain.body and (plain.content_type or "").lower() != "application/json":
        message = "请求头 Content-Type 须是 application/json。"
        raise Faulty(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", message, "Content-Type")


def json_answer(text: bytes, status: int) -> HttpResponse:
    """An answer whose JSON is written already."""
    is_problem = status == HTTPStatus.UNPROCESSABLE_ENTITY
    kind = PROBLEM_TYPE if is_problem else "application/json"
    return HttpResponse(text, status=status, content_type=kind)


def page_size(request: Request) -> int:
    """How many rows the caller wants on a page. Raises: Faulty."""
    said = request.query_params.get("limit", str(PAGE_SIZE))
    if said.isascii() and said.isdigit() and 1 <= int(said[:4]) <= MOST_ON_A_PAGE:
        return int(said[:4])
    message = f"limit 须是 1 到 {MOST_ON_A_PAGE} 的整数。"
    raise Faulty(HTTPStatus.BAD_REQUEST, "limit_malformed", message, "limit")


def read_cursor(request: Request) -> int | None:
    """The id below which the page begins; None for the first page. Raises: Faulty."""
    said = request.query_params.get("cursor", "")
    if not said:
        return None
    try:
        return int(signing.loads(said, salt=CURSOR_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        message = "cursor 不对，请原样使用上一页回答里的 next。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "cursor_unknown", message, "cursor") from None


def next_cursor(rows: list[Any], size: int) -> str | None:
    """The cursor of the page after these rows; None when there is none."""
    return signing.dumps(rows[size - 1].pk, salt=CURSOR_SALT) if len(rows) > size else None
