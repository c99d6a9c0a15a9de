"""The operator's ledger (台账): on the screen, as a sheet, on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.web.formats import day, month_cn, quantity
from shilian.web.pagination import KeysetPage
from traceability.filters import LedgerFilter as LedgerFilterForm
from traceability.models import RecordState, Sale
from traceability.queries import ledger, ledger_sheet
from traceability.queries.ledger import Kind, LedgerFilter, LedgerLine, LedgerPage
from traceability.views.pages import operator_page, page
from traceability.views.shows import Shows, shows_for

CURSOR = "ledger-cursor"
PRINTED = 1_000
# On paper whether or not the law asks this operator for them: an inspector reads them first.
ALWAYS_PRINTED = {
    "进货日期", "销售日期", "检验日期", "名称", "规格", "数量", "单位", "退回数量", "生产日期", "生产批号",
    "供货者名称", "购货者名称", "检验合格证号", "检验结果", "相关凭证",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of ledger: how it is called, read, and begun."""

    kind: Kind
    label: str
    read: Callable[..., LedgerPage[Any]]
    other_label: str
    new: str
    new_label: str
    empty_text: str

    @property
    def url(self) -> str:
        return reverse("traceability:ledger_of", args=[self.kind])


TABS: dict[str, Tab] = {
    "purchase": Tab(
        "purchase", "进货", ledger.list_purchases, "供货者", "purchase_new", "登记进货",
        "登记一笔进货，台账就自动记好了。",
    ),
    "sale": Tab(
        "sale", "销售", ledger.list_sales, "购货者", "sale_new", "登记销售",
        "登记一笔销售，台账就自动记好了。",
    ),
    "inspection": Tab(
        "inspection", "出厂检验", ledger.list_inspections, "检验结果", "inspection_new",
        "登记出厂检验", "登记一批产品的检验，台账就自动记好了。",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One record in the list."""

    url: str
    name: str
    specification: str
    on: date
    quantity: Any
    unit: str
    other: str
    produced_on: date | None
    batch_number: str
    missing_count: int
    state_label: str
    returned_label: str = ""


@dataclass(frozen=True, slots=True)
class PrintedCell:
    text: str
    is_number: bool = False


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_ledger(request: Visit, operator: Operator, kind: str) -> HttpResponseBase:
    """One tab of the ledger, filtered."""
    tab = _tab(kind)
    filter_form = LedgerFilterForm(request.GET)
    asked = filter_form.asked()
    found = tab.read(request.actor, operator, asked, **_cursor(request))
    context = {
        "tabs": _tabs(shows_for(operator), tab),
        "kind": tab.kind,
        "rows": [_row(tab.kind, line) for line in found.lines],
        "page_of": _keyset(found),
        "filter_form": filter_form,
        "export_url": reverse("traceability:ledger_export", args=[tab.kind]),
        "print_url": _print_url(tab, asked),
        "is_filtered": bool(filter_form.chosen()),
        "other_label": tab.other_label,
        "month": asked.month or clock.month_of(clock.today()),
        "new_url": reverse(f"traceability:{tab.new}"),
        "new_label": tab.new_label,
        "empty_title": f"还没有{tab.label}记录",
        "empty_text": tab.empty_text,
    }
    return page(request, operator, "traceability/ledger.html", context, tab="ledger")


def _tab(kind: str) -> Tab:
    if kind not in TABS:
        raise Http404
    return TABS[kind]


def _tabs(shows: Shows, current: Tab) -> list[Tab]:
    """The ledgers this operator keeps; the one that is open is always among them."""
    kept = {"purchase": True, "sale": shows.sales, "inspection": shows.inspections}
    return [tab for kind, tab in TABS.items() if kept[kind] or tab is current]


def _cursor(request: Visit) -> dict[str, tuple[date, int]]:
    """Where the page begins; a damaged cursor begins at the top."""
    try:
        direction, on, id_ = signing.loads(request.GET.get("cursor", ""), salt=CURSOR)
    except signing.BadSignature:
        return {}
    return {direction: (date.fromisoformat(on), id_)}


def _keyset(found: LedgerPage[Any]) -> KeysetPage[Any]:
    return KeysetPage(
        newer=_write_cursor("newer_than", found.newer),
        older=_write_cursor("older_than", found.older),
    )


def _write_cursor(direction: str, key: tuple[date, int] | None) -> str:
    if key is None:
        return ""
    return signing.dumps([direction, key[0].isoformat(), key[1]], salt=CURSOR)


def _row(kind: Kind, line: LedgerLine[Any]) -> Row:
    record, batch = line.record, line.batch
    is_inspection = kind == "inspection"
    return Row(
        url=reverse(f"traceability:{kind}", args=[line.id]),
        name=batch.name,
        specification=batch.specification,
        on=getattr(record, ledger.DAY[kind]),
        quantity=batch.quantity if is_inspection else record.quantity,
        unit=batch.unit,
        other=record.get_result_display()
        if is_inspection
        else getattr(record, ledger.PARTNER[kind]),
        produced_on=batch.produced_on,
        batch_number=batch.batch_number,
        missing_count=len(record.missing),
        state_label="" if record.is_current else RecordState(record.state).label,
        returned_label=_returned(record) if kind == "sale" else "",
    )


def _returned(sale: Sale) -> str:
    """What of the sale its buyer did not take, in words; empty when it took everything."""
    if not sale.returned_quantity:
        return ""
    if sale.returned_quantity == sale.quantity:
        return "买方拒收"
    return f"买方少收 {quantity(sale.returned_quantity)} {sale.unit}"


def _print_url(tab: Tab, asked: LedgerFilter) -> str:
    month = asked.month or clock.month_of(clock.today())
    address = reverse("traceability:ledger_print", args=[tab.kind])
    return f"{address}?{urlencode({'month': f'{month:%Y-%m}'})}"


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def export_ledger(request: Visit, operator: Operator, kind: str) -> HttpResponseBase:
    """What is filtered, as a sheet headed as the law names its columns."""
    if sent_back := _unreadable(request, _tab(kind)):
        return sent_back
    return export_list(request, f"ledger_{_tab(kind).kind}", operator)


def _unreadable(request: Visit, tab: Tab) -> HttpResponseBase | None:
    """Back to the list with a sentence when a filter makes no sense; None when all do.

    The list on the screen leaves such a filter out and shows that it did; a file that leaves cannot,
    and would pass everything off as that month.
    """
    filter_form = LedgerFilterForm(request.GET)
    if filter_form.is_valid():
        return None
    faults = [str(text) for texts in filter_form.errors.values() for text in texts]
    messages.error(request, f"没有导出：{''.join(faults)}")
    kept = {name: request.GET[name] for name in filter_form.chosen() if name in request.GET}
    return redirect(f"{tab.url}?{urlencode(kept)}" if kept else tab.url)


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def print_ledger(request: Visit, operator: Operator, kind: str) -> HttpResponseBase:
    """One month on A4, as an inspector wants to see it."""
    tab = _tab(kind)
    if sent_back := _unreadable(request, tab):
        return sent_back
    month = LedgerFilterForm(request.GET).asked().month or clock.month_of(clock.today())
    columns = [
        column
        for column in ledger_sheet.export_columns(operator, tab.kind)
        if column.is_asked or column.heading in ALWAYS_PRINTED
    ]
    found = list(
        ledger.export_lines(
            request.actor, operator, tab.kind, LedgerFilter(month=month), limit=PRINTED + 1
        )
    )
    lines = found[:PRINTED]
    context = {
        "operator": operator,
        "title": f"{month_cn(month)}{ledger_sheet.TITLES[tab.kind]}",
        "kind_label": f"{tab.label}记录",
        "columns": [column.heading for column in columns],
        "rows": [[_printed(column.value(line)) for column in columns] for line in lines],
        "complete_count": sum(line.record.is_complete for line in lines),
        "basis": ledger_sheet.legal_basis(operator, tab.kind),
        "first_day": month,
        "last_day": clock.next_month(month) - timedelta(days=1),
        "printed_at": clock.now(),
        "is_cut": len(found) > PRINTED,
        "back_url": f"{tab.url}?month={month:%Y-%m}",
    }
    return render(request, "traceability/ledger_print.html", context)


def _printed(value: Any) -> PrintedCell:
    if value is None:
        return PrintedCell("")
    if isinstance(value, Decimal):
        return PrintedCell(quantity(value), is_number=True)
    return PrintedCell(day(value) if isinstance(value, date) else str(value))
