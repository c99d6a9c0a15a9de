"""Recording goods received: the page and its fragments."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from traceability.forms import ProductForm, read_id
from traceability.queries import pickers, submissions
from traceability.views import product_entry
from traceability.views.pages import KEPT, operator_page, page
from traceability.views.purchase_entry import PurchaseEntry
from traceability.views.saved import saved_address
from traceability.views.typed import Typed, typed_in

LINES = "traceability/_purchase_lines.html"
FRAGMENTS = {
    "lines": LINES,
    "product-choices": LINES,
    "partner-choices": "traceability/_partners.html",
    "papers": "traceability/_papers.html",
}


@operator_page(Permission.RECORD_PURCHASES)
def purchase_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """The empty, repeated, half-filled or refused page; a press of 保存 that succeeds leads on."""
    typed = typed_in(request, judged=request.POST.get("do") == "save")
    entry = PurchaseEntry(
        request.actor,
        operator,
        typed,
        clock.today(),
        repeat=read_id(request.GET.get("repeat", "")),
        supplier=read_id(request.GET.get("supplier", "")),
    )
    product_form = _product_form(operator, Typed(typed.data))
    if request.method == "POST":
        if typed.judged:
            key = _record(entry)
            if key is not None:
                return redirect(saved_address("purchase", key, entry.draft_key))
        else:
            product_form = _change(request, operator, entry, product_form)
    return _shown(request, operator, entry, product_form)


def _record(entry: PurchaseEntry) -> UUID | None:
    """The key of what was recorded, now or by an earlier press; None when it was refused."""
    done = entry.record(clock.now())
    key: UUID | None = entry.head.cleaned_data.get("submit_key")
    if key is not None and (done or submissions.records_of(entry.operator, key)):
        return key
    return None


def _change(
    request: Visit, operator: Operator, entry: PurchaseEntry, product_form: ProductForm
) -> ProductForm:
    """Do what a button inside the page asks; returns the product form to show next."""
    typed = entry.typed
    if (number := typed.number("drop")) is not None:
        entry.drop(number)
    elif (product_id := typed.number("add")) is not None:
        entry.add(product_id)
    elif typed.text("do") == "new_product":
        judged = _product_form(operator, Typed(typed.data, judged=True))
        product_id = product_entry.save(judged, by=entry.actor, operator=operator, at=clock.now())
        if product_id is None:
            return judged
        entry.add(product_id)
        return _product_form(operator, Typed())
    return product_form


def _product_form(operator: Operator, typed: Typed) -> ProductForm:
    categories = pickers.categories(operator, clock.today())
    return typed.form(ProductForm, "product", categories=categories)


def _shown(
    request: Visit, operator: Operator, entry: PurchaseEntry, product_form: ProductForm
) -> HttpResponse:
    context = {
        "entry": entry,
        "product_form": product_form,
        "open_product": product_form.is_bound or not (entry.lines or entry.products),
    }
    if request.htmx and request.htmx.target in FRAGMENTS:  # type: ignore[attr-defined]
        template = FRAGMENTS[request.htmx.target]  # type: ignore[attr-defined]
        response = render(
            request, template, {**context, "head": entry.head, "picker": entry.picker}
        )
        if template == LINES:
            response["HX-Replace-Url"] = _address(entry)
        return response
    is_fresh = entry.typed.is_empty and entry.delivery is None
    context["deliveries"] = pickers.recent_deliveries(operator) if is_fresh else []
    status = 422 if entry.has_faults else 200
    return page(
        request,
        operator,
        "traceability/purchase_form.html",
        context,
        tab="purchase",
        back="home",
        status=status,
    )


def _address(entry: PurchaseEntry) -> str:
    """The address that opens the page with these lines again, should it be reloaded."""
    query = [(KEPT, "1")]
    query += [("supplier_id", str(entry.supplier_id))] if entry.supplier_id else []
    for line in entry.lines:
        query += [("line", str(line.number))]
        query += [(f"lines-{line.number}-product_id", str(line.product.id))]
        query += [(f"lines-{line.number}-unit", line.product.unit)]
    return f"{reverse('traceability:purchase_new')}?{urlencode(query)}"
