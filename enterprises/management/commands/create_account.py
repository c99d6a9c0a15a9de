"""Open an account at installation, before anybody can invite anybody."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises.actor import platform_actor
from enterprises.operations import people
from enterprises.queries import choices
from enterprises.roles import ADMIN_ROLES, OPERATOR_ROLES, Role
from shilian import clock
from shilian.problems import Rejected

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = "开通账号并打印初始密码（首次登录须修改）。不带 --commit 只显示将做什么。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = [role.value for role in Role if role not in OPERATOR_ROLES]
        parser.add_argument("login")
        parser.add_argument("--name", required=True, help="姓名")
        parser.add_argument("--role", required=True, choices=roles)
        parser.add_argument("--phone", default="", help="手机号，用来重设密码")
        parser.add_argument("--division", default="", help="区划代码；管理员不填")
        parser.add_argument("--station", default="", help="监管所编号，仅监管所人员")
        parser.add_argument("--commit", action="store_true", help="写入数据库")

    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        place = f"s:{options['station']}" if options["station"] else f"d:{options['division']}"
        division, station = choices.read_place(place)
        if role not in ADMIN_ROLES and division is None and station is None:
            raise CommandError("没有找到这个辖区，请核对 --division 或 --station。")
        if not options["commit"]:
            self.stdout.write(f"将开通 {options['login']}（{role.label}）。加 --commit 写入。")
            return
        # Four groups of five: some 98 bits, and readable over the telephone.
        groups = ["".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4)]
        password = "-".join(groups) + "-2"
        try:
            people.open_account(
                by=platform_actor(),
                login=options["login"],
                name=options["name"],
                role=role,
                phone=options["phone"],
                division=division,
                station=station,
                password=password,
                must_change_password=True,
                at=clock.now(),
            )
        except Rejected as refusal:
            raise CommandError(refusal.problems[0].message) from None
        self.stdout.write(f"已开通 {options['login']}，初始密码 {password}，首次登录须修改。")
