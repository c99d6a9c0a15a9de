"""Bring a database of its own up to date: definitions, partitions and reviewed data."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shilian.embedded import preparation
from shilian.embedded.failures import EmbeddedFailure


class Command(BaseCommand):
    help = "部署时运行：更新数据库结构、分区和基础数据（可重复运行）"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparation.migrate(self.stdout.write)
            preparation.load_reference_data(self.stdout.write)
        except EmbeddedFailure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write("数据库已是最新。")
