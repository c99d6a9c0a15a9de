"""Small tools to measure with."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Clocked:
    """How long a block took."""

    seconds: float = 0.0


@contextmanager
def clocked() -> Iterator[Clocked]:
    """Time the block, with the garbage of earlier work out of the way."""
    gc.collect()
    result = Clocked()
    started = time.perf_counter()
    try:
        yield result
    finally:
        result.seconds = time.perf_counter() - started


def samples_ms(call: Callable[[], Any], count: int) -> list[float]:
    """How many milliseconds each of ``count`` calls took."""
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def percentile(values: list[float], percent: int) -> float:
    """The value below which ``percent`` of the values lie (nearest rank)."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[rank - 1]


def best_rate(call: Callable[[], Any], rows: int, *, tries: int = 3) -> float:
    """Rows per second of the fastest of several tries; the others had the machine's noise."""
    times = []
    for _ in range(tries):
        with clocked() as taken:
            call()
        times.append(taken.seconds)
    return rows / min(times)


def fastest_s(calls: Sequence[Callable[[], Any]], *, rounds: int = 3) -> list[float]:
    """The best of several rounds of each; taking turns spreads the machine's noise evenly."""
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for number, call in enumerate(calls):
            with clocked() as taken:
                call()
            best[number] = min(best[number], taken.seconds)
    return best
