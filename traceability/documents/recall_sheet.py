"""A recall as rows for a workbook: summary, balance, counties, holders and history, a sheet each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from traceability.queries.recall_holders import HolderLine
from traceability.queries.recalls import RecallPage
from traceability.rules.recalls import Balance

Rows = Iterable[Sequence[Any]]
# The first column names the sheet that a row stands on.
PART = 0
SUMMARY, BALANCE, COUNTIES, HOLDERS, HISTORY = "概况", "物料平衡", "县区进度", "主体名单", "经过"
HEADINGS = {
    SUMMARY: ("部分", "项目", "内容"),
    BALANCE: (
        "部分", "单位", "应说明数量", "封存未售", "已追回", "已售未追回", "已销毁", "对不上", "还没有回复",
    ),
    COUNTIES: ("部分", "市", "县区", "通知", "已确认", "已回复", "没有回复", "最后回复时间"),
    HOLDERS: (
        "部分", "县区", "主体", "统一社会信用代码", "身份", "批次数", "通知时间", "确认时间", "回复时间",
        "说明", "单位", "应说明数量", "封存未售", "已追回", "已售未追回", "已销毁", "对不上", "还没有回复",
    ),
    HISTORY: ("部分", "时间", "事项", "经手人", "说明"),
}  # fmt: skip


def rows_of(page: RecallPage, holders: Iterable[HolderLine], outside: int) -> Iterator[list[Any]]:
    """The rows of every sheet, one sheet after the other; the holders are read as they are taken.

    ``outside`` of those who were told lie beyond the reader's sight, and are counted only.
    """
    parts: tuple[tuple[str, Rows], ...] = (
        (SUMMARY, [*_summary(page), ("其中辖区以外（不列名单）", outside)]),
        (BALANCE, _balance(page)),
        (COUNTIES, _counties(page)),
        (HOLDERS, chain.from_iterable(map(_holder, holders))),
        (HISTORY, _history(page)),
    )
    for part, rows in parts:
        for row in rows:
            yield [part, *row]


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
    return [_amounts(each) for each in page.balances]


def _amounts(balance: Balance) -> tuple[Any, ...]:
    return (
        balance.unit,
        balance.total,
        balance.left,
        balance.recovered,
        balance.sold,
        balance.destroyed,
        balance.unaccounted,
        balance.unanswered,
    )


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


def _holder(line: HolderLine) -> Rows:
    """A row for each unit; one without amounts for a source."""
    notice = line.notice
    told = (
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
    return [(*told, *_amounts(each)) for each in line.balances] or [told]


def _history(page: RecallPage) -> Rows:
    return [
        (event.at, event.get_kind_display(), event.person_name, event.note) for event in page.events
    ]
