"""Look for broken chains and inactive operators, and score months that look made up."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shilian import clock
from supervision.fabrication import score
from supervision.management.commands._months import month_from
from supervision.radar import run


class Command(BaseCommand):
    help = "断链雷达把全部主体看一遍，并给疑似造数评分；今天做过的不重做"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", help="给这个月评分，如 2026-10；默认本月和上月")
        parser.add_argument("--again", action="store_true", help="今天做过的也重做")

    def handle(self, *args: Any, month: str | None, again: bool, **options: Any) -> None:
        at = clock.now()
        current = clock.month_of(clock.business_day(at))
        months = [month_from(month)] if month else [clock.previous_month(current), current]
        for looked in run.look_at_all(at=at, again=again):
            self.stdout.write(
                f"{looked.rule.name}：待处理 {looked.open_count} 条，"
                f"消除 {looked.merged.closed} 条，用时 {looked.seconds:.1f} 秒"
            )
        for each in months:
            scored = score.score_month(each, at=at, again=again)
            self.stdout.write(
                f"{each:%Y-%m} 造数评分：看了 {scored.operator_count} 家，"
                f"列入核查 {scored.suspicion_count} 家"
            )
