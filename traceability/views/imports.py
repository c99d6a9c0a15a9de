"""Importing a ledger sheet: upload, progress, what came of every row."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import ImportSession, Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.sheets.refusals import Refused
from shilian.web.exports import XLSX_TYPE, file_response
from shilian.web.pagination import paginate
from traceability.documents import ledger_template
from traceability.forms import ImportForm
from traceability.operations import ledger_import
from traceability.queries import books, ledger_imports
from traceability.views.pages import operator_page, page

RUNNING = {ImportSession.State.READING, ImportSession.State.WRITING}
STATE = "traceability/_import_state.html"


@operator_page(Permission.IMPORT_RECORDS)
def imports(request: Visit, operator: Operator) -> HttpResponseBase:
    """Upload a sheet; and the earlier ones."""
    first = {"month": f"{clock.month_of(clock.today()):%Y-%m}"}
    form = ImportForm(request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST" and form.is_valid():
        session = _start(request, operator, form)
        if session is not None:
            return redirect("traceability:import", session.pk)
    shown = paginate(ledger_imports.list_imports(request.actor, operator), request, size=20)
    context = {"form": form, "sessions": shown.rows, "page_of": shown}
    status = 422 if form.is_bound else 200
    template = "traceability/imports.html"
    return page(request, operator, template, context, tab="more", back="more", status=status)


def _start(request: Visit, operator: Operator, form: ImportForm) -> ImportSession | None:
    sheet = form.cleaned_data["sheet"]
    month: date = form.cleaned_data["month"]
    try:
        return ledger_import.start_ledger_import(
            by=request.actor,
            operator=operator,
            upload=sheet,
            file_name=sheet.name,
            month=month,
            at=clock.now(),
        )
    except Rejected as refused:
        form.add_problems(replace(problem, field="sheet") for problem in refused.problems)
        return None


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def export_imports(request: Visit, operator: Operator) -> HttpResponseBase:
    return export_list(request, "ledger_imports", operator)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def download_template(request: Visit, operator: Operator) -> HttpResponse:
    body = io.BytesIO()
    ledger_template.write_template(body)
    return file_response(body.getvalue(), "进货台账模板", ".xlsx", XLSX_TYPE)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def show_import(request: Visit, operator: Operator, session_id: int) -> HttpResponseBase:
    """How far one import is, and in the end every row that has something to say."""
    session = _find(request, operator, session_id)
    job = books.job_of(request.actor, session) if session.state in RUNNING else None
    running = job is not None and not job.is_over
    context = {
        "session": session,
        "running": running,
        "progress": job,
        "is_stuck": job is not None and not running,
        "may_cancel": running and job and job.created_by_id == request.actor.person_id,
        "counted": session.summary,
        "rows": [] if running else ledger_imports.faulty_rows(request.actor, session),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, STATE, context)
    template = "traceability/import.html"
    return page(request, operator, template, context, tab="more", back="imports")


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def cancel_import(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    session = _find(request, operator, session_id)
    try:
        ledger_import.cancel_ledger_import(by=request.actor, session=session, at=clock.now())
    except Rejected as refused:
        tell(request, refused.problems)
    return redirect("traceability:import", session.pk)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def annotated_sheet(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """The sheet as it was sent, every fault marked in its cell; without the file, a word of it."""
    session = _find(request, operator, session_id)
    if session.state != ImportSession.State.DONE:
        raise Http404
    stream = io.BytesIO()
    try:
        ledger_import.write_annotated(request.actor, session, stream)
    except (Refused, FileNotFoundError):
        messages.error(
            request, "原文件已不在，不能再标注。各行的问题见下面的说明，改好后请重新上传。"
        )
        return redirect("traceability:import", session.pk)
    name = f"{session.file_name.rsplit('.', 1)[0]}-检查结果"
    return file_response(stream.getvalue(), name, ".xlsx", XLSX_TYPE)


def _find(request: Visit, operator: Operator, session_id: int) -> ImportSession:
    session = ledger_imports.find_import(request.actor, session_id)
    if session is None or session.operator_id != operator.pk:
        raise Http404
    return session
