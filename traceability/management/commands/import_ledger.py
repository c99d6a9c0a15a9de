"""``manage.py import_ledger FILE --operator CODE [--month 2026-04] [--commit]``"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enterprises.actor import platform_actor
from enterprises.models import Operator
from enterprises.operations import jobs
from enterprises.queries import directory
from shilian import clock
from shilian.problems import Rejected
from shilian.sheets.refusals import Refused
from traceability import sheets
from traceability.models import Channel
from traceability.operations import ledger_import, ledger_rows

OUTCOMES = {"new": "可以记入", "bad": "有错误", "same": "台账里已有", "skipped": "不用导入"}
FAULTS_SHOWN = 50


class Command(BaseCommand):
    help = "读取一份进货台账（.xlsx 或 .csv），逐行说明问题；加 --commit 才写入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="台账文件")
        parser.add_argument("--operator", required=True, help="经营主体的统一社会信用代码")
        parser.add_argument("--month", help="台账的月份，如 2026-04；补全没写年份的日期，默认本月")
        parser.add_argument("--commit", action="store_true", help="写入；不加则只检查")

    def handle(self, *, file: Path, operator: str, month: str | None, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"没有这个文件：{file}")
        holder = directory.find_operator_by_code(operator.strip().upper())
        if holder is None:
            raise CommandError(f"名册里没有信用代码为 {operator} 的经营主体。")
        day = _month(month)
        try:
            self._commit(file, holder, day) if options["commit"] else self._check(file, holder, day)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        except Rejected as refused:
            raise CommandError(refused.problems[0].message) from refused

    def _check(self, file: Path, operator: Operator, month: date) -> None:
        ledger = sheets.read_ledger(file, month=month)
        _, judged = ledger_rows.judge(operator, ledger, today=clock.today())
        for name, count in Counter(item.outcome for item in judged).items():
            self.stdout.write(f"{OUTCOMES[name]}：{count:,} 行")
        faults = [item for item in judged if item.problems]
        for item in faults[:FAULTS_SHOWN]:
            for problem in item.problems:
                self.stdout.write(f"第 {item.line.row_no} 行：{problem.message}")
        if len(faults) > FAULTS_SHOWN:
            self.stdout.write(f"还有 {len(faults) - FAULTS_SHOWN:,} 行有说明，没有列出。")
        self.stdout.write("以上只是检查，没有写入；确认后加 --commit 写入。")

    def _commit(self, file: Path, operator: Operator, month: date) -> None:
        by = platform_actor(channel=Channel.SHEET)
        with file.open("rb") as upload:
            session = ledger_import.start_ledger_import(
                by=by,
                operator=operator,
                upload=upload,
                file_name=file.name,
                month=month,
                at=clock.now(),
            )
        job = jobs.run_to_end(session.job_id or 0)
        session.refresh_from_db()
        if not job.is_over or session.state != "done":
            raise CommandError(session.message or job.message)
        self.stdout.write(session.message)


def _month(text: str | None) -> date:
    if not text:
        return clock.month_of(clock.today())
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError(f"月份“{text}”应写成 2026-04 这样。") from error
