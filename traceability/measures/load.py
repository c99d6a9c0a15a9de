"""A small load generator: many keep-alive connections over plain sockets, one request on each."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from shilian.bench.measure import percentile

CONNECTIONS = 32
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


class LoadFailed(Exception):
    """The server closed a connection or did not answer."""


@dataclass(slots=True)
class LoadResult:
    """What a run brought; only answers with a status that was expected are counted as such."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    taken_ms: list[float] = field(default_factory=list)

    def rate(self, status: int) -> float:
        return self.statuses.get(status, 0) / self.seconds

    @property
    def p95_ms(self) -> float:
        return percentile(self.taken_ms, 95)


@dataclass(slots=True)
class _Line:
    """One connection and the answer that is coming in on it."""

    socket: socket.socket
    started: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    wanted: int = 0


def request(path: str, *, port: int, **headers: str) -> bytes:
    """A GET as a phone's browser sends it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept-Encoding: gzip"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def load(
    requests: Sequence[bytes],
    *,
    port: int,
    seconds: float,
    most: int | None = None,
    connections: int = CONNECTIONS,
) -> LoadResult:
    """Send the requests round and round for so long, or so many of them until all are answered.

    Every connection waits for its answer.
    """
    waiting: Iterator[bytes] = islice(cycle(requests), most)
    result = LoadResult()
    with selectors.DefaultSelector() as selector:
        lines = deque(_open(port) for _ in range(connections))
        started = time.perf_counter()
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            _send_next(line, waiting)
        while time.perf_counter() - started < seconds and len(result.taken_ms) != most:
            for key, _ in selector.select(timeout=seconds):
                if _receive(key.data, result):
                    _send_next(key.data, waiting)
        result.seconds = time.perf_counter() - started
        for line in lines:
            line.socket.close()
    return result


def _open(port: int) -> _Line:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Line(opened)


def _send_next(line: _Line, waiting: Iterator[bytes]) -> None:
    """The next request, if there is one; a signed one must not be sent a second time."""
    content = next(waiting, None)
    if content is None:
        return
    line.received.clear()
    line.wanted = 0
    line.started = time.perf_counter()
    line.socket.sendall(content)


def _receive(line: _Line, result: LoadResult) -> bool:
    """Take what has come; whether the answer is complete."""
    part = line.socket.recv(65_536)
    if not part:
        raise LoadFailed("connection closed")
    line.received += part
    if not line.wanted:
        head = line.received.find(_END_OF_HEAD)
        if head < 0:
            return False
        length = _LENGTH.search(line.received, 0, head)
        line.wanted = head + len(_END_OF_HEAD) + (int(length[1]) if length else 0)
    if len(line.received) < line.wanted:
        return False
    status = int(line.received[9:12])
    result.statuses[status] = result.statuses.get(status, 0) + 1
    result.taken_ms.append((time.perf_counter() - line.started) * 1000)
    return True
