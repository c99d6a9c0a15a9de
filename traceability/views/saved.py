"""The page after a press of 保存: what was written, and what one may do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from traceability.queries import submissions
from traceability.queries.submissions import SavedRecord
from traceability.views.pages import operator_page, page


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of saved thing: what it is called and where its pages are."""

    records: str
    label: str
    detail: str
    again: str
    again_label: str
    tab: str


KINDS = {
    "purchase": Kind("purchase", "进货", "purchase", "purchase_new", "再登一笔进货", "purchase"),
    "incoming": Kind("purchase", "进货", "purchase", "incoming", "看看还有没有来货", "incoming"),
    "sale": Kind("sale", "销售", "sale", "sale_new", "再卖一笔", "home"),
    "inspection": Kind(
        "inspection", "出厂检验", "inspection", "inspection_new", "再登一批检验", "home"
    ),
    "production": Kind("batch", "生产", "batch", "inspection_new", "接着登记出厂检验", "home"),
    "run": Kind("batch", "产出", "batch", "stock", "看库存", "home"),
    "movement": Kind("movement", "出库", "movement", "movements", "看损耗、销毁、退货", "more"),
    "harvest": Kind("batch", "采收", "batch", "sale_new", "接着登记销售", "home"),
}


def saved_address(kind: str, key: UUID, draft_key: str = "") -> str:
    """Where a press of 保存 leads; ``draft_key`` names the half-filled form that is done with."""
    address = reverse("traceability:saved", args=[kind, key])
    return f"{address}?{urlencode({'draft': draft_key})}" if draft_key else address


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def saved(request: Visit, operator: Operator, kind: str, key: UUID) -> HttpResponseBase:
    """What one press wrote; a press of somebody else is not found."""
    if kind not in KINDS:
        raise Http404
    about = KINDS[kind]
    found = submissions.saved_records(
        request.actor,
        operator,
        key,
        about.records,
    )
    if not found:
        raise Http404
    context = {
        "records": [_shown(record, about) for record in found],
        "kind_label": about.label,
        "lacks_something": any(record.lacking for record in found),
        "draft_key": request.GET.get("draft", kind)[:40],
        "again_url": reverse(f"traceability:{about.again}"),
        "again_label": about.again_label,
    }
    return page(request, operator, "traceability/saved.html", context, tab=about.tab, back="home")


def _shown(record: SavedRecord, about: Kind) -> dict[str, Any]:
    return {
        "title": record.title,
        "note": record.note,
        "lacking": record.lacking,
        "is_complete": record.is_complete,
        "url": reverse(f"traceability:{about.detail}", args=[record.id]),
        "voucher_url": _voucher_url(record, about),
    }


def _voucher_url(record: SavedRecord, about: Kind) -> str:
    """Where the voucher that the record lacks is photographed; empty when it lacks none."""
    if not record.lacks_voucher:
        return ""
    page = reverse(f"traceability:{about.detail}_correct", args=[record.id])
    return f"{page}?fill=1#id_photos"
