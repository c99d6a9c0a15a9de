"""The radar's list and the months that look made up, as sheets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.extracts import Extract, extract
from enterprises.roles import Permission
from shilian import clock
from shilian.web.formats import month_cn
from supervision.finding_filters import FindingFilter, SuspicionFilter
from supervision.models import Finding, Suspicion
from supervision.queries import findings, suspicions

CHUNK = 1_000
FINDING_HEADERS = [
    "严重程度", "情形", "主体", "统一社会信用代码", "县区", "监管所", "情况", "自何日起", "办理期限",
    "是否过期限", "负责人", "提醒时间", "发现次数", "状态", "消除时间", "怎么办",
]  # fmt: skip
SUSPICION_HEADERS = [
    "月份", "主体", "统一社会信用代码", "县区", "监管所", "疑似程度", "看到的情况", "结论", "核查人",
    "核查时间", "核查经过和理由",
]  # fmt: skip


@extract("findings", "断链线索", Permission.FOLLOW_FINDINGS, page="supervision:findings")
def listed_findings(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """The findings in sight that meet the filters, in the order of the page."""
    counties, people = findings.counties_of(actor), findings.colleagues(actor)
    form = FindingFilter(asked, counties=counties, colleagues=people)
    found = findings.list_findings(actor, form.criteria(clock.today()))
    rows = found.order_by(*findings.ORDER.split(","))[:limit].iterator(chunk_size=CHUNK)
    return Extract("断链线索", "断链线索", FINDING_HEADERS, _finding_rows(rows))


@extract("suspicions", "疑似造数", Permission.FOLLOW_FINDINGS, page="supervision:suspicions")
def listed_suspicions(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """The suspicions in sight that meet the filters, the highest score first."""
    form = SuspicionFilter(asked, counties=findings.counties_of(actor), today=clock.today())
    chosen = form.chosen()
    found = suspicions.list_suspicions(
        actor,
        month=chosen.get("month"),
        state=chosen.get("state", ""),
        county_id=chosen.get("county"),
        search=chosen.get("search", ""),
    )
    rows = found.order_by(*suspicions.ORDER.split(","))[:limit].iterator(chunk_size=CHUNK)
    return Extract("疑似造数", "疑似造数", SUSPICION_HEADERS, map(_suspicion_row, rows))


def _finding_rows(rows: Iterator[Finding]) -> Iterator[list[Any]]:
    today = clock.today()
    while chunk := list(islice(rows, CHUNK)):
        for row in chunk:
            yield [
                row.get_severity_display(), row.declared.name, row.operator.name,
                row.operator.credit_code, row.operator.county.name, _station(row), row.cause,
                row.since, row.due_on, "是" if row.is_overdue(today) else "",
                row.assignee.name if row.assignee else "", row.sent_at, row.times,
                row.get_state_display(), row.closed_at, row.declared.remedy,
            ]  # fmt: skip


def _suspicion_row(row: Suspicion) -> list[Any]:
    seen = "；".join(f"{each.name}：{each.seen}" for each in suspicions.signal_rows(row))
    return [
        month_cn(row.month), row.operator.name, row.operator.credit_code, row.operator.county.name,
        _station(row), row.score, seen, row.get_state_display(), row.decided_name, row.decided_at,
        row.reason,
    ]  # fmt: skip


def _station(row: Finding | Suspicion) -> str:
    return row.operator.station.name if row.operator.station else ""
