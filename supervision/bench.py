"""How fast the numbers are filled and read."""

from __future__ import annotations

from shilian.bench import Metrics, benchmark
from supervision.measures import numbers


@benchmark("numbers")
def measure_numbers() -> Metrics:
    """The filler, every indicator by county and link beside raw records, dashboard and bulletin."""
    return numbers.measure()
