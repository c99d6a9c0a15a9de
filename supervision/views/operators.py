"""The bureau's list of operators, the quick lists in it, and the list as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Division
from enterprises.models.operators import OperatorQuerySet
from enterprises.queries import divisions
from enterprises.roles import Permission
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.web import exports, masking
from shilian.web.formats import month_cn
from shilian.web.pagination import paginate
from supervision.filters import QUICK_LISTS, OperatorFilter
from supervision.operations import looks
from supervision.queries import operators
from supervision.queries.operators import OperatorRow
from supervision.views.pages import OfficerRequest, bureau_page, place_of

PAGE_SIZE = 25
CHUNK = 500
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """The list as it was asked for."""

    division: Division
    form: OperatorFilter
    found: OperatorQuerySet


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def list_operators(request: OfficerRequest) -> HttpResponse:
    """The operators of the jurisdiction that meet the filters, newest on the register first."""
    asked = _asked(request)
    page = paginate(asked.found, request, size=PAGE_SIZE)
    context = {
        "division": asked.division,
        "crumbs": divisions.ancestors_within(request.actor, asked.division),
        "form": asked.form,
        "rows": operators.rows_of(request.actor, page.rows, today=clock.today()),
        "page": page,
        "title": _title(asked.form),
        "quick_lists": _quick_lists(request, asked),
        "export_url": reverse("supervision:operators_export"),
        "may_see_contacts": request.actor.may(Permission.VIEW_CONTACTS),
        "may_export": request.actor.may(Permission.EXPORT_LISTS),
    }
    return render(request, "supervision/operators.html", context)


@require_safe
@bureau_page(Permission.EXPORT_LISTS)
def export_operators(request: OfficerRequest) -> HttpResponse:
    """The filtered list as .xlsx; who took it stands in the file and in the audit.

    Phone numbers are whole only for those who may see them one by one. A list that is too long
    for one sheet leads back to the page, with the advice to narrow it.
    """
    asked = _asked(request)
    if operators.is_longer(asked.found, exports.ROW_LIMIT):
        messages.error(
            request,
            f"一次最多导出 {exports.ROW_LIMIT:,} 行，请缩小范围（例如按县区或环节）后再导出。",
        )
        return redirect(f"{reverse('supervision:operators')}?{request.GET.urlencode()}")
    now = clock.now()
    rows = list(_sheet_rows(request, asked.found))
    with writes_allowed():
        entry = looks.note_export(
            by=request.actor,
            at=now,
            what="operators",
            count=len(rows),
            county_id=asked.division.pk if asked.division.is_county_level else None,
        )
    return exports.xlsx_response(
        f"{asked.division.name}{_title(asked.form)}",
        HEADERS,
        rows,
        exports.watermark_text(request.actor.name, now, str(entry.pk)),
        sheet_title=_title(asked.form),
    )


def _asked(request: OfficerRequest) -> _Asked:
    place = place_of(request)
    form = OperatorFilter(
        request.GET,
        townships=divisions.townships_below(request.actor, place.division),
        stations=divisions.stations_below(request.actor, place.division),
    )
    criteria = form.criteria(place.division, clock.today())
    return _Asked(place.division, form, operators.operators_matching(request.actor, criteria))


def _title(form: OperatorFilter) -> str:
    chosen = form.chosen()
    if chosen.get("figure") and chosen.get("month"):
        return f"{month_cn(chosen['month'])}{FIGURE_WORDS[chosen['figure']]}"
    return dict(QUICK_LISTS)[chosen.get("quick", "")] + ("主体" if chosen.get("quick") else "")


def _quick_lists(request: OfficerRequest, asked: _Asked) -> list[dict[str, Any]]:
    chosen = asked.form.chosen()
    current = None if chosen.get("figure") else chosen.get("quick", "")
    address = f"{request.path}?division={asked.division.code}"
    return [
        {
            "label": label,
            "url": f"{address}&quick={name}" if name else address,
            "current": name == current,
        }
        for name, label in QUICK_LISTS
    ]


def _sheet_rows(request: OfficerRequest, found: OperatorQuerySet) -> Iterator[list[Any]]:
    """The list in chunks, so that memory and queries do not grow with its length."""
    whole = request.actor.may(Permission.VIEW_CONTACTS)
    every = found.order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := list(islice(every, CHUNK)):
        for row in operators.rows_of(request.actor, chunk, today=clock.today()):
            yield _sheet_row(row, whole=whole)


def _sheet_row(row: OperatorRow, *, whole: bool) -> list[Any]:
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
