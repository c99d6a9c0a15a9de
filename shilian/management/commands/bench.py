"""Measure the platform's speed in a scratch installation."""

from __future__ import annotations

from shilian.bench.registry import Kind
from shilian.bench.runner import BenchmarkCommand


class Command(BenchmarkCommand):
    help = "在临时安装中测速，不碰现有数据"
    kind = Kind.BENCH
