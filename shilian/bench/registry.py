"""Which benchmarks and crash scenarios there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

Metrics = dict[str, float | int | str | bool | None]
Measure = Callable[[], Metrics]


class Kind(StrEnum):
    """The module an app keeps them in."""

    BENCH = "bench"
    CHAOS = "chaos"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named measurement; ``demonstration`` asks for the demonstration province around it."""

    name: str
    kind: Kind
    measure: Measure
    demonstration: bool


_registered: dict[tuple[Kind, str], Benchmark] = {}


def benchmark(name: str, *, demonstration: bool = False) -> Callable[[Measure], Measure]:
    """Register a measurement of speed, run by ``manage.py bench NAME``."""
    return _register(Kind.BENCH, name, demonstration)


def scenario(name: str, *, demonstration: bool = False) -> Callable[[Measure], Measure]:
    """Register a crash test, run by ``manage.py chaos NAME``; metric ``passed`` is its verdict."""
    return _register(Kind.CHAOS, name, demonstration)


def find_benchmarks(kind: Kind) -> list[Benchmark]:
    """All of the kind by name, from every app that has any."""
    for app in apps.get_app_configs():
        module = f"{app.name}.{kind}"
        # The platform's own package of this name is where this registry lives.
        if app.name != "shilian" and find_spec(module) is not None:
            import_module(module)
    return sorted(
        (found for found in _registered.values() if found.kind == kind), key=lambda b: b.name
    )


def _register(kind: Kind, name: str, demonstration: bool) -> Callable[[Measure], Measure]:
    def register(measure: Measure) -> Measure:
        _registered[kind, name] = Benchmark(name, kind, measure, demonstration)
        return measure

    return register
