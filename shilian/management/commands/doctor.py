"""Say what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shilian import checkup


class Command(BaseCommand):
    help = "检查这套安装哪里不对，不改动任何东西"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = checkup.diagnosis()
        if options["json"]:
            self.stdout.write(_as_json(findings))
        else:
            for finding in findings:
                self.stdout.write(f"{'正常' if finding.ok else '有问题'}　{finding.detail}")
        if not all(finding.ok for finding in findings):
            sys.exit(1)


def _as_json(findings: list[checkup.Finding]) -> str:
    parts = {f.name: {"ok": f.ok, "detail": f.detail} for f in findings}
    body = {"ok": all(f.ok for f in findings), "parts": parts}
    return json.dumps(body, ensure_ascii=False, indent=2)
