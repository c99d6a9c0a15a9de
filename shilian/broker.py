"""Redis as the platform uses it: an answer at once, or none."""

from __future__ import annotations

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_SECONDS = 2
# The client's own default waits for seconds between tries, with a person waiting for the page.
NO_RETRY = Retry(NoBackoff(), 0)


def client() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=NO_RETRY,
    )


def answers() -> bool:
    """Whether Redis is there now."""
    try:
        with client() as connection:
            return bool(connection.ping())
    except (RedisError, OSError):
        return False
