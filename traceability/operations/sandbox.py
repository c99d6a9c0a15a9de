"""The sandbox for files: judged and recorded exactly as an import would, and then taken back.

No second set of rules can drift from the first: the rows go through the same intake, in a
transaction that is rolled back. Only the verdict is kept.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator, SandboxTrial, SelfBuiltSystem
from enterprises.operations import trials
from enterprises.operations.trials import PROBLEMS_KEPT, Verdict
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from shilian.sheets import preflight
from shilian.sheets.refusals import Refused
from traceability.operations import import_table, intake
from traceability.operations.intake import Receipt, Status
from traceability.sheets import channels
from traceability.sheets.base import Line, SheetKind

# A trial answers while its person waits; whoever has more tries a part of it.
MAX_BYTES = 2 << 20
MAX_ROWS = 3_000
CHUNK = 1_000


def try_file(
    *,
    by: Actor,
    operator: Operator,
    kind: SheetKind,
    system: SelfBuiltSystem | None,
    upload: BinaryIO,
    file_name: str,
    month: date,
    at: datetime,
) -> SandboxTrial:
    """Check a file as if it were imported; nothing of it is kept but the verdict.

    ``month`` completes days that are written without a year. A trial that names one of the
    operator's systems counts for that system's badge.
    Raises: Rejected when the file is no sheet of this kind, or too long to try; OutOfScope,
    Forbidden.
    """
    by.require(Permission.IMPORT_RECORDS, on=operator)
    by.require(kind.permission, on=operator)
    with tempfile.TemporaryDirectory(dir=_folder(), prefix="trial-") as folder:
        path = Path(folder) / "sheet"
        try:
            _keep(upload, path, file_name)
            lines = _lines(path, kind, month)
        except Refused as refused:
            raise Rejected([Problem(refused.code, "sheet", refused.sentence)]) from refused
    verdict = _judge(kind, by, operator, lines, at)
    return trials.keep_trial(
        by=by,
        operator=operator,
        system=system,
        door=SandboxTrial.Door.FILE,
        verdict=verdict,
        file_name=file_name,
        at=at,
    )


def _folder() -> Path:
    folder = Path(settings.FILES_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _keep(upload: BinaryIO, path: Path, file_name: str) -> None:
    content = upload.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        message = f"试传的文件不能超过{MAX_BYTES >> 20}兆，请截取一部分再试；整份文件请用批量导入。"
        raise Rejected([Problem("trial_too_large", "sheet", message)])
    path.write_bytes(content)
    kind = preflight.inspect(path)
    preflight.check_name(file_name, kind)


def _lines(path: Path, kind: SheetKind, month: date) -> list[Line]:
    found: list[Line] = []
    with import_table.open_file(path, kind) as opened:
        layout = opened.layout()
        if layout.missing:
            names = "、".join(kind.titles[name] for name in layout.missing)
            message = f"没有找到这些列：{names}。请对照模板改列名，或先在批量导入里确认一次列。"
            raise Rejected([Problem("columns_missing", "sheet", message)])
        for lines in opened.table(layout.as_mapping(), month).chunks(CHUNK):
            found += lines
            if len(found) > MAX_ROWS:
                message = f"试传一次最多{MAX_ROWS:,}行，请截取一部分再试；整份文件请用批量导入。"
                raise Rejected([Problem("trial_too_long", "sheet", message)])
    if not found:
        message = "表头下面没有数据，请换一个有内容的文件。"
        raise Rejected([Problem("no_rows", "sheet", message)])
    return found


def _judge(
    kind: SheetKind, by: Actor, operator: Operator, lines: Sequence[Line], at: datetime
) -> Verdict:
    """The receipts that an import would give; every record is taken back at once."""
    with transaction.atomic():
        receipts = intake.take_in(kind, by=by, operator=operator, lines=lines, at=at)
        transaction.set_rollback(True)
    return _verdict(kind, lines, receipts)


def _verdict(kind: SheetKind, lines: Sequence[Line], receipts: Sequence[Receipt]) -> Verdict:
    counted = [receipt for receipt in receipts if lines[receipt.position].is_record]
    refused = [receipt for receipt in counted if receipt.status is Status.REFUSED]
    first = (next(iter(errors(receipt.problems)), None) for receipt in refused)
    told = [
        _told(kind, lines[receipt.position], problem)
        for receipt in sorted(counted, key=lambda each: each.status is not Status.REFUSED)
        for problem in receipt.problems
    ]
    return Verdict(
        record_kind=channels.plain_code(kind),
        sent=len(counted),
        good=len(counted) - len(refused),
        warned=sum(bool(each.problems) and each not in refused for each in counted),
        errors=Counter(problem.code for problem in first if problem),
        problems=told[:PROBLEMS_KEPT],
    )


def _told(kind: SheetKind, line: Line, problem: Problem) -> dict[str, Any]:
    return {
        "row": line.row_no,
        "column": kind.titles.get(kind.column_field(problem.field), ""),
        "code": problem.code,
        "message": problem.message,
        "severity": problem.severity,
    }
