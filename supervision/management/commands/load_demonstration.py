"""Load the demonstration province."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shilian import clock
from supervision.demonstration import load

# Which cities trade with one another follows from it, so it is the same on every machine.
PARTS = 2


class Command(BaseCommand):
    help = "装入演示省份（约两千个经营主体、三个多月记录）。不带 --commit 只说明将做什么。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=load.SEED, help="随机种子，决定全部内容")
        parser.add_argument("--today", type=date.fromisoformat, help="记录写到哪一天，默认今天")
        parser.add_argument("--parts", type=int, default=PARTS, help="并行数，也决定内容")
        parser.add_argument("--part", type=int, help="只做其中一份（由本命令自己使用）")
        parser.add_argument("--commit", action="store_true", help="写入数据库")

    def handle(self, *args: Any, **options: Any) -> None:
        if not load.has_divisions():
            raise CommandError("还没有行政区划，请先运行 manage.py load_divisions --commit。")
        today = options["today"] or clock.today()
        if not options["commit"]:
            self.stdout.write(
                f"将装入演示省份：每个县区13个以上经营主体，记录到 {today}。加 --commit 写入。"
            )
            return
        started = time.monotonic()
        plan = load.Plan(seed=options["seed"], today=today, parts=options["parts"])
        if options["part"] is not None:
            load.run_part(plan, options["part"])
            return
        try:
            load.load(plan, say=self._say)
        except load.Interrupted:
            message = (
                "演示数据没有全部装入；再运行一次 manage.py load_demonstration --commit，会接着装。"
            )
            raise CommandError(message) from None
        self._say(f"演示省份已装入，用时 {time.monotonic() - started:.0f} 秒。")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
