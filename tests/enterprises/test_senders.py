"""Codes leave through a gateway, signed; what it refuses is said in words."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from enterprises import senders
from enterprises.actor import ANONYMOUS
from enterprises.models import (
    Operator,
    OperatorState,
    Person,
    VerificationCode,
)
from enterprises.operations import registration
from enterprises.operations.registration import Found
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    make_operator,
)

pytestmark = pytest.mark.django_db
PASSWORD = "liangyou88"
PHONE = "13805310001"


def listed(**facts: Any) -> Operator:
    facts = {"code": credit_code(5), "contact_phone": PHONE, "state": OperatorState.LISTED} | facts
    return make_operator(**facts)


def found(operator: Operator) -> Found:
    return Found(operator.credit_code, operator.pk, operator.contact_phone)


def send(operator: Operator, at: Any = AT) -> str:
    return registration.send_activation_code(by=ANONYMOUS, found=found(operator), at=at).shown


def activate(operator: Operator, code: str, *, password: str = PASSWORD, at: Any = AT) -> Person:
    return registration.activate_operator(
        by=ANONYMOUS, found=found(operator), code=code, password=password, at=at
    )


@pytest.fixture
def gateway() -> Iterator[Any]:
    """A gateway on this machine that keeps what it was sent and answers ``status``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.taken.append((dict(self.headers), body))
            self.send_response(server.status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.taken, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def use(settings: Any, gateway: Any) -> None:
    settings.SMS_SENDER = "http"
    settings.SMS_URL = f"http://127.0.0.1:{gateway.server_port}/send"
    settings.SMS_KEY, settings.SMS_SIGNATURE = "shared-key", "食链"


def test_the_gateway_gets_a_signed_message_and_the_page_no_code(
    settings: Any, gateway: Any
) -> None:
    use(settings, gateway)
    operator = listed()

    assert send(operator) == ""

    [(headers, body)] = gateway.taken
    message = json.loads(body)
    signed = headers["X-Timestamp"].encode() + b"." + body
    assert headers["X-Signature"] == hmac.new(b"shared-key", signed, hashlib.sha256).hexdigest()
    assert message["phone"] == PHONE
    assert message["text"].startswith("【食链】验证码 ")
    assert activate(operator, message["code"]).login == PHONE


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_gateway_that_refuses_is_said_in_words(settings: Any, gateway: Any, status: int) -> None:
    use(settings, gateway)
    gateway.status = status
    operator = listed()

    with pytest.raises(Rejected) as refused:
        send(operator)

    assert refused.value.codes == ["code_refused"]
    assert not VerificationCode.objects.exists()
    gateway.status = 200
    assert send(operator) == ""


def test_without_a_gateway_no_code_is_made(settings: Any) -> None:
    settings.SMS_SENDER = "none"

    with pytest.raises(Rejected) as refused:
        send(listed())

    assert refused.value.codes == ["code_not_set_up"]
    assert not VerificationCode.objects.exists()


def test_a_gateway_that_is_down_is_said_in_words() -> None:
    sender = senders.HttpSender("http://127.0.0.1:9/", "k", "食链")

    with pytest.raises(senders.NotSent) as failure:
        sender.send(phone=PHONE, code="000000", minutes=10)

    assert failure.value.code == "unreachable"
