"""The public page under load from this process, served by another on one worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from shilian.bench import Metrics
from shilian.embedded.leash import leashed
from traceability.measures.load import LoadFailed, LoadResult, load, request
from traceability.models import Batch
from traceability.rules import codes

BATCHES = 300
ADDRESSES = 2_000
SECONDS = 4.0
WARM_SECONDS = 50.0
ROUNDS = 2
START_SECONDS = 40
PLATFORM = "shilian.wsgi:application"
PEER = "traceability.measures.peer_site:application"


def measure() -> Metrics:
    """Requests a second on one worker core: cached, uncached, refused, and a plain Django view.

    The best of two rounds each, so that another program's burst does not decide.
    """
    ids = list(Batch.objects.order_by("-pk").values_list("pk", "token_salt")[:BATCHES])
    with serving(PLATFORM) as platform, serving(PEER) as peer:
        pages = _scans(ids, platform)
        runs = {
            "cached": (pages, platform, 200),
            "plain": (_plain(ids, peer), peer, 200),
            "uncached": (_scans(ids, peer), peer, 200),
            "refused": (_forged(platform), platform, 404),
        }
        results: dict[str, list[LoadResult]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            _warm(pages, platform)
            for name, (requests, port, _) in runs.items():
                results[name].append(load(requests, port=port, seconds=SECONDS))
    rates = {name: max(r.rate(runs[name][2]) for r in results[name]) for name in runs}
    cached = max(results["cached"], key=lambda r: r.rate(200))
    return {
        "cached_rps": round(rates["cached"]),
        "uncached_rps": round(rates["uncached"]),
        "plain_rps": round(rates["plain"]),
        "refused_rps": round(rates["refused"]),
        "cached_vs_plain": round(rates["cached"] / rates["plain"], 2),
        "cached_vs_uncached": round(rates["cached"] / rates["uncached"], 2),
        "cached_p95_ms": round(cached.p95_ms, 2),
        "uncached_p95_ms": round(min(r.p95_ms for r in results["uncached"]), 2),
        "cached_share_ok": round(cached.statuses.get(200, 0) / sum(cached.statuses.values()), 4),
        "batches": len(ids),
    }


def _scans(ids: list[tuple[int, int]], port: int) -> list[bytes]:
    """Scans of all the batches from many addresses, as they come on a busy day."""
    return [
        request(
            f"/q/{codes.public_code(*ids[n % len(ids)])}", port=port, X_Forwarded_For=_address(n)
        )
        for n in range(max(ADDRESSES, len(ids)))
    ]


def _plain(ids: list[tuple[int, int]], port: int) -> list[bytes]:
    return [request(f"/plain/{id_}", port=port) for id_, _ in ids]


def _forged(port: int) -> list[bytes]:
    code = codes.ALPHABET[10:] + "0000"
    return [
        request(f"/q/{code[n % 26 :]}{code[: n % 26]}", port=port, X_Forwarded_For=_address(n))
        for n in range(ADDRESSES)
    ]


def _address(number: int) -> str:
    return f"10.{number // 65_536 % 256}.{number // 256 % 256}.{number % 256}"


def _warm(requests: list[bytes], port: int) -> None:
    """Every page once, so that the cache holds them all."""
    load(requests, port=port, seconds=WARM_SECONDS, most=BATCHES)


@contextmanager
def serving(application: str) -> Iterator[int]:
    """One worker of the web server over this installation's services; its port."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--blocking-threads", str(settings.WEB_THREADS), "--log-level", "error"),
        *("--blocking-threads-idle-timeout", "600", application),
    ]
    # A proxy of ours in front tells the addresses apart, as in production.
    environment = os.environ | {"SHILIAN_PROXY_COUNT": "1", "SHILIAN_LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(leashed(command), cwd=settings.BASE_DIR, env=environment)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise LoadFailed("the web server did not start")
