"""The bureau's lists as sheets: operators, and the records of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.models import Operator
from enterprises.models.operators import OperatorQuerySet
from enterprises.queries import divisions
from enterprises.roles import Permission
from shilian import clock
from shilian.web import masking
from shilian.web.formats import month_cn
from supervision.filters import QUICK_LISTS, OperatorFilter, PlaceForm, RecordFilter
from supervision.queries import operator_page, operator_records, operators
from supervision.queries.operators import OperatorRow
from traceability.extracts import balance_of
from traceability.queries import ledger
from traceability.queries.ledger import Kind

CHUNK = 1_000
FIGURE_WORDS = {
    "listed": "计入分母的主体",
    "registered": "已注册的主体",
    "unregistered": "未注册的主体",
    "active": "活跃的主体",
    "inactive": "不活跃的主体",
    "covered": "“10+3”已覆盖的主体",
    "uncovered": "“10+3”未覆盖的主体",
    "uploading": "自建系统有达标的主体",
    "not_uploading": "自建系统未达标的主体",
    "excluded": "不计入分母的主体",
}
HEADERS = [
    "名称",
    "统一社会信用代码",
    "环节",
    "主体类型",
    "上链状态",
    "经营状态",
    "辖区",
    "监管所",
    "地址",
    "联系人",
    "联系电话",
    "最近有效记录",
    "许可证有效期至",
    "未对应记录",
]

PARTNER = "对方"
RECORDS = (
    "品名", "规格", "数量", "单位", "日期", "批号", "生产日期", PARTNER, "凭证", "文件数", "录入时间",
    "录入方式", "状态", "缺少的法定要素",
)  # fmt: skip


@extract("operators", "主体名单", Permission.EXPORT_LISTS, page="supervision:operators")
def listed_operators(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """The operators in sight that meet the filters, in the order of the register.

    Phone numbers are whole only for those who may see them one by one.
    Raises: OutOfScope for a division outside the actor's sight.
    """
    code = PlaceForm(asked).chosen().get("division")
    division = divisions.division_in_sight(actor, code) if code else divisions.home_division(actor)
    form = OperatorFilter(
        asked,
        townships=divisions.townships_below(actor, division),
        stations=divisions.stations_below(actor, division),
    )
    found = operators.operators_matching(actor, form.criteria(division, clock.today()))
    title = title_of(form)
    return Extract(
        f"{division.name}{title}",
        title,
        HEADERS,
        _rows(actor, found.order_by("pk")[:limit]),
        county_id=division.pk if division.is_county_level else None,
    )


@extract(
    "operator_balance",
    "经营主体的物料平衡",
    Permission.EXPORT_LISTS,
    page="supervision:operator_balance",
    page_names=("operator",),
)
def balance_of_operator(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """The balance of the operator that ``operator`` in the query names.

    Raises: OutOfScope, Forbidden for those who may not see records.
    """
    operator = operator_page.find_operator(actor, _number(asked.get("operator", "")))
    actor.require(Permission.VIEW_RECORDS, on=operator)
    return replace(balance_of(operator, asked, limit), county_id=operator.county_id)


@extract(
    "operator_records",
    "经营主体的记录",
    Permission.EXPORT_LISTS,
    page="supervision:operator_records",
    page_names=("operator",),
)
def records_of_operator(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """The records of the operator that ``operator`` in the query names, newest first.

    Raises: OutOfScope, Forbidden for those who may not see records.
    """
    operator = operator_page.find_operator(actor, _number(asked.get("operator", "")))
    form = RecordFilter(asked, today=clock.today())
    kind = form.chosen_kind
    found = operator_records.records_of(actor, operator, kind, form.asked())
    title = operator_records.KINDS[kind]
    headers = [operator_records.PARTNER_WORD[kind] if h == PARTNER else h for h in RECORDS]
    return Extract(
        f"{title}-{operator.name}",
        title,
        headers,
        _record_rows(operator, kind, found.order_by(*ledger.KEYS[kind].split(","))[:limit]),
        county_id=operator.county_id,
    )


def _number(text: str) -> int:
    """Raises: OutOfScope for what can be nobody's number."""
    if not text.isascii() or not text.isdigit():
        raise OutOfScope
    return int(text)


def _record_rows(operator: Operator, kind: Kind, found: QuerySet[Any]) -> Iterator[list[Any]]:
    every = found.iterator(chunk_size=CHUNK)
    while chunk := list(islice(every, CHUNK)):
        for row in operator_records.rows_of(operator, kind, chunk):
            yield [
                row.goods, row.specification, row.quantity, row.unit, row.day, row.batch_number,
                row.produced_on, row.partner, row.voucher, row.paper_count, row.recorded_at,
                row.channel, row.state_name, row.fields_told,
            ]  # fmt: skip


def title_of(form: OperatorFilter) -> str:
    """What the filtered list is called."""
    figure, month = form.asked_figure(clock.today())
    if figure and month:
        return f"{month_cn(month)}{FIGURE_WORDS[figure]}"
    quick = form.chosen().get("quick", "")
    return dict(QUICK_LISTS)[quick] + ("的主体" if quick else "")


def _rows(actor: Actor, found: OperatorQuerySet) -> Iterator[list[Any]]:
    """The list in chunks, so that memory and queries do not grow with its length."""
    whole, today = actor.may(Permission.VIEW_CONTACTS), clock.today()
    every = found.iterator(chunk_size=CHUNK)
    while chunk := list(islice(every, CHUNK)):
        for row in operators.rows_of(actor, chunk, today=today):
            yield _row(row, whole=whole)


def _row(row: OperatorRow, *, whole: bool) -> list[Any]:
    return [
        row.name,
        row.credit_code,
        row.sector,
        row.kind,
        row.state_name,
        row.standing_name,
        row.place,
        row.station,
        row.address,
        row.contact_name if whole else masking.mask_name(row.contact_name),
        row.contact_phone if whole else masking.mask_phone(row.contact_phone),
        row.last_on,
        row.licence_until,
        row.unmatched_count,
    ]
