"""Error pages in Chinese: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template import loader


@dataclass(frozen=True, slots=True)
class ErrorPage:
    title: str
    text: str
    advice: tuple[str, ...] = ()


PAGES = {
    400: ErrorPage(
        "这个请求看不懂",
        "发来的内容不完整或格式不对，没有保存任何东西。",
        ("返回上一页，刷新后再试一次。", "如果是从别处复制的网址，请检查是否复制完整。"),
    ),
    403: ErrorPage(
        "您没有做这件事的权限",
        "这个操作需要别的岗位来办，没有改动任何内容。",
        (
            "如果您认为应该有权限，请联系本单位管理员调整岗位。",
            "也可能是登录的账号不对，请退出后换账号登录。",
        ),
    ),
    404: ErrorPage(
        "没有找到这一页",
        "网址可能写错了，或者内容不在您的查看范围内。",
        ("检查网址，或回到首页重新查找。",),
    ),
    413: ErrorPage(
        "提交的内容太大",
        "超过了能接收的大小，没有保存任何东西。",
        ("照片请先在相册里压缩，或用手机重新拍一张。", "表格太大时，请按月份分成几个文件再传。"),
    ),
    429: ErrorPage(
        "操作太频繁，请稍等",
        "为了保护账号安全，短时间内的尝试次数有限制。",
        ("请过几分钟再试。", "忘记密码时，用手机验证码重新设置更快。"),
    ),
    500: ErrorPage(
        "系统出了点问题",
        "这不是您的操作造成的，问题已经记录下来。",
        ("请过一会儿再试一次。", "填到一半的内容保存在这台设备上，重新打开页面会自动恢复。"),
    ),
}
STALE = ErrorPage(
    "页面放得太久了",
    "为了安全，这一页需要重新打开，刚才的内容没有提交。",
    ("返回上一页并刷新，填过的内容会自动恢复，再点一次提交。",),
)
NO_COOKIES = ErrorPage(
    "浏览器没有保存登录信息",
    "提交表单需要浏览器允许 Cookie，现在它被关掉了。",
    ("请在浏览器设置里允许本站使用 Cookie，然后刷新页面再试。",),
)


def error_response(
    request: HttpRequest, status: int, page: ErrorPage | None = None, retry_after: int | None = None
) -> HttpResponse:
    """The page for the status. Units: ``retry_after`` in seconds."""
    context = {"page": page or PAGES[status], "status": status, "retry_after": retry_after}
    body = loader.render_to_string("errors/error.html", context)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django hands every refused request here, also one that was only too large."""
    return error_response(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 404)


def too_many(request: HttpRequest, retry_after: int = 60) -> HttpResponse:
    return error_response(request, 429, retry_after=retry_after)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    page = NO_COOKIES if reason == REASON_NO_CSRF_COOKIE else STALE
    return error_response(request, 403, page)
