from __future__ import annotations

import time

from django.core.cache import caches
from django.test import override_settings

AWAY = {
    "default": {
        "BACKEND": "shilian.cache.ForgivingRedisCache",
        "LOCATION": "unix:///nowhere/redis.sock",
    }
}


@override_settings(CACHES=AWAY)
def test_a_cache_that_is_away_finds_nothing_and_keeps_nothing():
    cache = caches["default"]

    cache.set("键", 1, 60)

    assert cache.get("键") is None
    assert cache.get("键", "另") == "另"
    assert cache.get_many(["键"]) == {}
    assert cache.get_or_set("键", lambda: 5) == 5
    assert cache.delete("键") is False


def test_a_cache_that_is_there_keeps(servers):
    cache = caches["default"]

    cache.set("键", {"数": 1}, 60)

    assert cache.get("键") == {"数": 1}


def test_the_platforms_cache_gives_up_at_once(settings):
    location = {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}
    started = time.monotonic()

    with override_settings(CACHES={"default": location}):
        assert caches["default"].get("键") is None

    assert time.monotonic() - started < 0.5
