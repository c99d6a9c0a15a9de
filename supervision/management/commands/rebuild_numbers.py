"""Compute a month's numbers again from the records."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enterprises.actor import OutOfScope, platform_actor
from enterprises.models import Division
from enterprises.queries.divisions import division_in_sight
from shilian import clock
from supervision.management.commands._months import month_from
from supervision.rollups.rebuild import MonthIsFrozen, count_operators, rebuild
from supervision.rules.months import month_text


class Command(BaseCommand):
    help = "从记录重新统计一个月的指标；已冻结的月份不动"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="月份，如 2026-10")
        parser.add_argument("--division", help="只重算这个区划代码之下的主体")
        parser.add_argument("--commit", action="store_true", help="写入；不加只显示会做什么")

    def handle(self, *args: Any, month: str, division: str | None, **options: Any) -> None:
        of = month_from(month)
        area = self._division(division) if division else None
        if not options["commit"]:
            self.stdout.write(
                f"将重算{month_text(of)} {count_operators(area)} 户经营主体（加 --commit 写入）。"
            )
            return
        try:
            count = rebuild(of, at=clock.now(), division=area)
        except MonthIsFrozen as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{month_text(of)}重算完成，共 {count} 行。")

    def _division(self, code: str) -> Division:
        try:
            return division_in_sight(platform_actor(), code)
        except OutOfScope:
            raise CommandError(f"没有区划代码“{code}”。") from None
