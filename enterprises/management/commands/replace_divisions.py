"""Register which divisions were merged, split or given new codes, and from when."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises.actor import platform_actor
from enterprises.operations import successions
from enterprises.rules.successions import Succession
from shilian import clock
from shilian.problems import Rejected

COLUMNS = {"old_code", "new_code"}


class Command(BaseCommand):
    help = (
        "登记区划撤并：原区划停用，其中的经营主体转入新区划。表有 old_code、new_code 两列，"
        "合并时新代码重复，拆分时原代码重复。不带 --commit 只显示将要写入的数量。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, required=True, help="撤并表（.csv）")
        parser.add_argument(
            "--on", type=date.fromisoformat, required=True, help="生效日期，如 2026-11-15"
        )
        parser.add_argument("--commit", action="store_true", help="写入数据库")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = _read(options["file"])
        if not options["commit"]:
            count = len({row.old_code for row in rows})
            self.stdout.write(f"将撤并 {count} 个区划（{len(rows)} 行）。加 --commit 写入。")
            return
        try:
            done = successions.replace_divisions(
                by=platform_actor(), rows=rows, effective_on=options["on"], at=clock.now()
            )
        except Rejected as refusal:
            lines = [_told(p.row, p.message) for p in refusal.problems[:20]]
            raise CommandError("撤并表有错，没有写入：\n" + "\n".join(lines)) from None
        self.stdout.write(
            f"已撤并 {done.divisions_count} 个区划，{done.operators_count} 户主体转入新区划。"
        )


def _told(row: int | None, message: str) -> str:
    return f"第 {row} 行：{message}" if row else message


def _read(path: Path) -> list[Succession]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"读不了文件 {path}：{error}") from error
    if not lines or COLUMNS - set(lines[0]):
        raise CommandError(f"{path} 不是撤并表：第一行应有 {', '.join(sorted(COLUMNS))} 各列。")
    return [
        Succession(str(cells["old_code"]).strip(), str(cells["new_code"]).strip(), number)
        for number, cells in enumerate(lines, start=2)
    ]
