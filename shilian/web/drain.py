"""Reads what a refused request still sends, so that the browser gets to read the refusal.

A server that answers and closes while the client is still sending resets the connection: instead
of our page the person sees the browser's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore, Thread
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# A read returns only once all it asked for is there: of a client that trickles, little is asked.
CHUNK = 4 * 1024
# What is longer or slower than this is not a person with a large file.
MOST_BYTES = 64 * 1024 * 1024
MOST_SECONDS = 30.0
# A client that falls silent holds a reader until it goes away, and never a thread of the server.
READERS = BoundedSemaphore(4)


class DrainedBody:
    """A WSGI wrapper: whatever the application left of the request's body is read and dropped."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = self.application(environ, start_response)
        if environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING"):
            drain_beside(environ["wsgi.input"])
        return response


def drain_beside(body: Any) -> bool:
    """Have the rest read by a thread of its own; whether it came to its end within the time.

    While every reader waits for a silent client nothing is read: the refusal may then be lost.
    """
    if not READERS.acquire(blocking=False):
        return False
    reader = Thread(target=_drain_and_free, args=[body], name="drain", daemon=True)
    reader.start()
    reader.join(MOST_SECONDS)
    return not reader.is_alive()


def _drain_and_free(body: Any) -> None:
    try:
        drain(body)
    finally:
        READERS.release()


def drain(body: Any) -> int:
    """Read the rest of the body, within bounds; how many bytes that were."""
    dropped, until = 0, time.monotonic() + MOST_SECONDS
    while dropped < MOST_BYTES and time.monotonic() < until:
        chunk = body.read(CHUNK)
        if not chunk:
            break
        dropped += len(chunk)
    return dropped
