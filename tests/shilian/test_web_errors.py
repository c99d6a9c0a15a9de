from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_NO_CSRF_COOKIE
from django.test import RequestFactory

from shilian.web import errors


@pytest.mark.parametrize("status", sorted(errors.PAGES))
def test_each_error_says_what_to_do_next(status: int) -> None:
    response = errors.error_response(RequestFactory().get("/"), status)

    assert response.status_code == status
    assert "接下来怎么办" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("reason", "title"),
    [(REASON_NO_CSRF_COOKIE, "浏览器没有保存登录信息"), (REASON_BAD_ORIGIN, "页面放得太久了")],
)
def test_a_form_without_its_token_explains_itself(reason: str, title: str) -> None:
    response = errors.csrf_failure(RequestFactory().post("/"), reason)

    assert response.status_code == 403
    assert title in response.content.decode()


def test_too_many_tries_say_when_to_come_back() -> None:
    response = errors.too_many(RequestFactory().get("/"), retry_after=90)

    assert response["Retry-After"] == "90"


@pytest.mark.parametrize(
    ("fault", "status"), [(RequestDataTooBig(), 413), (SuspiciousOperation(), 400), (None, 400)]
)
def test_a_request_that_is_too_large_says_so(fault: Exception | None, status: int) -> None:
    assert errors.bad_request(RequestFactory().post("/"), fault).status_code == status
