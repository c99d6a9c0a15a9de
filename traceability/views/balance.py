"""物料平衡 before its operator: what came in against what went out, and what was made of what."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from traceability.views import balance_page
from traceability.views.pages import operator_page, page


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_balance(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """One of the three lists over a period; with ``export`` as a sheet."""
    if export:
        return export_list(request, "balance", operator)
    context = balance_page.context_of(request, operator, today=clock.today())
    context |= {
        "export_url": reverse("traceability:balance_export"),
        "batch_links": True,
    }
    template = "traceability/balance.html"
    return page(request, operator, template, context, tab="more", back="stock")
