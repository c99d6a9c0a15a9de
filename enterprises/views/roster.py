"""The licence roster comes in: upload, preview, write, and the sheet with its faults marked."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import roster_sheet
from enterprises.forms import RosterForm
from enterprises.models import ImportRow, ImportSession
from enterprises.operations import roster
from enterprises.operations.roster import KIND
from enterprises.queries import imports, roster_pages
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, refused, signed_in, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.sheets.refusals import Refused
from shilian.web.exports import XLSX_TYPE, file_response
from shilian.web.pagination import paginate

State = ImportSession.State
VIEWS = ("new", "change", "bad", "warned", "same", "skipped")
# Once the file is dealt with, what was to be done is no longer asked.
VIEWS_AFTER = {
    State.DONE: ("bad", "warned", "same", "skipped"),
    State.CANCELLED: ("written", *VIEWS),
}
LABELS = {"warned": "有提醒", "skipped": "其他区县的行（不导入）"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of row to look at, and how many there are."""

    key: str
    label: str
    count: int


@require_http_methods(["GET", "POST"])
@signed_in(Permission.IMPORT_ROSTER)
def show_roster(request: Visit) -> HttpResponse:
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            session = roster.upload_roster(
                by=request.actor, file_name=upload.name, content=upload.chunks(), at=clock.now()
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            return HttpResponseRedirect(_address(session))
    page = paginate(imports.list_sessions(request.actor, KIND), request)
    context = {"form": form, "page": page}
    return render(request, "enterprises/roster.html", context, status=422 if form.is_bound else 200)


@require_safe
@signed_in(Permission.IMPORT_ROSTER)
def export_sessions(request: Visit) -> HttpResponseBase:
    return export_list(request, "roster_imports")


def _address(session: ImportSession) -> str:
    return reverse("enterprises:roster_session", args=[session.pk])


@require_safe
@signed_in(Permission.IMPORT_ROSTER)
def show_session(request: Visit, session_id: int) -> HttpResponse:
    session = imports.find_session(request.actor, KIND, session_id)
    job = imports.job_of(request.actor, session)
    if session.state in (State.READING, State.WRITING):
        template = "_roster_progress" if request.headers.get("HX-Request") else "roster_progress"
        is_own = job is None or job.is_over or job.created_by_id == request.actor.person_id
        context = {"session": session, "job": job, "may_cancel": is_own}
        return render(request, f"enterprises/{template}.html", context)
    if request.headers.get("HX-Request"):
        # The work is over: the whole page is to be shown anew.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _preview(request, session)


def _preview(request: Visit, session: ImportSession) -> HttpResponse:
    tabs = _tabs(session)
    wanted = request.GET.get("rows", "")
    first = next((tab.key for tab in tabs if tab.count), tabs[0].key)
    shown = wanted if wanted in {tab.key for tab in tabs} else first
    counts = session.summary
    to_write = counts.get("new", 0) + counts.get("change", 0)
    rows = imports.rows_of(
        session,
        outcome="" if shown == "warned" else shown,
        only_warned=shown == "warned",
    )
    page = paginate(rows, request, key="row_no", size=50)
    context = {
        "session": session,
        "tabs": tabs,
        "shown": shown,
        "page": page,
        "rows": roster_pages.explain(list(page)),
        "to_write": to_write,
        "heading": "确认写入" if to_write else "没有要写入的内容",
        "has_marks": any(counts.get(key) for key in ("bad", "warned", "skipped")),
        "earlier": imports.earlier_import(request.actor, session),
        "may_commit": session.state == State.PREVIEW,
    }
    return render(request, "enterprises/roster_session.html", context)


def _tabs(session: ImportSession) -> list[Tab]:
    """The kinds of rows to look at; those of other districts only where there are any."""
    labels = dict(ImportRow.Outcome.choices) | LABELS
    found = [
        Tab(key, str(labels[key]), int(session.summary.get(key, 0)))
        for key in VIEWS_AFTER.get(State(session.state), VIEWS)
    ]
    return [tab for tab in found if tab.count or tab.key not in ("skipped", "written")]


@require_POST
@signed_in(Permission.IMPORT_ROSTER)
def commit(request: Visit, session_id: int) -> HttpResponse:
    return _act(request, session_id, roster.commit_roster)


@require_POST
@signed_in(Permission.IMPORT_ROSTER)
def cancel(request: Visit, session_id: int) -> HttpResponse:
    return _act(request, session_id, roster.cancel_roster)


def _act(request: Visit, session_id: int, operation: Any) -> HttpResponse:
    session = imports.find_session(request.actor, KIND, session_id)
    try:
        operation(by=request.actor, session=session, at=clock.now())
    except Rejected as refusal:
        tell(request, refusal.problems)
    return HttpResponseRedirect(_address(session))


@require_safe
@signed_in(Permission.IMPORT_ROSTER)
def download_marked(request: Visit, session_id: int) -> HttpResponse:
    """The sheet as it was sent, its faulty cells coloured, commented and explained."""
    session = imports.find_session(request.actor, KIND, session_id)
    body = io.BytesIO()
    try:
        roster_sheet.write_marked(body, session, imports.rows_of(session))
    except (Refused, FileNotFoundError):
        messages.error(request, "原文件已不在，请重新上传后再下载标注。")
        return HttpResponseRedirect(_address(session))
    name = session.file_name.rsplit(".", 1)[0]
    return file_response(body.getvalue(), f"{name}（标注）", ".xlsx", XLSX_TYPE)


@require_safe
@signed_in(Permission.IMPORT_ROSTER)
def download_template(request: Visit) -> HttpResponse:
    body = io.BytesIO()
    roster_sheet.write_template(body)
    return file_response(body.getvalue(), "许可名录模板", ".xlsx", XLSX_TYPE)
