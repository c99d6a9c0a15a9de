"""``manage.py import_records FILE --sheet KIND --operator CODE [--commit] [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from enterprises.actor import Actor, platform_actor
from enterprises.models import ImportSession, Operator
from enterprises.operations import jobs, roster
from enterprises.queries import directory
from enterprises.queries import imports as rosters
from enterprises.sheets import ROSTER_COLUMNS
from shilian import clock
from shilian.checkup import check_migrations
from shilian.db.ids import new_id
from shilian.problems import Rejected
from shilian.sheets.refusals import Refused
from traceability.import_report import Report
from traceability.models import Channel
from traceability.operations import import_runs, imports
from traceability.sheets.base import KINDS, SheetKind

ALIASES = {"factory_inspections": "inspections", "roster": "rosters"}
ROSTERS = "rosters"
SHOWN = 50
Mode = ImportSession.Mode


class Command(BaseCommand):
    help = "检查一份表格（.xlsx 或 .csv），逐格说明问题；加 --commit 才写入。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        sheets = [*KINDS, ROSTERS, *ALIASES]
        parser.add_argument("file", type=Path, help="表格文件")
        parser.add_argument("--sheet", required=True, choices=sheets, help="表格的种类")
        parser.add_argument("--operator", help="经营主体的统一社会信用代码；名录不用填")
        parser.add_argument("--month", help="表格的月份，如 2026-04；补全没写年份的日期，默认本月")
        parser.add_argument("--commit", action="store_true", help="写入；不加则只检查")
        parser.add_argument("--all-or-nothing", action="store_true", help="有一行不对就一行也不写")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *, file: Path, sheet: str, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"没有这个文件：{file}")
        _check_database()
        code = ALIASES.get(sheet, sheet)
        by = platform_actor(channel=Channel.SHEET)
        if code == ROSTERS:
            report = _import_roster(by, file, commit=options["commit"])
        else:
            operator = _operator(options["operator"])
            report = _import(by, operator, KINDS[code], file, options)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._say(report, committed=options["commit"])

    def _say(self, report: Report, *, committed: bool) -> None:
        if report.refusal:
            self.stdout.write(report.refusal[1])
            return
        self.stdout.write(report.message)
        told = sorted([*report.bad, *report.warn], key=lambda entry: entry["row"])
        for entry in told[:SHOWN]:
            self.stdout.write(f"第 {entry['row']} 行：{entry['message']}")
        if len(told) > SHOWN:
            self.stdout.write(f"还有 {len(told) - SHOWN:,} 条说明，没有列出。")
        if not committed:
            self.stdout.write("以上只是检查，没有写入；确认后加 --commit 写入。")


def _check_database() -> None:
    """Raises: CommandError on a database that has no tables yet, or those of another version."""
    found = check_migrations()
    if not found.ok:
        raise CommandError(f"{found.detail}请先运行 manage.py migrate（或 make run），再导入。")


def _operator(code: str | None) -> Operator:
    if not code:
        raise CommandError("请用 --operator 写明经营主体的统一社会信用代码。")
    found = directory.find_operator_by_code(code.strip().upper())
    if found is None:
        raise CommandError(f"名册里没有信用代码为 {code} 的经营主体。")
    return found


def _month(text: str | None) -> date:
    if not text:
        return clock.month_of(clock.today())
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError(f"月份“{text}”应写成 2026-04 这样。") from error


def _import(
    by: Actor, operator: Operator, kind: SheetKind, file: Path, options: dict[str, Any]
) -> Report:
    report = Report(kind.columns)
    month = _month(options["month"])
    try:
        if options["commit"]:
            mode = Mode.ALL_OR_NOTHING if options["all_or_nothing"] else Mode.GOOD_ROWS
            _commit(by, operator, kind, file, month, mode, report)
        else:
            checked = import_runs.check_file(by, operator, kind, file, month, report.add)
            report.message = checked
            if not report.counted["rows"]:
                report.refuse("sheet_without_rows", checked)
    except Refused as refused:
        report.refuse(refused.code, refused.sentence)
    except Rejected as refused:
        problem = refused.problems[0]
        report.refuse(problem.code, problem.message)
    return report


def _commit(
    by: Actor,
    operator: Operator,
    kind: SheetKind,
    file: Path,
    month: date,
    mode: str,
    report: Report,
) -> None:
    at, newest = clock.now(), new_id()
    with transaction.atomic(), file.open("rb") as upload:
        session = imports.start_import(
            by=by,
            operator=operator,
            kind=kind,
            upload=upload,
            file_name=file.name,
            month=month,
            at=at,
            mode=mode,
        )
        is_earlier = session.pk < newest
        # This process does the work itself; a worker that hears of it meanwhile leaves it alone.
        imports.reserve(session, until=at + timedelta(minutes=5))
    if is_earlier:
        report.message = f"这个文件已上传过：{session.message}"
    else:
        _work(session, report)
    session.refresh_from_db()
    _take_outcome(session, report)


def _work(session: ImportSession, report: Report) -> None:
    with import_runs.watched(report.add):
        soon = clock.now() + timedelta(minutes=6)
        while (job := jobs.run_slice(session.job_id or 0, at=soon)) and not job.is_over:
            soon = clock.now() + timedelta(minutes=6)


def _take_outcome(session: ImportSession, report: Report) -> None:
    """What the import's own counts say; of an earlier import there is nothing else."""
    report.message = report.message or session.message
    if session.state == ImportSession.State.REFUSED:
        report.refuse("file_refused", session.message)
    elif session.state != ImportSession.State.DONE:
        # Nothing was written: somebody has to decide, or the job was given up.
        report.refuse("not_imported", session.message or "没有导入，请查看后台任务的说明。")
    elif not report.counted:
        report.counted.update(session.summary)
        report.counted["new"] = session.summary.get("written", 0)


def _import_roster(by: Actor, file: Path, *, commit: bool) -> Report:
    report = Report(ROSTER_COLUMNS)
    try:
        session = roster.upload_roster(
            by=by, file_name=file.name, content=_chunks(file), at=clock.now()
        )
    except Rejected as refused:
        report.refuse(refused.problems[0].code, refused.problems[0].message)
        return report
    jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    if session.state != ImportSession.State.PREVIEW:
        report.refuse("file_refused", session.message)
        return report
    _tell_roster(session, report)
    if commit and report.imported:
        job = roster.commit_roster(by=by, session=session, at=clock.now())
        report.message = f"已写入 {jobs.run_to_end(job.pk).result.get('written', 0)} 户。"
    elif not commit:
        roster.cancel_roster(by=by, session=session, at=clock.now())
    return report


def _tell_roster(session: ImportSession, report: Report) -> None:
    labels = session.mapping.get("labels", [])
    indexes = session.mapping["indexes"]
    for row in rosters.rows_of(session).order_by("row_no").iterator():
        outcome = "new" if row.outcome == "change" else row.outcome
        report.counted["rows"] += 1
        report.counted[outcome] += 1
        told = [problem | {"column": indexes.get(problem["field"])} for problem in row.problems]
        report.tell(row.row_no, told, labels)
        report.add_values(row.row_no, row.values)
    report.message = session.message or f"可以写入 {report.imported:,} 户。"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
