"""Add the reviewed thresholds and targets that are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from supervision.operations.parameters import load_reviewed


class Command(BaseCommand):
    help = "装入审定的指标参数和目标；只补缺，不改已有的"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--commit", action="store_true", help="写入；不加只显示会做什么")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            loaded = load_reviewed()
            if not options["commit"]:
                transaction.set_rollback(True)
        done = "已补" if options["commit"] else "将补（加 --commit 写入）"
        self.stdout.write(
            f"{done}参数 {loaded.parameter_count} 项、目标 {loaded.target_count} 项。"
        )
