"""Sends one message to one webhook: to a public address only, looked up once and held on to."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from urllib.parse import urlsplit

from enterprises.rules import webhooks as rules

CONNECT_SECONDS = 5.0
LOOKUP_SECONDS = 5.0
WHOLE_SECONDS = 10.0
MOST_READ = 4_096

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]


class NotArrived(Exception):
    """The message was not taken; the sentence says why, ``status`` what the other side answered."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        self.sentence = sentence
        self.status = status
        super().__init__(sentence)


def resolve(host: str, port: int) -> list[str]:
    """Every address of the host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def connect(address: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=timeout)


@dataclass(frozen=True, slots=True)
class Sender:
    """``resolve`` and ``connect`` are how it reaches the network."""

    resolve: Resolve = resolve
    connect: Connect = connect
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post the body; the status of an answer that took it (2xx).

        Raises: NotArrived for everything else, redirects included.
        """
        if problems := rules.check_address(url):
            raise NotArrived(problems[0].message)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        target = parts.path or "/"
        target = f"{target}?{parts.query}" if parts.query else target
        opened = self._open(host, port)
        # A server that answers a byte at a time is not waited for byte by byte.
        timer = Timer(WHOLE_SECONDS, _hang_up, [opened])
        timer.daemon = True
        timer.start()
        try:
            return self._post(opened, host, port, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise NotArrived(_reason(error)) from None
        finally:
            timer.cancel()
            opened.close()

    def _open(self, host: str, port: int) -> socket.socket:
        """A connection to the address that was looked at, so that no second answer can differ."""
        try:
            addresses = _in_time(self.resolve, host, port)
        except (OSError, UnicodeError):
            raise NotArrived("域名解析不到地址。") from None
        if not addresses or not all(map(rules.is_public, addresses)):
            raise NotArrived("域名指向内网或保留地址，不予发送。")
        try:
            return self.connect(addresses[0], port, CONNECT_SECONDS)
        except OSError:
            raise NotArrived("连不上对方的服务器。") from None

    def _post(
        self,
        opened: socket.socket,
        host: str,
        port: int,
        target: str,
        body: bytes,
        headers: dict[str, str],
    ) -> int:
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        opened.settimeout(CONNECT_SECONDS)
        connection.sock = self.context.wrap_socket(opened, server_hostname=host)
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(MOST_READ)
        finally:
            connection.close()
        if 200 <= answer.status < 300:
            return answer.status
        if 300 <= answer.status < 400:
            raise NotArrived("对方要求转到别的地址，不予跟随；请登记最终的地址。", answer.status)
        raise NotArrived(f"对方回答了 {answer.status}，应回答 200 到 299。", answer.status)


def _in_time(resolve: Resolve, host: str, port: int) -> list[str]:
    """What the lookup says; TimeoutError when it says nothing for too long.

    The system's own lookup knows no limit, so it is left to a thread that nobody waits for.
    """
    said: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            said.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            said.put(error)

    Thread(target=look, daemon=True).start()
    try:
        answer = said.get(timeout=LOOKUP_SECONDS)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _hang_up(opened: socket.socket) -> None:
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "对方的 HTTPS 证书没有通过核对。"
    if isinstance(error, TimeoutError):
        return "对方没有在规定时间内回答。"
    return "连接中断，或对方的回答不对。"
