"""An operator's records and papers before an officer; every look is written down."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.web.pagination import paginate
from supervision.filters import RecordFilter
from supervision.operations import looks
from supervision.queries import operator_page, operator_records
from supervision.views.pages import OfficerRequest, bureau_page
from traceability.queries.ledger import KEYS

PAGE_SIZE = 25
PAPERS = "papers"


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def list_records(request: OfficerRequest, operator_id: int) -> HttpResponse:
    """Purchases, sales or inspections, newest first; the operator can see that we looked."""
    operator = operator_page.find_operator(request.actor, operator_id)
    form = RecordFilter(request.GET, today=clock.today())
    kind = form.chosen_kind
    found = operator_records.records_of(request.actor, operator, kind, form.asked())
    page = paginate(found, request, key=KEYS[kind], size=PAGE_SIZE)
    _note(request, operator, kind)
    context = {
        "operator": operator,
        "form": form,
        "rows": operator_records.rows_of(operator, kind, page.rows),
        "page": page,
        "partner_word": operator_records.PARTNER_WORD[kind],
        "tabs": _tabs(kind),
        "export_url": reverse("supervision:operator_records_export", args=[operator.pk]),
    }
    return render(request, "supervision/records.html", context)


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def export_records(request: OfficerRequest, operator_id: int) -> HttpResponseBase:
    """The same records as a sheet; taking them out is a look as well."""
    operator = operator_page.find_operator(request.actor, operator_id)
    answer = export_list(request, "operator_records", also={"operator": str(operator_id)})
    _note(request, operator, RecordFilter(request.GET, today=clock.today()).chosen_kind)
    return answer


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def list_papers(request: OfficerRequest, operator_id: int) -> HttpResponse:
    """The newest evidence documents of the operator."""
    operator = operator_page.find_operator(request.actor, operator_id)
    papers = operator_page.papers(request.actor, operator, today=clock.today())
    _note(request, operator, PAPERS)
    context = {"operator": operator, "papers": papers, "tabs": _tabs(PAPERS)}
    return render(request, "supervision/papers.html", context)


def _note(request: OfficerRequest, operator: Any, what: str) -> None:
    with writes_allowed():
        looks.note_records_seen(by=request.actor, at=clock.now(), operator=operator, what=what)


def _tabs(current: str) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "label": label, "current": kind == current}
        for kind, label in operator_records.KINDS.items()
    ]
