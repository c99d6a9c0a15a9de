"""Add the reviewed goods classes and categories that are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from traceability.operations.catalogue import load_reviewed


class Command(BaseCommand):
    help = "装入审定的品种大类和商品类别；只补缺，不改已有的"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--commit", action="store_true", help="写入；不加只显示会做什么")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            loaded = load_reviewed()
            if not options["commit"]:
                transaction.set_rollback(True)
        done = "已补" if options["commit"] else "将补（加 --commit 写入）"
        self.stdout.write(
            f"{done}品种大类 {loaded.class_count} 项、商品类别 {loaded.category_count} 项。"
        )
