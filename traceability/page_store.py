"""Finished public pages of batches: kept in Redis for a minute, and in the process for a second.

Pages are kept compressed, ready to be sent. Losing Redis costs time and never an answer.
"""

from __future__ import annotations

import gzip
import logging
import time
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from shilian import broker

log = logging.getLogger(__name__)

KEPT_SECONDS = 60
NEAR_SECONDS = 1.0
NEAR_LIMIT = 2_000
# After a failure Redis is left alone this long, so that no reader waits for it.
PAUSE_SECONDS = 5.0
ETAG_LENGTH = 20

_near: dict[int, tuple[float, StoredPage]] = {}
_paused_until = 0.0


class StoredPage(NamedTuple):
    """A page ready to be sent: its status, its tag and its compressed bytes."""

    status: int
    etag: str
    gzipped: bytes

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.gzipped)


def page(status: int, html: str) -> StoredPage:
    body = html.encode()
    # No time in the header: the same page has the same bytes in every process.
    return StoredPage(
        status, sha256(body).hexdigest()[:ETAG_LENGTH], gzip.compress(body, 6, mtime=0)
    )


def fetch(batch_id: int) -> StoredPage | None:
    """The page of the batch if one is kept; None also while Redis is away."""
    moment = time.monotonic()
    near = _near.get(batch_id)
    if near is not None and near[0] > moment:
        return near[1]
    packed = _from_redis(batch_id, moment)
    if packed is None:
        return None
    found = StoredPage(
        int(packed[:3]), packed[3 : 3 + ETAG_LENGTH].decode(), packed[3 + ETAG_LENGTH :]
    )
    _keep_near(batch_id, found, moment)
    return found


def keep(batch_id: int, finished: StoredPage) -> None:
    packed = f"{finished.status}{finished.etag}".encode() + finished.gzipped
    _keep_near(batch_id, finished, time.monotonic())
    try:
        redis().set(_key(batch_id), packed, ex=KEPT_SECONDS)
    except (RedisError, OSError) as error:
        _pause(error)


def forget(batch_ids: Iterable[int]) -> None:
    """Drop the pages of batches that changed; other processes follow within a second."""
    ids = list(batch_ids)
    for batch_id in ids:
        _near.pop(batch_id, None)
    if not ids:
        return
    try:
        redis().delete(*map(_key, ids))
    except (RedisError, OSError) as error:
        _pause(error)


def clear_near() -> None:
    """Forget what this process holds itself; Redis keeps its pages."""
    global _paused_until
    _near.clear()
    _paused_until = 0.0


@cache
def redis() -> Redis:
    return broker.client()


def is_paused() -> bool:
    return time.monotonic() < _paused_until


def _key(batch_id: int) -> str:
    return f"shilian:origin:{batch_id}"


def _from_redis(batch_id: int, moment: float) -> bytes | None:
    if moment < _paused_until:
        return None
    try:
        found: bytes | None = redis().get(_key(batch_id))  # type: ignore[assignment]
    except (RedisError, OSError) as error:
        _pause(error)
        return None
    return found


def _keep_near(batch_id: int, finished: StoredPage, moment: float) -> None:
    if len(_near) >= NEAR_LIMIT:
        _near.clear()
    _near[batch_id] = (moment + NEAR_SECONDS, finished)


def _pause(error: Exception) -> None:
    global _paused_until
    _paused_until = time.monotonic() + PAUSE_SECONDS
    log.warning("public pages without Redis: %s", type(error).__name__)
