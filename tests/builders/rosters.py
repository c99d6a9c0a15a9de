"""A licence roster in the form that bureaus keep: title rows, a header over two rows, a total."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl

from enterprises.actor import Actor
from enterprises.models import ImportRow, ImportSession, Job
from enterprises.operations import jobs, roster
from tests.builders.enterprises import AT, credit_code

UPPER = ["序号", "主体名称", "统一社会信用代码", "许可证（登记证）", None, "法定代表人\n（负责人）", "联系电话", "环节", "主体类型", "经营地址", "区划代码", "所属监管所", "发证日期", "有效期至", "状态"]  # fmt: skip
LOWER = [None, None, None, "类别", "编号"]
FIELDS = {"name": 1, "code": 2, "kind": 3, "number": 4, "person": 5, "phone": 6, "sector": 7, "type": 8, "address": 9, "division": 10, "station": 11, "issued": 12, "until": 13, "state": 14}  # fmt: skip


def line(**cells: Any) -> list[Any]:
    """A sound row of the bureau's form; name the cells that matter."""
    row: list[Any] = [1, "孙记源泉粮油店", credit_code(1), "食品经营许可", "JY23701020073753", "孙明", "18888360282", "流通", "个体工商户", "济南市历下区解放路街道1号", "370102001", "解放路监管所", datetime(2025, 2, 24), datetime(2030, 2, 24), "正常"]  # fmt: skip
    for name, value in cells.items():
        row[FIELDS[name]] = value
    return row


def sheet(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for row in (["历下区食品生产经营主体登记台账"], ["制表单位："], UPPER, LOWER, *rows):
        page.append(row)
    page.append(["合计", *[None] * 13, f"{len(rows)}户"])
    page.merge_cells("A1:O1")
    page.merge_cells("D3:E3")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def preview(by: Actor, *rows: list[Any]) -> ImportSession:
    """The rows uploaded as a sheet and read by the job engine, waiting to be written."""
    session = roster.upload_roster(by=by, file_name="名录.xlsx", content=[sheet(*rows)], at=AT)
    job = jobs.run_to_end(session.job_id or 0)
    assert job.state == Job.State.DONE, job.message
    session.refresh_from_db()
    return session


def write(by: Actor, session: ImportSession) -> ImportSession:
    """The previewed session, written by the job engine."""
    jobs.run_to_end(roster.commit_roster(by=by, session=session, at=AT).pk)
    session.refresh_from_db()
    return session


def faults(session: ImportSession) -> list[tuple[int, str, str]]:
    """Every problem as row, field and code, in the order of the rows."""
    rows = ImportRow.objects.filter(session=session).order_by("row_no")
    return [(row.row_no, p["field"], p["code"]) for row in rows for p in row.problems]
