"""Labels for a batch: a sheet to print, and the QR code as a file."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Problem
from traceability import labels
from traceability.models import Batch, RecordState
from traceability.queries import batches, gates
from traceability.rules import labels as rules
from traceability.views.pages import operator_page

DEFAULT_COUNT = 24
MOST = 240


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def label_sheet(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """An A4 sheet of labels; the number of them stands in the address."""
    batch = _batch(request, operator, batch_id)
    if problems := label_problems(operator, batch):
        return _refused(request, batch, problems)
    count = _count(request.GET.get("count", ""))
    context = {
        "label": labels.label_of(batch),
        "numbers": range(count),
        "count": count,
        "most": MOST,
        "image_url": reverse("traceability:code_svg", args=[batch.pk]),
        "back_url": reverse("traceability:batch", args=[batch.pk]),
    }
    return render(request, "traceability/labels.html", context)


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def code_svg(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """The QR code as a drawing that stays sharp at any size."""
    batch = _batch(request, operator, batch_id)
    if problems := label_problems(operator, batch):
        return _refused(request, batch, problems)
    return HttpResponse(labels.qr_svg(labels.code_url(batch)), content_type="image/svg+xml")


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def code_png(request: Visit, operator: Operator, batch_id: int) -> HttpResponseBase:
    """The QR code as a picture to keep: for price tags, screens and delivery pages."""
    batch = _batch(request, operator, batch_id)
    if problems := label_problems(operator, batch):
        return _refused(request, batch, problems)
    response = HttpResponse(labels.qr_png(labels.code_url(batch)), content_type="image/png")
    response.headers["Content-Disposition"] = f'attachment; filename="{labels.code_of(batch)}.png"'
    return response


def label_problems(operator: Operator, batch: Batch) -> list[Problem]:
    """Why the operator may print no label of its batch. Cost: at most two queries."""
    gate = gates.gates_of(operator, [batch], on=clock.today())[batch.pk]
    return rules.check_label(is_void=batch.state == RecordState.VOIDED, has_failed=gate.has_failed)


def _refused(request: Visit, batch: Batch, problems: list[Problem]) -> HttpResponseBase:
    """Back to the batch, with the reason."""
    tell(request, problems)
    return redirect("traceability:batch", batch.pk)


def _batch(request: Visit, operator: Operator, batch_id: int) -> Batch:
    batch = batches.find_own_batch(request.actor, operator, batch_id)
    if batch is None:
        raise Http404
    return batch


def _count(text: str) -> int:
    """The number asked for, within what one sheet of paper after another can bear."""
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else DEFAULT_COUNT
    return min(max(asked, 1), MOST)
