"""Token buckets in the database: counting before anything dear, surviving the loss of the cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db import connection

from enterprises.models import RateBucket
from shilian.db.readonly import writes_allowed
from shilian.problems import Problem, Rejected

TAKE = """
INSERT INTO enterprises_ratebucket AS bucket (key, tokens, updated_at)
VALUES (%(key)s, %(capacity)s - 1, %(at)s)
ON CONFLICT (key) DO UPDATE SET
    tokens = LEAST(%(capacity)s, bucket.tokens
        + GREATEST(0, EXTRACT(EPOCH FROM %(at)s - bucket.updated_at)) / %(seconds)s) - 1,
    updated_at = GREATEST(bucket.updated_at, %(at)s)
WHERE LEAST(%(capacity)s, bucket.tokens
        + GREATEST(0, EXTRACT(EPOCH FROM %(at)s - bucket.updated_at)) / %(seconds)s) >= 1
RETURNING tokens
"""
GIVE_BACK = "UPDATE enterprises_ratebucket SET tokens = tokens + 1 WHERE key = %s"


@dataclass(frozen=True, slots=True)
class Limit:
    """``capacity`` at once, then one every ``seconds``."""

    name: str
    capacity: int
    seconds: float

    def key(self, *about: str) -> str:
        """The bucket's key; what it is about is kept as a digest, for it may be a phone number."""
        digest = hashlib.sha256("\x00".join(about).encode()).hexdigest()[:32]
        return f"{self.name}:{digest}"


class TooMany(Rejected):
    """A bucket is empty. Units: ``retry_after`` in seconds."""

    def __init__(self, problem: Problem, retry_after: int) -> None:
        super().__init__([problem])
        self.retry_after = retry_after


def take(limit: Limit, *about: str, at: datetime) -> bool:
    """Take one token; False when there is none. Cost: one statement, one row lock."""
    with writes_allowed(), connection.cursor() as cursor:
        cursor.execute(TAKE, asked(limit, *about, at=at))
        return cursor.fetchone() is not None


def asked(limit: Limit, *about: str, at: datetime) -> dict[str, Any]:
    """The parameters of ``TAKE``, for a statement that does more than to take a token."""
    return {
        "key": limit.key(*about),
        "capacity": float(limit.capacity),
        "seconds": limit.seconds,
        "at": at,
    }


def give_back(limit: Limit, *about: str) -> None:
    """Return a token that turned out to be rightly used; the next ``take`` caps what is too much."""
    with writes_allowed(), connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [limit.key(*about)])


def require(limit: Limit, *about: str, at: datetime, message: str, field: str = "") -> None:
    """Raises: TooMany with the message when the bucket is empty."""
    if not take(limit, *about, at=at):
        raise TooMany(Problem("too_many_attempts", field, message), ceil(limit.seconds))


def forget_full(*, before: datetime) -> int:
    """Delete buckets untouched since then; they are full again. Gives how many."""
    count, _ = RateBucket.objects.filter(updated_at__lt=before).delete()
    return count
