"""Recalls as officers follow them: the list, one recall live, who is silent, the drills' league."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprises.roles import Permission
from enterprises.views.pages import Visit, signed_in
from shilian import clock
from shilian.web.pagination import paginate
from traceability.models import Recall
from traceability.models.recalls import RecallQuerySet
from traceability.queries import recall_holders, recalls
from traceability.queries.recalls import Clocks, Progress
from traceability.recall_forms import ChangeForm, NoticeFilter, RecallFilter

SOON_DAYS = 3
# More holders than these are for the workbook, not for paper.
PRINTED = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One recall of the list."""

    recall: Recall
    clocks: Clocks
    progress: Progress | None


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def list_recalls(request: Visit) -> HttpResponse:
    """The recalls that concern the jurisdiction, newest first."""
    form, now = RecallFilter(request.GET), clock.now()
    shown = paginate(_found(request, form), request, key="-id", size=25)
    progress = recalls.progress_by_recall(shown.rows)
    rows = [
        Row(recall, recalls.clocks_of(recall, now), progress.get(recall.pk))
        for recall in shown.rows
    ]
    context = {
        "form": form,
        "rows": rows,
        "page": shown,
        "may_manage": request.actor.may(Permission.MANAGE_RECALLS),
    }
    return render(request, "traceability/recalls/list.html", context)


def _found(request: Visit, form: RecallFilter) -> RecallQuerySet:
    asked, today = form.chosen(), clock.today()
    before = {"overdue": today, "soon": today + timedelta(days=SOON_DAYS)}
    return recalls.list_recalls(
        request.actor,
        level=asked.get("level", ""),
        state=asked.get("state", ""),
        is_drill={"yes": True, "no": False}.get(asked.get("drill", "")),
        due_before=before.get(asked.get("clock", "")),
    )


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def show_recall(request: Visit, recall_id: int) -> HttpResponse:
    """One recall: clocks, progress, counties, balance, what was decided and what can be done."""
    page = recalls.find_recall(request.actor, recall_id, at=clock.now())
    # htmx asks for the part that changes while holders answer.
    is_poll = bool(request.headers.get("HX-Request"))
    template = "_progress" if is_poll else "recall"
    context = {"page": page, "recall": page.recall, "change_form": ChangeForm()}
    return render(request, f"traceability/recalls/{template}.html", context)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def list_notices(request: Visit, recall_id: int) -> HttpResponse:
    """The holders within the jurisdiction, with their answers and, on a logged press, numbers."""
    recall = recalls.recall_in_sight(request.actor, recall_id)
    form = NoticeFilter(request.GET)
    asked = form.chosen()
    rows = recalls.notices_in_sight(
        request.actor, recall, county_code=asked.get("county", ""), state=asked.get("state", "")
    )
    shown = paginate(rows, request, key="operator_id", size=50)
    context = {
        "recall": recall,
        "form": form,
        "page": shown,
        "lines": list(recall_holders.lines_of(recall, shown)),
        "outside": recall_holders.count_outside(request.actor, recall),
        "may_see_contacts": request.actor.may(Permission.VIEW_CONTACTS),
        "may_export": request.actor.may(Permission.EXPORT_LISTS),
    }
    return render(request, "traceability/recalls/notices.html", context)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def show_league(request: Visit) -> HttpResponse:
    """Which counties answered the drills of the last year fastest and most fully."""
    rows = recalls.drill_league(request.actor, at=clock.now())
    return render(request, "traceability/recalls/league.html", {"rows": rows})


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def print_report(request: Visit, recall_id: int) -> HttpResponse:
    """The closing report, for A4, with the holders within the jurisdiction."""
    now = clock.now()
    page = recalls.find_recall(request.actor, recall_id, at=now)
    rows = recalls.notices_in_sight(request.actor, page.recall).order_by("county_id", "operator_id")
    context = {
        "page": page,
        "recall": page.recall,
        "printed_at": now,
        "lines": list(recall_holders.lines_of(page.recall, rows[:PRINTED])),
        "printed": PRINTED,
        "unlisted": max(rows.count() - PRINTED, 0),
        "outside": recall_holders.count_outside(request.actor, page.recall),
    }
    return render(request, "traceability/recalls/report.html", context)
