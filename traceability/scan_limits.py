"""How often one address may scan: enough for a family, too little for copying the catalogue.

Counted in the process; only the number of different codes is shared through Redis. The database is
never asked. Source: security.md D16 and threat 30.
"""

from __future__ import annotations

import time
from collections import defaultdict

from redis.exceptions import RedisError

from traceability import page_store

SCANS_PER_MINUTE = 600
CODES_PER_HOUR = 300
PAIRS_REMEMBERED = 200_000
RETRY_AFTER_SECONDS = 60


class ScanLimits:
    """Counts of one process."""

    def __init__(self) -> None:
        self._minute = 0
        self._scans: dict[str, int] = defaultdict(int)
        self._hour = 0
        self._seen: set[tuple[str, int]] = set()
        self._codes: dict[str, int] = defaultdict(int)

    def allow_scan(self, address: str) -> bool:
        """Whether the address has scans left this minute; counts this one."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute = minute
            self._scans.clear()
        self._scans[address] += 1
        return self._scans[address] <= SCANS_PER_MINUTE

    def allow_code(self, address: str, batch_id: int) -> bool:
        """Whether the address may see this batch: one it has seen this hour, or one more."""
        hour = int(time.time() // 3600)
        if hour != self._hour or len(self._seen) >= PAIRS_REMEMBERED:
            self._hour = hour
            self._seen.clear()
            self._codes.clear()
        if (address, batch_id) in self._seen:
            return True
        count = self._count(address, batch_id, hour)
        if count > CODES_PER_HOUR:
            return False
        self._seen.add((address, batch_id))
        self._codes[address] = count
        return True

    def _count(self, address: str, batch_id: int, hour: int) -> int:
        own = self._codes[address] + 1
        if page_store.is_paused():
            return own
        key = f"shilian:scans:{hour}:{address}"
        try:
            with page_store.redis().pipeline(transaction=False) as pipe:
                pipe.sadd(key, batch_id)
                pipe.scard(key)
                pipe.expire(key, 3600)
                return max(own, int(pipe.execute()[1]))
        except (RedisError, OSError):
            return own
