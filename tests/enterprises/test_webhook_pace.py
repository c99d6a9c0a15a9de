"""How long an address that fails rests, and how long a look-up may take."""

import threading
import time
from datetime import timedelta

import pytest

from enterprises.rules import webhooks as rules
from enterprises.webhook_sender import NotArrived, Sender
from tests.builders.enterprises import AT

URL = "https://erp.example.com/shilian"
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    ("failing", "rest"),
    [
        (timedelta(), timedelta(minutes=1)),
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(minutes=2), timedelta(minutes=2)),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=1)),
    ],
)
def test_the_longer_an_address_fails_the_longer_it_rests(failing, rest):
    assert rules.rest(AT - failing, at=AT) == rest


def test_a_lookup_that_never_ends_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("enterprises.webhook_sender.LOOKUP_SECONDS", 0.05)
    never = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        never.wait(20)
        return [PUBLIC]

    start = time.monotonic()
    with pytest.raises(NotArrived, match="域名解析"):
        Sender(resolve).send(URL, b"", {})
    assert time.monotonic() - start < 10
    never.set()
