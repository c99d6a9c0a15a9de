"""The shared cache, for which losing Redis costs time and never an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _forgiving(name: str, nothing: Any) -> Callable[..., Any]:
    """The client's operation, which answers ``nothing`` when Redis does not answer."""
    operation = getattr(RedisCacheClient, name)

    def call(self: RedisCacheClient, *arguments: Any) -> Any:
        try:
            return operation(self, *arguments)
        except (RedisError, OSError) as error:
            log.warning("cache away: %s", type(error).__name__)
            # A get is told what to answer when there is nothing.
            return arguments[1] if name == "get" else nothing

    return call


class _ForgivingClient(RedisCacheClient):
    """Reads find nothing and writes do nothing while Redis is away."""

    add = _forgiving("add", False)
    get = _forgiving("get", None)
    set = _forgiving("set", None)
    touch = _forgiving("touch", False)
    delete = _forgiving("delete", False)
    get_many = _forgiving("get_many", {})
    has_key = _forgiving("has_key", False)
    set_many = _forgiving("set_many", None)
    delete_many = _forgiving("delete_many", None)
    clear = _forgiving("clear", False)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "not cached" when Redis does not answer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient
