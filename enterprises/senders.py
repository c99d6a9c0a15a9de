"""How a code reaches a phone: an SMS gateway, or in the demonstration the page itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from shilian import clock

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 6


class NotSent(Exception):
    """The gateway did not take the message; ``code`` says why: refused, unreachable, not set up."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Sent:
    """``shown`` is the code when the page itself must show it, empty otherwise."""

    shown: str = ""


class Sender(Protocol):
    def send(self, *, phone: str, code: str, minutes: int) -> Sent:
        """Send the code to the phone. Raises: NotSent."""
        ...


class DemonstrationSender:
    """Sends nothing; the page shows the code, labelled 演示."""

    def send(self, *, phone: str, code: str, minutes: int) -> Sent:
        return Sent(shown=code)


class NoSender:
    """A platform on its own database without a gateway: nobody may see codes, so none are made."""

    def send(self, *, phone: str, code: str, minutes: int) -> Sent:
        raise NotSent("not_set_up")


@dataclass(frozen=True, slots=True)
class HttpSender:
    """Posts JSON to a gateway, signed so that it can tell us from others.

    ``X-Signature`` is HMAC-SHA256 over ``timestamp.body`` with the shared key; any 2xx is success.
    """

    url: str
    key: str
    signature: str

    def send(self, *, phone: str, code: str, minutes: int) -> Sent:
        text = (
            f"【{self.signature}】验证码 {code}，{minutes} 分钟内有效。工作人员不会向您索要验证码。"
        )
        body = json.dumps({"phone": phone, "code": code, "text": text}, ensure_ascii=False).encode()
        stamp = str(int(clock.now().timestamp()))
        digest = hmac.new(self.key.encode(), stamp.encode() + b"." + body, hashlib.sha256)
        request = urllib.request.Request(
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Timestamp": stamp,
                "X-Signature": digest.hexdigest(),
            },
        )
        self._post(request)
        return Sent()

    def _post(self, request: urllib.request.Request) -> None:
        # Neither proxies from the environment nor redirects: the message goes where it was set to.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as error:
            log.warning("SMS gateway answered %s", error.code)
            error.close()
            raise NotSent("refused") from None
        except (urllib.error.URLError, OSError) as error:
            log.warning("SMS gateway unreachable: %s", type(error).__name__)
            raise NotSent("unreachable") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def current() -> Sender:
    """The sender that the settings name."""
    if settings.SMS_SENDER == "http":
        return HttpSender(settings.SMS_URL, settings.SMS_KEY, settings.SMS_SIGNATURE)
    return DemonstrationSender() if settings.SMS_SENDER == "demonstration" else NoSender()
