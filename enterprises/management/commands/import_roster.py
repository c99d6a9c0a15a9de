"""Import a licence roster from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises.actor import Actor, actor_for, platform_actor
from enterprises.models import ImportSession
from enterprises.operations import jobs, people, roster
from enterprises.queries import imports
from shilian import clock
from shilian.problems import Rejected

SHOWN_ROWS = 20
LABELS = (("new", "新增"), ("change", "变更"), ("same", "无变化"), ("bad", "有错误"), ("skipped", "其他区县（不导入）"), ("warned", "有提醒"))  # fmt: skip


class Command(BaseCommand):
    help = "导入许可名录（.xlsx 或 .csv）。不带 --commit 只显示将有哪些改动。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--login", help="以哪个账号的辖区导入；不填为全省")
        parser.add_argument("--commit", action="store_true", help="写入数据库")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = _actor(options["login"])
        try:
            session = roster.upload_roster(
                by=actor,
                file_name=options["file"].name,
                content=_chunks(options["file"]),
                at=clock.now(),
            )
        except Rejected as refusal:
            raise CommandError(refusal.problems[0].message) from None
        session = self._read(actor, session)
        if options["commit"]:
            self._commit(actor, session)
        else:
            roster.cancel_roster(by=actor, session=session, at=clock.now())
            self.stdout.write("没有写入。加 --commit 写入新增和变更的行。")

    def _read(self, actor: Actor, session: ImportSession) -> ImportSession:
        jobs.run_to_end(session.job_id or 0)
        session.refresh_from_db()
        if session.state != ImportSession.State.PREVIEW:
            raise CommandError(session.message or "名录没有读完，请稍后再试。")
        for key, label in LABELS:
            self.stdout.write(f"{label} {session.summary.get(key, 0)} 行")
        if session.message:
            self.stdout.write(session.message)
        for row in imports.rows_of(session, outcome="bad").order_by("row_no")[:SHOWN_ROWS]:
            said = "".join(p["message"] for p in row.problems if p["severity"] == "error")
            self.stdout.write(f"第 {row.row_no} 行：{said}")
        return session

    def _commit(self, actor: Actor, session: ImportSession) -> None:
        try:
            job = roster.commit_roster(by=actor, session=session, at=clock.now())
        except Rejected as refusal:
            self.stdout.write(refusal.problems[0].message)
            return
        job = jobs.run_to_end(job.pk)
        self.stdout.write(f"已写入 {job.result.get('written', 0)} 户。")


def _actor(login: str | None) -> Actor:
    if not login:
        return platform_actor(channel="sheet")
    person = people.find_by_login(login)
    if person is None:
        raise CommandError(f"没有登录名为 {login} 的账号。")
    return actor_for(person, channel="sheet")


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                yield chunk
    except OSError as error:
        raise CommandError(f"读不了文件 {path}：{error.strerror}") from error
