"""Kill what can be killed, in a scratch installation, and count what was lost."""

from __future__ import annotations

from shilian.bench.registry import Kind
from shilian.bench.runner import BenchmarkCommand


class Command(BenchmarkCommand):
    help = "在临时安装中做故障试验（强杀进程、清空消息），不碰现有数据"
    kind = Kind.CHAOS
