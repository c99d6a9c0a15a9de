"""Bring the numbers up to what is committed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shilian import clock
from supervision.management.commands._months import month_from, months_between
from supervision.rollups import day_end
from supervision.rollups.fill import fill_all


class Command(BaseCommand):
    help = "把已提交的记录和名册变动统计进各项指标，直到没有待统计的为止"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="从这个月起补齐每户的行，如 2026-08；默认上月起")

    def handle(self, *args: Any, since: str | None, **options: Any) -> None:
        at = clock.now()
        month = clock.month_of(clock.business_day(at))
        first = month_from(since) if since else clock.previous_month(month)
        done = fill_all(at=at)
        day_end.mark_months(months_between(first, month), at=at)
        done += fill_all(at=at)
        self.stdout.write(
            f"处理标记 {done.mark_count} 个，更新主体月 {done.row_count} 行，"
            f"所属月份已冻结 {done.frozen_count} 个。"
        )
