"""Load the province's divisions and stations."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises.actor import platform_actor
from enterprises.operations import divisions
from enterprises.rules.divisions import DivisionRow, read_row, stations_of
from shilian import clock
from shilian.problems import Rejected

DATA = Path(__file__).resolve().parent.parent.parent / "data"
COLUMNS = {"code", "name", "parent_code", "level"}


class Command(BaseCommand):
    help = "装入行政区划和监管所。不带 --commit 只显示将要写入的数量。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=DATA / "shandong_divisions.csv")
        parser.add_argument("--flags", type=Path, default=DATA / "shandong_city_flags.csv")
        parser.add_argument("--commit", action="store_true", help="写入数据库")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = _read(options["file"], options["flags"])
        if not options["commit"]:
            self.stdout.write(
                f"将装入 {len(rows)} 个区划、{len(stations_of(rows))} 个监管所。加 --commit 写入。"
            )
            return
        try:
            loaded = divisions.load_divisions(by=platform_actor(), rows=rows, at=clock.now())
        except Rejected as refusal:
            lines = [f"第 {p.row} 行：{p.message}" for p in refusal.problems[:20]]
            raise CommandError("区划表有错，没有写入：\n" + "\n".join(lines)) from None
        self.stdout.write(
            f"已装入 {loaded.divisions_count} 个区划（新增 {loaded.new_divisions_count}）、"
            f"监管所 {loaded.stations_count} 个（新增 {loaded.new_stations_count}）。"
        )
        if loaded.kept_statuses:
            self.stdout.write(
                f"{'、'.join(loaded.kept_statuses)}的示范、创建身份和首次装入的不同，往月的目标"
                "不变；平台上还没改的，请在“示范、创建城市”页按月份提出修改，由第二人批准。"
            )


def _read(path: Path, flags_path: Path) -> list[DivisionRow]:
    flags = {cells["code"]: cells for cells in _csv(flags_path)} if flags_path.exists() else {}
    lines = _csv(path)
    if not lines or COLUMNS - set(lines[0]):
        raise CommandError(f"{path} 不是区划表：第一行应有 {', '.join(sorted(COLUMNS))} 各列。")
    return [read_row(cells, flags=flags, row=number) for number, cells in enumerate(lines, start=2)]


def _csv(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"读不了文件 {path}：{error}") from error
