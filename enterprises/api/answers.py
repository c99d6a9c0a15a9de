"""What every endpoint answers to a fault: problem JSON (RFC 9457) with our problem codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from enterprises.actor import Forbidden, OutOfScope
from enterprises.api.authentication import CHALLENGE
from enterprises.operations.api_requests import Unsigned
from enterprises.operations.rate_limits import TooMany
from shilian.problems import Problem, Rejected

PROBLEM_TYPE = "application/problem+json"
TITLES = {
    400: "请求写得不对。",
    401: "请先登录。",
    403: "您没有这项权限。",
    404: "没有找到，或者不在您的辖区。",
    405: "这个地址不支持这种请求。",
    406: "只能用 JSON 回答。",
    409: "同一个请求正在处理。",
    413: "内容太大。",
    415: "只接受 JSON。",
    422: "内容没有通过检查。",
    429: "请求太频繁，请稍后再试。",
    503: "平台暂时不能处理。",
}


class Faulty(Rejected):
    """A request refused for a reason of its own, with the status that says so."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__([Problem(code, field, message)])
        self.status = status


def answer_fault(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error of a view; None for one that nobody expects."""
    if isinstance(error, Unsigned):
        return _unsigned(error)
    if isinstance(error, TooMany):
        answer = problem(HTTPStatus.TOO_MANY_REQUESTS, error.problems)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if isinstance(error, Faulty):
        return problem(error.status, error.problems)
    if isinstance(error, Rejected):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.problems)
    if isinstance(error, OutOfScope | Http404):
        return problem(HTTPStatus.NOT_FOUND)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return problem(HTTPStatus.UNAUTHORIZED)
    if isinstance(error, Forbidden | PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code)
    return None


def _unsigned(error: Unsigned) -> Response:
    answer = problem(error.status, error.problems, canonical=error.canonical)
    if error.status == HTTPStatus.UNAUTHORIZED:
        answer.data["title"] = "签名没有通过核对。"
        answer.headers["WWW-Authenticate"] = CHALLENGE
    return answer


def problem(status: int, problems: list[Problem] | None = None, **more: Any) -> Response:
    """A body that says what is wrong, each problem with its code, field and sentence."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, TITLES[400]),
        "status": int(status),
    }
    if problems:
        body["problems"] = [told(each) for each in problems]
    body |= {name: value for name, value in more.items() if value}
    return Response(body, status=status, content_type=PROBLEM_TYPE)


def told(each: Problem) -> dict[str, str]:
    """A problem as every answer tells it; of a warning it is said that it is one."""
    said = {"code": each.code, "field": each.field, "message": each.message}
    return said | {"severity": "warning"} if each.is_warning else said
