"""A request that is too large is answered with a page, not with a broken connection."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.conf import settings

from shilian.embedded.leash import leashed
from shilian.embedded.processes import web
from shilian.web import drain

MEGABYTE = 1024 * 1024


@pytest.fixture
def port(django_db_setup: None, child_environment: dict[str, str]) -> Iterator[int]:
    """The real web server, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [str(number) if part == str(settings.PORT) else part for part in web().command]
    server = subprocess.Popen(leashed(command), cwd=settings.BASE_DIR, env=child_environment)
    try:
        _wait_for(number)
        yield number
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)


def post(port: int, size: int) -> str:
    """The whole answer to a form of that size, sent to its last byte before anything is read."""
    head = (
        f"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Cookie: {settings.CSRF_COOKIE_NAME}={'a' * 32}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(size // MEGABYTE):
            connection.sendall(b"a" * MEGABYTE)
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts).decode()


def test_a_form_that_is_too_large_gets_a_page_that_says_so(port: int) -> None:
    answer = post(port, 12 * MEGABYTE)

    assert answer.startswith("HTTP/1.1 413")
    assert "提交的内容太大" in answer


@pytest.mark.parametrize(("size", "dropped"), [(0, 0), (3, 3), (9, 8)])
def test_no_more_is_read_than_the_bound(
    size: int, dropped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "CHUNK", 2)
    monkeypatch.setattr(drain, "MOST_BYTES", 8)

    assert drain.drain(io.BytesIO(b"a" * size)) == dropped


def test_a_client_that_trickles_is_heard_no_longer_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Trickle:
        def read(self, size: int) -> bytes:
            time.sleep(size * 0.0001)
            return b"a" * size

    monkeypatch.setattr(drain, "MOST_SECONDS", 0.1)
    began = time.monotonic()

    drain.drain(Trickle())

    assert time.monotonic() - began < 2


def refusal(body: Any) -> float:
    """How long the server's thread is with a refused request whose rest is this body."""
    began = time.monotonic()
    refused = drain.DrainedBody(lambda environ, start: [b"refused"])
    environ = {"CONTENT_LENGTH": "100", "wsgi.input": body}
    assert list(refused(environ, lambda *_: None)) == [b"refused"]
    return time.monotonic() - began


def test_a_client_that_falls_silent_holds_no_thread_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain, "MOST_SECONDS", 0.5)
    monkeypatch.setattr(drain, "READERS", BoundedSemaphore(1))
    reading, writing = os.pipe()
    with open(reading, "rb") as silent:
        waited = refusal(silent)
        at_once = refusal(io.BytesIO(b"a" * 100))
        os.close(writing)
        assert drain.READERS.acquire(timeout=10)

    assert 0.5 <= waited < 5
    assert at_once < 0.5
