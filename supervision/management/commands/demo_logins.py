"""List the demonstration's logins."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supervision.demonstration import accounts


class Command(BaseCommand):
    help = "列出演示账号：角色、登录名、密码、所属经营主体"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        logins = accounts.stored_logins()
        if options["json"]:
            fields = ("role", "login", "password", "operator")
            rows = [{name: getattr(login, name) for name in fields} for login in logins]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        if not logins:
            raise CommandError("这里没有演示账号：演示省份没有装入。")
        self.stdout.write("演示账号（全部为编造的数据）")
        for login in logins:
            who = login.operator_name or login.label
            self.stdout.write(f"  {login.login:<12}{login.password:<16}{login.label}  {who}")
