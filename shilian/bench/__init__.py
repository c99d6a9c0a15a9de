"""Benchmarks and crash tests by name; each app brings its own in ``bench.py`` and ``chaos.py``.

A benchmark is a function that returns its metrics, and runs in a scratch installation of its own::

    @benchmark("records", demonstration=True)
    def records() -> Metrics:
        return {"rows_per_second": 48000, "write_vs_copy": 0.31}

Absolute figures move from machine to machine: measure a floor or a peer in the same call, and
return the ratio as well.
"""

from shilian.bench.registry import (
    Benchmark,
    Kind,
    Metrics,
    benchmark,
    find_benchmarks,
    scenario,
)

__all__ = ["Benchmark", "Kind", "Metrics", "benchmark", "find_benchmarks", "scenario"]
