"""Runs benchmarks in scratch installations and prints what they found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shilian.bench.machine import machine
from shilian.bench.registry import Benchmark, Kind, find_benchmarks
from shilian.bench.scratch import run_inside, scratch_folder
from shilian.embedded import preparation
from shilian.embedded.servers import ensure_servers

Write = Callable[[str], Any]


class BenchmarkCommand(BaseCommand):
    """``bench`` and ``chaos``: the same runner over two kinds."""

    kind: Kind
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="不写则全部运行")
        parser.add_argument("--json", action="store_true", help="每项输出一行 JSON")
        parser.add_argument("--list", action="store_true", help="只列出名称")
        parser.add_argument("--inside", action="store_true", help="在临时安装内运行（内部使用）")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = _wanted(self.kind, options["names"])
        if options["list"]:
            for found in wanted:
                self.stdout.write(found.name)
        elif options["inside"]:
            self._measure(wanted, as_json=options["json"])
        else:
            self._run_all(wanted, as_json=options["json"])

    def _run_all(self, wanted: Sequence[Benchmark], *, as_json: bool) -> None:
        """Each kind of surroundings is built once, with its benchmarks one after another."""
        failed = False
        for demonstration in (False, True):
            names = [b.name for b in wanted if b.demonstration == demonstration]
            if names:
                failed = not self._run_in_scratch(names, as_json=as_json) or failed
        if failed:
            raise CommandError("有项目没有完成或没有通过。")

    def _run_in_scratch(self, names: list[str], *, as_json: bool) -> bool:
        flags = ["--json"] if as_json else []
        with scratch_folder() as folder:
            return run_inside(folder, self.kind.value, *names, "--inside", *flags) == 0

    def _measure(self, wanted: Sequence[Benchmark], *, as_json: bool) -> None:
        ensure_servers()
        self._surround(demonstration=any(b.demonstration for b in wanted))
        passed = True
        for found in wanted:
            metrics = found.measure()
            passed = passed and metrics.get("passed", True) is not False
            report = {"name": found.name, "machine": machine(), "metrics": metrics}
            self.stdout.write(_as_json(report) if as_json else _as_text(report))
            self.stdout.flush()
        if not passed:
            raise CommandError("有项目没有通过。")

    def _surround(self, *, demonstration: bool) -> None:
        """Definitions and reviewed data, and the demonstration province where asked for."""
        quiet: Write = self.stderr.write
        preparation.migrate(lambda line: None)
        preparation.load_reference_data(quiet)
        if demonstration:
            call_command(settings.DEMO_COMMAND, "--commit", verbosity=0, stdout=self.stderr)


def _wanted(kind: Kind, names: Sequence[str]) -> list[Benchmark]:
    known = find_benchmarks(kind)
    unknown = set(names) - {found.name for found in known}
    if unknown:
        listed = "、".join(found.name for found in known) or "无"
        raise CommandError(f"没有 {'、'.join(sorted(unknown))}；现有：{listed}。")
    return [found for found in known if not names or found.name in names]


def _as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False)


def _as_text(report: dict[str, Any]) -> str:
    lines = [f"{name:<32}{value}" for name, value in report["metrics"].items()]
    return "\n".join([f"== {report['name']}", *lines, ""])
