"""库存: what is left of each batch, what is near its last day, and what the books cannot explain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.web.pagination import KeysetPage
from traceability.filters import StockFilter as StockFilterForm
from traceability.queries import holds, stock_book
from traceability.queries.stock_book import Key, StockPage, StockRow
from traceability.rules import shelf_life
from traceability.rules.holds import Stop
from traceability.rules.shelf_life import Freshness
from traceability.views.pages import operator_page, page

CURSOR = "stock-cursor"
PRINTED = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One batch in the list."""

    row: StockRow
    freshness: Freshness
    stop: Stop | None
    days_left: int | None


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_stock(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """The batches, those that expire first at the top; with ``export`` as a sheet."""
    if export:
        return export_list(request, "stock", operator)
    form, today = StockFilterForm(request.GET), clock.today()
    asked = form.asked()
    found = stock_book.page_of_stock(operator, asked, today=today, **_cursor(request))
    context = {
        "rows": _shown(found.rows, today),
        "page_of": _keyset(found),
        "filter_form": form,
        "counts": stock_book.count_stock(operator, today=today),
        "is_filtered": bool(form.chosen()),
        "export_url": reverse("traceability:stock_export"),
        "print_url": _address("stock_print", form),
        "today": today,
        "tiers": shelf_life.tiers_on(today),
    }
    return page(request, operator, "traceability/stock.html", context, tab="more", back="more")


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def print_stock(request: Visit, operator: Operator) -> HttpResponseBase:
    """The same list on A4, to count the shelves by."""
    form, today = StockFilterForm(request.GET), clock.today()
    rows = list(stock_book.all_of_stock(operator, form.asked(), today=today, limit=PRINTED + 1))
    context = {
        "operator": operator,
        "rows": _shown(rows[:PRINTED], today),
        "is_cut": len(rows) > PRINTED,
        "printed_at": clock.now(),
        "today": today,
        "back_url": _address("stock", form),
    }
    return render(request, "traceability/stock_print.html", context)


def _shown(rows: list[StockRow], today: date) -> list[Shown]:
    stops = holds.stops_of([row.batch_id for row in rows])
    return [
        Shown(
            row=row,
            freshness=row.freshness(today),
            stop=stops.get(row.batch_id),
            days_left=(row.expires_on - today).days if row.expires_on else None,
        )
        for row in rows
    ]


def _address(name: str, form: StockFilterForm) -> str:
    address, asked = reverse(f"traceability:{name}"), form.chosen()
    return f"{address}?{urlencode(asked)}" if asked else address


def _cursor(request: Visit) -> dict[str, Any]:
    """Where the page begins; a damaged cursor begins at the top."""
    try:
        side, last, received, id_ = signing.loads(request.GET.get("cursor", ""), salt=CURSOR)
    except signing.BadSignature:
        return {}
    key: Key = (date.fromisoformat(last) if last else None, date.fromisoformat(received), id_)
    return {side: key}


def _keyset(found: StockPage) -> KeysetPage[Any]:
    return KeysetPage(newer=_written("before", found.newer), older=_written("after", found.older))


def _written(side: str, key: Key | None) -> str:
    if key is None:
        return ""
    last, received, id_ = key
    told = [side, last.isoformat() if last else "", received.isoformat(), id_]
    return signing.dumps(told, salt=CURSOR)
