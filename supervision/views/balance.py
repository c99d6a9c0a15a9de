"""物料平衡 of one operator before an officer; every look is written down."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.db.readonly import writes_allowed
from supervision.operations import looks
from supervision.queries import operator_page
from supervision.views.pages import OfficerRequest, bureau_page
from traceability.views import balance_page

WHAT = "balance"


@require_safe
@bureau_page(Permission.VIEW_RECORDS)
def show_balance(request: OfficerRequest, operator_id: int) -> HttpResponse:
    """What came in against what went out over a period; the operator can see that we looked."""
    operator = operator_page.find_operator(request.actor, operator_id)
    context = balance_page.context_of(request, operator, today=clock.today())
    _note(request, operator)
    context |= {
        "operator": operator,
        "export_url": reverse("supervision:operator_balance_export", args=[operator.pk]),
    }
    return render(request, "supervision/balance.html", context)


@require_safe
@bureau_page(Permission.VIEW_RECORDS)
def export_balance(request: OfficerRequest, operator_id: int) -> HttpResponseBase:
    """The same as a sheet; taking it out is a look as well."""
    operator = operator_page.find_operator(request.actor, operator_id)
    answer = export_list(request, "operator_balance", also={"operator": str(operator_id)})
    _note(request, operator)
    return answer


def _note(request: OfficerRequest, operator: Operator) -> None:
    with writes_allowed():
        looks.note_records_seen(by=request.actor, at=clock.now(), operator=operator, what=WHAT)
