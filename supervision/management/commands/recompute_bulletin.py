"""Prove that a bulletin's figures are what the records say."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shilian import clock
from supervision.management.commands._months import month_from
from supervision.recount.run import Checked, NotFrozen, Report, recompute
from supervision.rules.months import month_text

SHOWN = 40


class Command(BaseCommand):
    help = "用另一套程序从原始记录重算一个月的通报，逐格比较，有差异则列出并以错误结束"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="月份，如 2026-10")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, month: str, **options: Any) -> None:
        of = month_from(month)
        try:
            report = recompute(of, at=clock.now())
        except NotFrozen:
            raise CommandError(f"{month_text(of)}还没有冻结，没有可核对的通报。") from None
        if options["json"]:
            self.stdout.write(json.dumps(_told(report), ensure_ascii=False, indent=1))
        else:
            self._say(report)
        if report.difference_count:
            raise CommandError(f"{month_text(of)}通报有 {report.difference_count} 格与记录不符。")

    def _say(self, report: Report) -> None:
        self.stdout.write(
            f"{month_text(report.month)}：{report.operator_count:,} 户；其中 {report.kept_count:,} 户"
            "的名册资料冻结后有变动，按冻结时的名册核算。"
        )
        if not report.bulletins:
            self.stdout.write("这个月还没有通报。")
        for each in report.bulletins:
            self.stdout.write(
                f"{each.bulletin}：{each.cell_count:,} 格，不符 {len(each.differences)} 格。"
            )
            if not each.is_digest_whole:
                self.stdout.write("  数据摘要与数据不符：存下来的数字被改过。")
            for cell in each.differences[:SHOWN]:
                self.stdout.write(f"  {cell.place}：通报 {cell.stored}，重算 {cell.fresh}")


def _told(report: Report) -> dict[str, Any]:
    return {
        "month": f"{report.month:%Y-%m}",
        "frozen_at": report.frozen_at.isoformat(),
        "operator_count": report.operator_count,
        "kept_count": report.kept_count,
        "difference_count": report.difference_count,
        "bulletins": [_told_one(each) for each in report.bulletins],
    }


def _told_one(checked: Checked) -> dict[str, Any]:
    return {
        "id": checked.bulletin.pk,
        "area": checked.bulletin.area_path,
        "revision": checked.bulletin.revision,
        "cell_count": checked.cell_count,
        "is_digest_whole": checked.is_digest_whole,
        "differences": [
            {"place": cell.place, "stored": cell.stored, "fresh": cell.fresh}
            for cell in checked.differences
        ],
    }
