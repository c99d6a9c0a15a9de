"""One batch: what is left of it, its public code, where it came from and went."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from traceability import labels
from traceability.models import RecordState
from traceability.queries import batches, epcis_marks
from traceability.rules.labels import check_label
from traceability.views.pages import operator_page, page


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_batch(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    found = batches.find_batch(request.actor, operator, batch_id, on=clock.today())
    if found is None:
        raise Http404
    label = labels.label_of(found.batch)
    context = {
        "found": found,
        "code": label.grouped_code,
        "code_plain": label.code,
        # Drawn by our own code from the code's characters alone.
        "svg": mark_safe(label.svg),
        "unlabelled": check_label(
            is_void=found.batch.state == RecordState.VOIDED, has_failed=found.stock.has_failed
        ),
        "origin_url": reverse("traceability:origin", args=[label.code]),
        "may_recall": request.actor.may(Permission.START_RECALL),
        "epcis_marks": epcis_marks.events_of_batches([found.batch.pk]),
    }
    return page(request, operator, "traceability/batch.html", context, tab="ledger", back="ledger")
