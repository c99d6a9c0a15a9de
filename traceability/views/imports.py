"""Importing a sheet: upload, columns, preview, progress, what came of every row."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from xlsxwriter.utility import xl_col_to_name

from enterprises.models import ImportRow, ImportSession, Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.sheets.refusals import Refused
from shilian.web import formats
from shilian.web.exports import XLSX_TYPE, file_response
from shilian.web.pagination import paginate
from traceability.documents import import_template
from traceability.import_forms import ColumnsForm, ImportFilter, ImportForm, kinds_for, listed_kinds
from traceability.operations import imports as operations
from traceability.queries import categories
from traceability.queries import imports as queries
from traceability.queries.reviews import count_reviews
from traceability.sheets.base import SheetKind, UnknownSheet, find_kind
from traceability.sheets.channels import plain_code
from traceability.views.pages import operator_page, page
from traceability.views.told import Told, most_urgent_first

STATE = "traceability/_import_state.html"
NO_FILE = "原文件已不在，不能再标注。各行的问题见下面的说明，改好后请重新上传。"
# Where the records of each kind are to be seen.
RECORDS = {
    "purchases": "traceability:ledger",
    "sales": "traceability:ledger",
    "inspections": "traceability:ledger",
    "production": "traceability:stock",
    "products": "traceability:products",
    "partners": "traceability:partners",
}
State = ImportSession.State
Outcome = ImportRow.Outcome


@operator_page(Permission.IMPORT_RECORDS)
def imports(request: Visit, operator: Operator) -> HttpResponseBase:
    """Upload a sheet; and the earlier ones."""
    kinds = kinds_for(request.actor)
    first = {"month": f"{clock.month_of(clock.today()):%Y-%m}"}
    first["kind"] = request.GET.get("kind") or "purchases"
    form = ImportForm(request.POST or None, request.FILES or None, initial=first, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        session = _start(request, operator, form)
        if session is not None:
            return redirect("traceability:import", session.pk)
    filter_form = ImportFilter(request.GET, kinds=listed_kinds(request.actor))
    asked = filter_form.chosen()
    found = queries.list_imports(request.actor, operator, kind=asked.get("kind", ""))
    shown = paginate(found.in_state(asked.get("state", "")), request, size=20)
    context = {
        "form": form,
        "kinds": kinds,
        "filter_form": filter_form,
        "sessions": [(session, find_kind(session.kind).name) for session in shown],
        "page_of": shown,
        "review_count": count_reviews(operator),
    }
    status = 422 if form.is_bound else 200
    template = "traceability/imports.html"
    return page(request, operator, template, context, tab="more", back="more", status=status)


def _start(request: Visit, operator: Operator, form: ImportForm) -> ImportSession | None:
    sheet, at = form.cleaned_data["sheet"], clock.now()
    try:
        session = operations.start_import(
            by=request.actor,
            operator=operator,
            kind=find_kind(form.cleaned_data["kind"]),
            upload=sheet,
            file_name=sheet.name,
            month=form.cleaned_data["month"],
            at=at,
        )
    except Rejected as refused:
        form.add_problems(replace(problem, field="sheet") for problem in refused.problems)
        return None
    if session.created_at < at:
        when = formats.moment(session.created_at)
        text = f"已上传过：这个文件在 {when} 传过，下面是那一次的结果，没有再导一遍。"
        messages.info(request, text)
    return session


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def export_imports(request: Visit, operator: Operator) -> HttpResponseBase:
    return export_list(request, "sheet_imports", operator)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def download_template(request: Visit, operator: Operator, code: str) -> HttpResponse:
    try:
        kind = find_kind(code)
    except UnknownSheet:
        raise Http404 from None
    body = io.BytesIO()
    named = [each.name for each in categories.in_force(clock.today()).values()]
    import_template.write_template(body, kind, {"category": named})
    return file_response(body.getvalue(), f"{kind.name}模板", ".xlsx", XLSX_TYPE)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def show_import(request: Visit, operator: Operator, session_id: int) -> HttpResponseBase:
    """Where one import stands, and what its person may do now."""
    session = _find(request, operator, session_id)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, STATE, _context(request, session))
    return _page(request, operator, session)


def _page(
    request: Visit,
    operator: Operator,
    session: ImportSession,
    form: ColumnsForm | None = None,
) -> HttpResponse:
    context = _context(request, session, form)
    template, status = "traceability/import.html", 422 if form is not None else 200
    return page(request, operator, template, context, tab="more", back="imports", status=status)


def _context(
    request: Visit, session: ImportSession, form: ColumnsForm | None = None
) -> dict[str, Any]:
    kind, actor = find_kind(session.kind), request.actor
    is_running = session.state in queries.RUNNING
    progress = queries.progress_of(actor, session, at=clock.now()) if is_running else None
    is_waiting = session.state in queries.WAITING
    is_own = session.person_id == actor.person_id
    left = progress.seconds_left if progress else None
    has_told = not is_running and session.mapping.get("labels")
    rows = _told_rows(request, session) if has_told else []
    is_cut = len(rows) >= queries.FAULTS_SHOWN
    return {
        "session": session,
        "kind": kind,
        "counted": session.summary,
        "progress": progress,
        "time_left": _spoken(left) if left is not None else "",
        "records_url": reverse(RECORDS[plain_code(kind)]),
        "base_kind": plain_code(kind),
        "is_stuck": is_running and progress is None,
        "may_resume": session.state == State.CANCELLED and "cancelled_in" in session.mapping,
        "is_news": not is_running and session.seen_at is None and is_own,
        "may_cancel": is_own,
        "may_annotate": session.state in (State.PREVIEW, State.DONE),
        "told": _told(session, rows),
        "told_note": f"看前 {queries.FAULTS_SHOWN} 行，全部见标注表格" if is_cut else "",
        "columns": _columns(session, kind, form) if is_waiting else None,
    }


def _spoken(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 90 else f"{round(seconds / 60)} 分钟"


def _told_rows(request: Visit, session: ImportSession) -> list[ImportRow]:
    """The first rows with something to say; while a person is asked, the faulty before the others."""
    counted, is_asked = session.summary, session.state == State.PREVIEW
    if not (is_asked and counted.get("bad")):
        return queries.faulty_rows(request.actor, session)
    bad = queries.faulty_rows(request.actor, session, bad_only=True)
    others = [counted.get(name) for name in ("warned", "skipped")]
    if not any(others) or len(bad) >= queries.FAULTS_SHOWN:
        return bad
    # What may stay must be seen before it is recorded; what is in the ledger already need not.
    left_out = (Outcome.BAD, Outcome.SAME)
    also = queries.faulty_rows(request.actor, session)
    return [*bad, *(row for row in also if row.outcome not in left_out)][: queries.FAULTS_SHOWN]


def _told(session: ImportSession, rows: Sequence[ImportRow]) -> list[Told]:
    """What the rows say, the same thing once; what must be put right stands first."""
    labels: list[str] = session.mapping.get("labels") or []
    said: dict[tuple[str, str, str, str], Told] = {}
    for row in rows:
        for problem in row.problems:
            column, label = _column(problem, labels)
            key = (_tone(row, problem), column, label, problem["message"])
            unit = "" if label else "行"
            told = said.setdefault(key, Told(key[0], label, problem["message"], unit))
            told.places.append(f"{column}{row.row_no}")
    return most_urgent_first(said.values())


def _column(problem: dict[str, Any], labels: list[str]) -> tuple[str, str]:
    """The letter of the column and its name; nothing when the whole row is meant."""
    index = problem["column"]
    if index is None:
        return "", ""
    letter = xl_col_to_name(index)
    return letter, (labels[index] if index < len(labels) else "") or f"{letter} 列"


def _tone(row: ImportRow, problem: dict[str, Any]) -> str:
    if problem["severity"] == "error":
        return "bad"
    return row.outcome if row.outcome in (Outcome.SAME, Outcome.SKIPPED) else "warn"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the sheet to be confirmed, with the first rows to go by."""

    form: ColumnsForm
    sample: list[list[str]]
    missing: list[str]
    known_count: int
    count: int


