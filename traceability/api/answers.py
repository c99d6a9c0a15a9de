"""What every endpoint answers to a fault: problem JSON (RFC 9457) with our problem codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from enterprises.actor import Forbidden, OutOfScope
from shilian.problems import Problem, Rejected

PROBLEM_TYPE = "application/problem+json"
TITLES = {
    400: "请求写得不对。",
    401: "请先登录。",
    403: "您没有这项权限。",
    404: "没有找到，或者不在您的辖区。",
    405: "这个地址不支持这种请求。",
    406: "只能用 JSON 回答。",
    415: "只接受 JSON。",
    422: "内容没有通过检查。",
    429: "请求太频繁，请稍后再试。",
}


def answer_fault(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error of a view; None for one that nobody expects."""
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


def problem(status: int, problems: list[Problem] | None = None) -> Response:
    """A body that says what is wrong, each problem with its code, field and sentence."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, TITLES[400]),
        "status": int(status),
    }
    if problems:
        body["problems"] = [
            {"code": each.code, "field": each.field, "message": each.message} for each in problems
        ]
    return Response(body, status=status, content_type=PROBLEM_TYPE)
