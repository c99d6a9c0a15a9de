"""How fast the numbers are filled and read."""

from __future__ import annotations

from shilian.bench import Metrics, benchmark
from supervision.measures import numbers, radar, register


@benchmark("numbers")
def measure_numbers() -> Metrics:
    """The filler, every indicator by county and link beside raw records, dashboard and bulletin."""
    return numbers.measure()


@benchmark("register")
def measure_register() -> Metrics:
    """Finding, listing and following a million operators, as officers of each level do."""
    return register.measure()


@benchmark("radar")
def measure_radar() -> Metrics:
    """Every rule of the radar over a million operators, and over what changed since."""
    return radar.measure()
