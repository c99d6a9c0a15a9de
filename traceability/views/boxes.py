"""Boxes and pallets: the list, and the way from a scanned number to what is inside."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian.web.pagination import paginate
from traceability.queries import boxes
from traceability.run_forms import BoxFilter
from traceability.views.pages import operator_page, page


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_boxes(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """The operator's boxes; a whole number leads straight to its box. ``export``: as a sheet."""
    if export:
        return export_list(request, "boxes", operator)
    filter_form = BoxFilter(request.GET)
    found = boxes.batch_by_number(request.actor, operator, filter_form.text)
    if found is not None:
        return redirect("traceability:batch", found)
    rows = boxes.list_boxes(request.actor, operator, search=filter_form.text)
    shown = paginate(rows, request, key="-batch_id", size=30)
    context = {
        "boxes": boxes.lines_of(request.actor, operator, shown.rows),
        "page_of": shown,
        "filter_form": filter_form,
        "export_url": reverse("traceability:boxes_export"),
    }
    return page(request, operator, "traceability/boxes.html", context, tab="more", back="more")
