"""A recall as a workbook: one sheet each for summary, balance, counties, holders and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook

from shilian.web.formats import moment
from traceability.models import RecallNotice
from traceability.queries.recalls import RecallPage

Rows = Sequence[Sequence[Any]]
BALANCE = (
    "单位", "应说明数量", "封存未售", "已追回", "已售未追回", "已销毁", "对不上", "还没有回复",
)  # fmt: skip
COUNTIES = ("市", "县区", "通知", "已确认", "已回复", "没有回复", "最后回复时间")
HOLDERS = (
    "县区",
    "主体",
    "统一社会信用代码",
    "身份",
    "批次数",
    "通知时间",
    "确认时间",
    "回复时间",
    "说明",
)
HISTORY = ("时间", "事项", "经手人", "说明")


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What the sheets are made of."""

    page: RecallPage
    notices: Sequence[RecallNotice]


def write(stream: IO[bytes], parts: SheetParts, mark: str) -> None:
    """The workbook; ``mark`` says at its end who took it out."""
    # Text is never read as a formula, whatever it begins with.
    book = Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"comments": mark})
    page = parts.page
    _sheet(book, "概况", ("项目", "内容"), [*_summary(page), ("", mark)])
    _sheet(book, "物料平衡", BALANCE, _balance(page))
    _sheet(book, "县区进度", COUNTIES, _counties(page))
    _sheet(book, "主体名单", HOLDERS, [_holder(notice) for notice in parts.notices])
    _sheet(book, "经过", HISTORY, _history(page))
    book.close()


def _sheet(book: Workbook, title: str, headers: Sequence[str], rows: Rows) -> None:
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, headers, bold)
    sheet.set_column(0, len(headers) - 1, 18)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, [_cell(value) for value in row])


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Decimal):
        return float(value)
    return "" if value is None else value


def _summary(page: RecallPage) -> Rows:
    recall, progress = page.recall, page.progress
    return [
        ("召回的食品", recall.product_name),
        ("类别", "演练" if recall.is_drill else "召回"),
        ("级别", recall.get_level_display()),
        ("来由", recall.get_cause_display()),
        ("原因", recall.reason),
        ("发起者", recall.initiator),
        ("知悉风险时间", recall.known_at),
        ("启动时间", recall.started_at),
        ("应启动时间", recall.start_due_at),
        ("应完成日期", str(recall.finish_due_on)),
        ("状态", recall.get_state_display()),
        ("结束时间", recall.ended_at),
        ("总结", recall.ended_note),
        ("涉及批次", recall.batch_count),
        ("通知主体", progress.told),
        ("已确认", progress.acknowledged),
        ("已回复", progress.answered),
        ("追踪用时（毫秒）", recall.trace_ms),
        ("依据", recall.legal_basis),
    ]


def _balance(page: RecallPage) -> Rows:
    return [
        (
            each.unit,
            each.total,
            each.left,
            each.recovered,
            each.sold,
            each.destroyed,
            each.unaccounted,
            each.unanswered,
        )
        for each in page.balances
    ]


def _counties(page: RecallPage) -> Rows:
    return [
        (
            each.city,
            each.county,
            each.told,
            each.acknowledged,
            each.answered,
            each.unanswered,
            each.last_answer_at,
        )
        for each in page.counties
    ]


def _holder(notice: RecallNotice) -> Sequence[Any]:
    return (
        notice.operator.county.name,
        notice.operator.name,
        notice.operator.credit_code,
        notice.get_role_display(),
        notice.batch_count,
        notice.sent_at,
        notice.acknowledged_at,
        notice.answered_at,
        notice.note,
    )


def _history(page: RecallPage) -> Rows:
    return [
        (event.at, event.get_kind_display(), event.person_name, event.note) for event in page.events
    ]
