"""Prove that the filled numbers equal the records."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shilian import clock
from supervision.management.commands._months import month_from
from supervision.rollups.rebuild import compare
from supervision.rules.months import month_text

SHOWN = 20


class Command(BaseCommand):
    help = "把一个月的指标与记录重新核对，有差异则逐条列出并以错误结束"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="月份，如 2026-10")

    def handle(self, *args: Any, month: str, **options: Any) -> None:
        of = month_from(month)
        differences = compare(of, at=clock.now())
        for each in differences[:SHOWN]:
            self.stdout.write(f"{each.table} {each.key}：库内 {each.stored}，应为 {each.fresh}")
        if differences:
            raise CommandError(
                f"{month_text(of)}有 {len(differences)} 处差异。"
                "请先运行 fill_numbers，仍有差异再运行 rebuild_numbers。"
            )
        self.stdout.write(f"{month_text(of)}没有差异。")