def _columns(session: ImportSession, kind: SheetKind, form: ColumnsForm | None = None) -> Columns:
    said = session.mapping
    missing = [kind.titles[name] for name in said.get("missing", ())]
    return Columns(
        form=form or _columns_form(session, kind),
        sample=said.get("sample", []),
        missing=missing,
        known_count=len(said["indexes"]),
        count=len(said["labels"]),
    )


def _columns_form(session: ImportSession, kind: SheetKind, data: Any = None) -> ColumnsForm:
    said = session.mapping
    return ColumnsForm(
        data,
        kind=kind,
        labels=said["labels"],
        chosen=said["indexes"],
        sample=said.get("sample", ()),
    )


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def confirm_columns(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """Say which column holds what."""
    session = _find(request, operator, session_id)
    if session.state not in queries.WAITING:
        messages.error(request, "这个文件现在不用确认列。")
        return redirect("traceability:import", session.pk)
    form = _columns_form(session, find_kind(session.kind), request.POST)
    if form.is_valid():
        try:
            operations.confirm_mapping(
                by=request.actor, session=session, columns=form.columns(), at=clock.now()
            )
        except Rejected as refused:
            form.add_problems(replace(problem, field="") for problem in refused.problems)
        else:
            return redirect("traceability:import", session.pk)
    return _page(request, operator, session, form)


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def commit_import(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """Write the good rows now, or everything only if nothing is wrong."""
    mode = request.POST.get("mode", "")

    def commit(**said: Any) -> Any:
        return operations.commit_import(mode=mode, **said)

    return _act(request, operator, session_id, commit)


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def mark_seen(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """Its person has seen where it stands; the page says so by itself, the home page by a button."""
    session = _find(request, operator, session_id)
    operations.mark_seen(by=request.actor, session=session, at=clock.now())
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return redirect("traceability:home")


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def cancel_import(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    return _act(request, operator, session_id, operations.cancel_import)


@require_POST
@operator_page(Permission.IMPORT_RECORDS)
def resume_import(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    return _act(request, operator, session_id, operations.resume_import)


def _act(
    request: Visit, operator: Operator, session_id: int, operation: Callable[..., Any]
) -> HttpResponse:
    session = _find(request, operator, session_id)
    try:
        operation(by=request.actor, session=session, at=clock.now())
    except Rejected as refused:
        tell(request, refused.problems)
    return redirect("traceability:import", session.pk)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def annotated_sheet(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """The sheet as it was sent, every fault marked in its cell; without the file, a word of it."""
    session = _find(request, operator, session_id)
    if session.state not in (State.PREVIEW, State.DONE):
        raise Http404
    stream = io.BytesIO()
    try:
        operations.write_annotated(request.actor, session, stream)
    except (Refused, FileNotFoundError):
        messages.error(request, NO_FILE)
        return redirect("traceability:import", session.pk)
    name = f"{session.file_name.rsplit('.', 1)[0]}-检查结果"
    return file_response(stream.getvalue(), name, ".xlsx", XLSX_TYPE)


def _find(request: Visit, operator: Operator, session_id: int) -> ImportSession:
    session = queries.find_import(request.actor, session_id)
    if session is None or session.operator_id != operator.pk:
        raise Http404
    return session
