"""断链雷达: the bureau's list, one finding, giving work out, telling operators; an operator's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from supervision.finding_filters import FindingFilter, MessageForm, chosen_ids, chosen_person
from supervision.models import Finding
from supervision.operations import findings as operations
from supervision.operations import looks
from supervision.queries import findings as queries
from supervision.views.pages import OfficerRequest, bureau_page
from traceability.views.pages import operator_page, page

PAGE_SIZE = 50
QUICK = (
    ("", "全部待处理"),
    ("assignee=mine", "我负责的"),
    ("assignee=none", "还没有分派"),
    ("overdue=yes", "已过期限"),
    ("band=30", "30 天没有记录"),
    ("band=60", "60 天"),
    ("band=90", "90 天"),
)


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def list_findings(request: OfficerRequest) -> HttpResponse:
    """What is open in the jurisdiction, the gravest and most urgent first."""
    actor, today = request.actor, clock.today()
    people = queries.colleagues(actor)
    form = FindingFilter(request.GET, counties=queries.counties_of(actor), colleagues=people)
    found = queries.list_findings(actor, form.criteria(today))
    shown = paginate(found, request, key=queries.ORDER, size=PAGE_SIZE)
    context = {
        "form": form,
        "page": shown,
        "rows": [_row(finding) for finding in shown.rows],
        "colleagues": people,
        "quick_lists": _quick_lists(request),
        "here": request.get_full_path(),
    }
    return render(request, "supervision/findings.html", context)


def _row(finding: Finding) -> dict[str, Any]:
    today = clock.today()
    return {
        "finding": finding,
        "is_overdue": finding.is_overdue(today),
        "silent_days": queries.silent_days(finding, today),
    }


def _quick_lists(request: OfficerRequest) -> list[dict[str, Any]]:
    asked = request.GET.copy()
    asked.pop("cursor", None)
    query = asked.urlencode()
    return [
        {"label": label, "url": f"{request.path}?{part}" if part else request.path,
         "current": query == part}
        for part, label in QUICK
    ]  # fmt: skip


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def export_findings(request: OfficerRequest) -> HttpResponseBase:
    """The filtered list as .xlsx; a long one is made by a job."""
    return export_list(request, "findings")


@require_safe
@bureau_page(Permission.FOLLOW_FINDINGS)
def show_finding(request: OfficerRequest, finding_id: int) -> HttpResponse:
    """One finding; it names trade partners, so its operator learns who looked."""
    finding = queries.find_finding(request.actor, finding_id)
    with writes_allowed():
        looks.note_records_seen(
            by=request.actor, at=clock.now(), operator=finding.operator, what="finding"
        )
    return _page(request, finding, MessageForm(initial={"text": _text(finding)}))


def _text(finding: Finding) -> str:
    return finding.message or finding.ready_message


def _page(
    request: OfficerRequest, finding: Finding, form: MessageForm, status: int = 200
) -> HttpResponse:
    today = clock.today()
    context = {
        "finding": finding,
        "form": form,
        "colleagues": queries.colleagues(request.actor),
        "is_overdue": finding.is_overdue(today),
        "silent_days": queries.silent_days(finding, today),
        "here": request.get_full_path(),
        "may_see_contacts": request.actor.may(Permission.VIEW_CONTACTS),
    }
    return render(request, "supervision/finding.html", context, status=status)


@require_POST
@bureau_page(Permission.FOLLOW_FINDINGS)
def assign_findings(request: OfficerRequest) -> HttpResponse:
    """Give the ticked findings to an officer of the bureau."""
    try:
        count = operations.assign_findings(
            by=request.actor,
            finding_ids=chosen_ids(request.POST),
            person_id=chosen_person(request.POST),
            at=clock.now(),
        )
    except Rejected as refused:
        tell(request, refused.problems)
    else:
        messages.success(request, f"已分派 {count} 条。")
    return redirect(_back(request))


@require_POST
@bureau_page(Permission.FOLLOW_FINDINGS)
def send_messages(request: OfficerRequest) -> HttpResponse:
    """Tell the operators of the ticked findings, each in its ready words."""
    try:
        count = operations.send_messages(
            by=request.actor, finding_ids=chosen_ids(request.POST), at=clock.now()
        )
    except Rejected as refused:
        tell(request, refused.problems)
    else:
        messages.success(request, f"已提醒 {count} 条，经营户在首页看到。")
    return redirect(_back(request))


@require_POST
@bureau_page(Permission.FOLLOW_FINDINGS)
def send_message(request: OfficerRequest, finding_id: int) -> HttpResponse:
    """Tell one operator, in the officer's words; the form comes back with what is wrong."""
    finding = queries.find_finding(request.actor, finding_id)
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            operations.send_messages(
                by=request.actor,
                finding_ids=[finding.pk],
                text=form.cleaned_data["text"],
                at=clock.now(),
            )
        except Rejected as refused:
            form.add_problems(refused.problems)
        else:
            messages.success(request, "已发送，经营户在首页看到。")
            return redirect("supervision:finding", finding_id=finding.pk)
    return _page(request, finding, form, status=422)


def _back(request: OfficerRequest) -> str:
    """The list as it was filtered, or the finding that the button stood on."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith("/"):
        return asked
    return reverse("supervision:findings")


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def own_findings(request: Visit, operator: Operator) -> HttpResponseBase:
    """What is open at one's own shop, and what to do about each."""
    rows = [
        {"finding": finding, "is_overdue": finding.is_overdue(clock.today())}
        for finding in queries.own_findings(operator)
    ]
    return page(
        request, operator, "supervision/own_findings.html", {"rows": rows}, tab="more", back="more"
    )
