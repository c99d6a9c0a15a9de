"""Recording goods sold."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from traceability.queries import submissions
from traceability.views import allocation
from traceability.views.pages import operator_page, page
from traceability.views.sale_entry import SaleEntry
from traceability.views.saved import saved_address
from traceability.views.typed import typed_in

FRAGMENTS = {
    "lines": "traceability/_sale_lines.html",
    "batch-choices": "traceability/_sale_lines.html",
    "partner-choices": "traceability/_partners.html",
    "papers": "traceability/_papers.html",
}


@operator_page(Permission.RECORD_SALES)
def sale_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """The sale page; a press of 保存 that succeeds leads on."""
    is_saved = request.POST.get("do") == "save" and not allocation.is_wanted(request.POST)
    typed = typed_in(request, judged=is_saved)
    entry = SaleEntry(request.actor, operator, typed, clock.today())
    if typed.judged:
        key = _record(entry)
        if key is not None:
            return redirect(saved_address("sale", key, entry.draft_key))
    return _shown(request, operator, entry)


def _record(entry: SaleEntry) -> UUID | None:
    """The key of what was recorded, now or by an earlier press; None when it was refused."""
    done = entry.record(clock.now())
    key: UUID | None = entry.head.cleaned_data.get("submit_key")
    if key is not None and (done or submissions.records_of(entry.operator, key)):
        return key
    return None


def _shown(request: Visit, operator: Operator, entry: SaleEntry) -> HttpResponse:
    context = {"entry": entry}
    if request.htmx and request.htmx.target in FRAGMENTS:  # type: ignore[attr-defined]
        template = FRAGMENTS[request.htmx.target]  # type: ignore[attr-defined]
        return render(request, template, {**context, "head": entry.head, "picker": entry.picker})
    return page(
        request,
        operator,
        "traceability/sale_form.html",
        context,
        tab="home",
        back="home",
        status=422 if entry.has_faults else 200,
    )
