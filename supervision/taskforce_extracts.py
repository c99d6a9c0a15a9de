"""The task force's lists as sheets: the bulletins made, and the values they are made with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.extracts import Extract, extract
from enterprises.roles import Permission
from shilian import clock
from supervision.metrics import EXPLAINED
from supervision.models import Bulletin
from supervision.queries import bulletins, statuses
from supervision.queries.bulletins import DatedRule
from supervision.rules.months import month_text

BULLETINS = (
    "月份", "版次", "状态", "拟稿人", "拟稿时间", "更正原因", "数据摘要", "范围", "发文字号", "印发日期",
)  # fmt: skip
FORMULAS, TARGETS, THRESHOLDS, CITIES = "指标公式", "目标", "计算参数", "示范、创建城市"
DATED = ("表", "名称", "适用", "数值", "起", "止", "今天是否有效", "依据", "审定")
HEADERS = {
    FORMULAS: ("表", "指标", "公式", "分子", "分母", "依据", "审定"),
    TARGETS: DATED,
    THRESHOLDS: DATED,
    CITIES: ("表", "城市", "区划代码", "身份", "起", "止", "今天是否有效", "依据", "审定"),
}


@extract("bulletins", "通报", Permission.EXPORT_LISTS, page="supervision:bulletins")
def bulletin_rows(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """Every bulletin in sight, the newest month first."""
    found = bulletins.bulletins(actor).order_by("-month", "-revision")[:limit]
    return Extract("通报目录", "通报", BULLETINS, map(_bulletin, found.iterator()))


def _bulletin(row: Bulletin) -> list[Any]:
    return [
        month_text(row.month),
        f"第 {row.revision} 版",
        row.get_state_display(),
        row.made_by,
        row.made_at,
        row.reason,
        row.sha256,
        row.area_name or "全省",
        row.number,
        row.issued_on,
    ]


@extract(
    "parameters",
    "公式、参数和目标",
    Permission.PREPARE_BULLETIN,
    page="supervision:parameters",
)
def parameter_rows(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """Formulas, targets, thresholds and cities' statuses, past and present, a sheet of each."""
    rows = islice(_values(actor), limit)
    return Extract(
        "公式、参数和目标", FORMULAS, HEADERS[FORMULAS], rows, sheet_column=0, sheet_headers=HEADERS
    )


def _values(actor: Actor) -> Iterator[list[Any]]:
    today = clock.today()
    for each in EXPLAINED:
        yield [
            FORMULAS, each.name, each.formula, each.numerator_name, each.denominator_name,
            each.source, each.reviewed_on,
        ]  # fmt: skip
    for rule in bulletins.targets(actor, today):
        yield _dated(TARGETS, rule)
    for rule in bulletins.thresholds(actor, today):
        yield _dated(THRESHOLDS, rule)
    for status in statuses.list_statuses(actor, today):
        yield [
            CITIES, status.city, status.code, status.name, status.since, status.until,
            "是" if status.is_in_force else "否", status.basis, status.reviewed_on,
        ]  # fmt: skip


def _dated(sheet: str, rule: DatedRule) -> list[Any]:
    return [
        sheet, rule.name, rule.tier_name, rule.value_text, rule.effective_from, rule.effective_to,
        "是" if rule.is_in_force else "否", rule.basis, rule.reviewed_on,
    ]  # fmt: skip
