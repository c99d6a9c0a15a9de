"""An operator's products and partners: lists, forms, taking one off the lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from traceability.filters import PartnerFilter, SearchFilter
from traceability.forms import PartnerForm, ProductForm
from traceability.models import Partner, Product
from traceability.operations import catalogue, partners
from traceability.queries import books, pickers
from traceability.views import partner_entry, product_entry
from traceability.views.pages import operator_page, page
from traceability.views.typed import Typed, typed_in


@require_safe
@operator_page(Permission.MANAGE_CATALOGUE)
def products(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """The operator's products; with ``export`` as a sheet."""
    if export:
        return export_list(request, "products", operator)
    filter_form = SearchFilter(request.GET)
    rows = books.list_products(request.actor, operator, search=filter_form.text)
    shown = paginate(rows, request, key="-id", size=50)
    context = {
        "products": shown.rows,
        "page_of": shown,
        "filter_form": filter_form,
        "export_url": reverse("traceability:products_export"),
    }
    return page(request, operator, "traceability/products.html", context, tab="more", back="more")


@operator_page(Permission.MANAGE_CATALOGUE)
def product_new(request: Visit, operator: Operator) -> HttpResponseBase:
    first = {"is_own_made": "own" in request.GET}
    return _product_page(request, operator, None, first)


@operator_page(Permission.MANAGE_CATALOGUE)
def product(request: Visit, operator: Operator, product_id: int) -> HttpResponseBase:
    found = books.find_product(request.actor, operator, product_id)
    if found is None:
        raise Http404
    first = {name: getattr(found, name) for name in product_entry.FIELDS if name != "category"}
    return _product_page(request, operator, found, {**first, "category": found.category_id or ""})


def _product_page(
    request: Visit, operator: Operator, found: Product | None, first: dict[str, Any]
) -> HttpResponseBase:
    typed = typed_in(request, judged=request.method == "POST")
    form = _product_form(operator, typed, first)
    if typed.judged:
        saved = product_entry.save(
            form,
            by=request.actor,
            operator=operator,
            at=clock.now(),
            product=found,
        )
        if saved is not None:
            told = f"“{form.cleaned_data['name']}”已保存。"
            messages.success(request, told, extra_tags="product" if found is None else "")
            return redirect("traceability:products")
    context = {"form": form, "product": found}
    template = "traceability/product_form.html"
    status = 422 if form.is_bound else 200
    return page(request, operator, template, context, tab="more", back="products", status=status)


def _product_form(operator: Operator, typed: Typed, first: dict[str, Any]) -> ProductForm:
    categories = pickers.categories(operator, clock.today())
    return typed.form(ProductForm, initial=first, categories=categories)


@require_POST
@operator_page(Permission.MANAGE_CATALOGUE)
def product_retire(request: Visit, operator: Operator, product_id: int) -> HttpResponseBase:
    retired = catalogue.retire_product(
        by=request.actor,
        operator=operator,
        product_id=product_id,
        at=clock.now(),
    )
    messages.success(request, f"以后不再列出“{retired.name}”。")
    return redirect("traceability:products")


@require_safe
@operator_page(Permission.MANAGE_CATALOGUE)
def show_partners(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """Suppliers and buyers; with ``export`` as a sheet."""
    if export:
        return export_list(request, "partners", operator)
    form = PartnerFilter(request.GET)
    rows = books.list_partners(request.actor, operator, search=form.text, role=form.chosen_role)
    shown = paginate(rows, request, key="-id", size=50)
    context = {
        "partners": shown.rows,
        "page_of": shown,
        "filter_form": form,
        "export_url": reverse("traceability:partners_export"),
        "today": clock.today(),
    }
    return page(request, operator, "traceability/partners.html", context, tab="more", back="more")


@operator_page(Permission.MANAGE_CATALOGUE)
def partner_new(request: Visit, operator: Operator) -> HttpResponseBase:
    return _partner_page(request, operator, None, {"is_supplier": True})


@operator_page(Permission.MANAGE_CATALOGUE)
def partner(request: Visit, operator: Operator, partner_id: int) -> HttpResponseBase:
    found = books.find_partner(request.actor, operator, partner_id)
    if found is None:
        raise Http404
    first = {name: getattr(found, name) for name in partner_entry.FIELDS}
    return _partner_page(request, operator, found, first)


def _partner_page(
    request: Visit, operator: Operator, found: Partner | None, first: dict[str, Any]
) -> HttpResponseBase:
    typed = typed_in(request, judged=request.method == "POST")
    form = typed.form(PartnerForm, initial=first)
    actor = request.actor
    if typed.judged and form.is_valid():
        draft = partner_entry.draft_of(form.cleaned_data)
        try:
            partners.save_partner(
                by=actor, operator=operator, draft=draft, at=clock.now(), partner=found
            )
            told = f"“{draft.name}”已保存。"
            messages.success(request, told, extra_tags="partner" if found is None else "")
            return redirect("traceability:partners")
        except Rejected as refused:
            form.add_problems(refused.problems)
    papers = books.papers_of_partner(actor, operator, found.pk) if found else []
    context = {"form": form, "partner": found, "papers": papers}
    template = "traceability/partner_form.html"
    status = 422 if form.is_bound else 200
    return page(request, operator, template, context, tab="more", back="partners", status=status)


@require_POST
@operator_page(Permission.MANAGE_CATALOGUE)
def partner_retire(request: Visit, operator: Operator, partner_id: int) -> HttpResponseBase:
    retired = partners.retire_partner(
        by=request.actor,
        operator=operator,
        partner_id=partner_id,
        at=clock.now(),
    )
    messages.success(request, f"以后不再列出“{retired.name}”。")
    return redirect("traceability:partners")
