"""Who looked at the operator's records or phone number: every look is visible to its owner."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.queries import looks
from enterprises.queries.audit_events import event_name
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian.web.pagination import paginate
from traceability.queries import cases
from traceability.views.pages import operator_page, page

RECEIPTS = 10


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_looks(request: Visit, operator: Operator) -> HttpResponseBase:
    """The officers' looks and, under trace cases, the days on which they saw the data."""
    shown = paginate(looks.looks_at(request.actor, operator), request)
    receipts = paginate(
        cases.receipts_of(request.actor, operator), request, key="-day,-case_id", size=RECEIPTS
    )
    context = {
        "receipts_page": receipts,
        "receipts": cases.shown_receipts(receipts),
        "page_of": shown,
        "looks": [(entry, event_name(entry.event)) for entry in shown],
    }
    return page(request, operator, "traceability/looks.html", context, tab="more", back="more")
