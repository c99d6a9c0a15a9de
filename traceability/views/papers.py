"""Papers (凭证) kept once and used until they expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
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
from traceability.filters import SOON_DAYS, PaperFilter
from traceability.forms import PaperForm
from traceability.models import EvidenceDocument
from traceability.operations import evidence
from traceability.queries import books
from traceability.views import photos
from traceability.views.pages import operator_page, page
from traceability.views.typed import typed_in

PARTNERS_OFFERED = 300


@require_safe
@operator_page(Permission.MANAGE_EVIDENCE)
def papers(request: Visit, operator: Operator, export: bool = False) -> HttpResponseBase:
    """The papers in use; with ``export`` as a sheet."""
    if export:
        return export_list(request, "papers", operator)
    filter_form = PaperFilter(request.GET)
    today = clock.today()
    rows = books.list_papers(
        request.actor, operator, search=filter_form.text, until=filter_form.until(today)
    )
    shown = paginate(rows, request, key="-id", size=50)
    context = {
        "papers": shown.rows,
        "page_of": shown,
        "filter_form": filter_form,
        "export_url": reverse("traceability:papers_export"),
        "today": today,
        "soon": today + timedelta(days=SOON_DAYS),
    }
    return page(request, operator, "traceability/papers.html", context, tab="more", back="more")


@operator_page(Permission.MANAGE_EVIDENCE)
def paper_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """Photograph a paper: once for all the records it will prove."""
    typed = typed_in(request, judged=request.method == "POST")
    form = typed.form(
        PaperForm, initial=_first(request), partners=_partner_choices(request, operator)
    )
    if typed.judged and form.is_valid():
        said = form.cleaned_data
        try:
            with transaction.atomic():
                photos.store(
                    form,
                    by=request.actor,
                    operator=operator,
                    at=clock.now(),
                    kind=said["kind"],
                    partner_id=said["partner_id"],
                    number=said["number"],
                    issued_on=said["issued_on"],
                    valid_until=said["valid_until"],
                )
            told = "凭证已保存，以后进货时直接选它就行。"
            messages.success(request, told, extra_tags="paper")
            return redirect("traceability:papers")
        except Rejected as refused:
            form.add_problems(refused.problems)
    status = 422 if form.is_bound else 200
    template = "traceability/paper_form.html"
    return page(
        request, operator, template, {"form": form}, tab="more", back="papers", status=status
    )


def _first(request: Visit) -> dict[str, Any]:
    partner = request.GET.get("partner", "")
    kinds = {kind for kind, _ in EvidenceDocument.Kind.choices}
    kind = request.GET.get("kind", "")
    return {
        "partner_id": partner if partner.isdecimal() else "",
        "kind": kind if kind in kinds else EvidenceDocument.Kind.LICENCE,
    }


def _partner_choices(request: Visit, operator: Operator) -> list[tuple[int, str]]:
    rows = books.list_partners(request.actor, operator)
    latest = rows.order_by("-last_used_at", "-pk")[:PARTNERS_OFFERED]
    return [(row.pk, row.name) for row in latest]


@require_safe
@operator_page(Permission.MANAGE_EVIDENCE)
def paper(request: Visit, operator: Operator, paper_id: int) -> HttpResponseBase:
    found = books.find_paper(request.actor, operator, paper_id)
    if found is None:
        raise Http404
    context = {
        "paper": found,
        "today": clock.today(),
        "is_image": found.media_type.startswith("image/"),
        "file_url": reverse("traceability:evidence_file", args=[found.pk]),
    }
    return page(request, operator, "traceability/paper.html", context, tab="more", back="papers")


@require_POST
@operator_page(Permission.MANAGE_EVIDENCE)
def paper_retire(request: Visit, operator: Operator, paper_id: int) -> HttpResponseBase:
    actor = request.actor
    found = books.find_paper(actor, operator, paper_id)
    if found is None:
        raise Http404
    evidence.retire_evidence(by=actor, operator=operator, document=found, at=clock.now())
    messages.success(request, "以后不再列出这份凭证。")
    return redirect("traceability:papers")
