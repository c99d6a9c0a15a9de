"""64-bit, time-ordered ids made by the application.

Layout, high to low: 1 zero bit, 41 bits of milliseconds since EPOCH, 10 bits of worker number,
12 bits of counter. Record tables are range-partitioned by id, one partition a month, so an id also
says which partition holds the row; sequences do not exist on the nodes of a sharded cluster.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

from shilian.embedded.locks import FileLock

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
WORKER_BITS = 10
COUNTER_BITS = 12
SHIFT = WORKER_BITS + COUNTER_BITS
COUNTER_LIMIT = 1 << COUNTER_BITS
DAY_SLOTS = 24 * 3600 * 1000 << COUNTER_BITS
EPOCH_MS = int(EPOCH.timestamp() * 1000)


def lower_bound(at: datetime) -> int:
    """The smallest id that can be made at or after the instant."""
    return ((at - EPOCH) // timedelta(milliseconds=1)) << SHIFT


def made_at(id_: int) -> datetime:
    """The instant an id was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=id_ >> SHIFT)


class IdMaker:
    """Makes unique ids within one process; ``worker`` tells processes apart."""

    def __init__(self, worker: int) -> None:
        self.worker = worker & ((1 << WORKER_BITS) - 1)
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0
        self._placed: dict[int, int] = {}

    def take(self, count: int, *, at: datetime | None = None) -> list[int]:
        """``count`` ascending ids.

        ``at`` places them at a past instant, for records that a demonstration or an archive brings
        in with the moment they were first received; those must come from one process.
        """
        with self._lock:
            if at is None:
                ms = max(time.time_ns() // 1_000_000 - EPOCH_MS, self._last_ms)
                if ms > self._last_ms:
                    self._last_ms, self._counter = ms, 0
                first = (self._last_ms << COUNTER_BITS) + self._counter
                last = first + count
                # A burst borrows the coming milliseconds; the clock catches up by itself.
                self._last_ms, self._counter = divmod(last, COUNTER_LIMIT)
            else:
                first = self._place(at, count)
            return [
                ((n >> COUNTER_BITS) << SHIFT)
                | (self.worker << COUNTER_BITS)
                | (n & (COUNTER_LIMIT - 1))
                for n in range(first, first + count)
            ]

    def _place(self, at: datetime, count: int) -> int:
        # Each day continues where it stopped, so moments that repeat or go back never collide.
        wanted = ((at - EPOCH) // timedelta(milliseconds=1)) << COUNTER_BITS
        first = max(wanted, self._placed.get(wanted // DAY_SLOTS, 0))
        last = first + count
        for day in range(first // DAY_SLOTS, last // DAY_SLOTS + 1):
            self._placed[day] = max(last, self._placed.get(day, 0))
        return first


_guard = threading.Lock()
_maker: IdMaker | None = None
_number: FileLock | None = None


def _current() -> IdMaker:
    """The process's maker; a forked child gets its own worker number."""
    global _maker, _number
    if _maker is None:
        with _guard:
            if _maker is None:
                worker, _number = _free_number()
                _maker = IdMaker(worker)
    return _maker


def _free_number() -> tuple[int, FileLock]:
    """A worker number that no living process with the same data directory has, and its lock.

    Process ids alone would not do: every container counts its own from 1.
    """
    from django.conf import settings

    count = 1 << WORKER_BITS
    for offset in range(count):
        number = (os.getpid() + offset) % count
        lock = FileLock(settings.LAYOUT.locks / "ids" / str(number))
        if lock.try_hold():
            return number, lock
        lock.release()
    raise RuntimeError("every worker number is taken")


def _forget() -> None:
    """In a forked child: the parent's maker, number and half-held guard are not its own."""
    global _guard, _maker, _number
    _guard, _maker, _number = threading.Lock(), None, None


os.register_at_fork(after_in_child=_forget)


def new_ids(count: int, *, at: datetime | None = None) -> list[int]:
    return _current().take(count, at=at)


def new_id() -> int:
    return _current().take(1)[0]
