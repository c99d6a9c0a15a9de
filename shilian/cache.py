"""The shared cache, for which losing Redis costs time and never an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import redis
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

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._clients: dict[bool, redis.Redis] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> redis.Redis:
        """One client for all calls: making one takes longer than asking Redis.

        Of several replicas a process keeps to the one it met first.
        """
        if write not in self._clients:
            self._clients[write] = super().get_client(key, write=write)
        return self._clients[write]


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "not cached" when Redis does not answer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient
