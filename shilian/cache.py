"""The shared cache, for which losing Redis costs time and never an answer."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class _ForgivingClient(RedisCacheClient):
    """Reads find nothing and writes do nothing while Redis is away."""

    def add(self, key: str, value: Any, timeout: int | None) -> bool:
        return bool(_or(False, super().add, key, value, timeout))

    def get(self, key: str, default: Any) -> Any:
        return _or(default, super().get, key, default)

    def set(self, key: str, value: Any, timeout: int | None) -> None:
        _or(None, super().set, key, value, timeout)

    def touch(self, key: str, timeout: int | None) -> bool:
        return bool(_or(False, super().touch, key, timeout))

    def delete(self, key: str) -> bool:
        return bool(_or(False, super().delete, key))

    def get_many(self, keys: Any) -> dict[str, Any]:
        found: dict[str, Any] = _or({}, super().get_many, keys)
        return found

    def has_key(self, key: str) -> bool:
        return bool(_or(False, super().has_key, key))

    def set_many(self, data: dict[str, Any], timeout: int | None) -> None:
        _or(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        _or(None, super().delete_many, keys)

    def clear(self) -> bool:
        return bool(_or(False, super().clear))


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "not cached" when Redis does not answer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient


def _or(otherwise: Any, call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except (RedisError, OSError) as error:
        log.warning("cache away: %s", type(error).__name__)
        return otherwise
