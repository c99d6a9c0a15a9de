"""Make the coming months' partitions of every record table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shilian import clock
from shilian.db.partitions import MONTHS_AHEAD, ensure_partitions


class Command(BaseCommand):
    help = "为记录表提前建立各月分区（可重复运行）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--months", type=int, default=MONTHS_AHEAD, help="提前几个月")
        parser.add_argument("--since", default="", help="从哪个月起，如 2026-08；默认本月")

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        made = ensure_partitions(
            "owner",
            clock.add_months(today, options["months"]),
            since=_month(options["since"]) if options["since"] else today,
        )
        if options["verbosity"]:
            self.stdout.write(f"已建立 {len(made)} 个分区。" if made else "分区齐全。")


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CommandError(f"月份应形如 2026-08，现在是“{text}”。") from None
