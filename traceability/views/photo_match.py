"""A .zip of voucher photos: uploaded, matched by their names, what was matched and what was not."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enterprises.models import ImportSession, Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from traceability.import_forms import PhotosForm
from traceability.operations import photo_match as operations
from traceability.queries import imports
from traceability.queries import photos as queries
from traceability.views.pages import operator_page, page

STATE = "traceability/_photo_match_state.html"


@operator_page(Permission.IMPORT_RECORDS)
def photo_match(request: Visit, operator: Operator) -> HttpResponse:
    """Upload an archive; and the earlier ones."""
    form = PhotosForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["archive"]
        try:
            session = operations.start_photos(
                by=request.actor,
                operator=operator,
                upload=upload,
                file_name=upload.name,
                at=clock.now(),
            )
        except Rejected as refused:
            form.add_problems(refused.problems)
        else:
            return redirect("traceability:photo_match_result", session.pk)
    shown = paginate(queries.list_uploads(request.actor, operator), request, size=10)
    context = {"form": form, "sessions": shown.rows, "page_of": shown}
    status = 422 if form.is_bound else 200
    template = "traceability/photo_match.html"
    return page(request, operator, template, context, tab="more", back="imports", status=status)


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def show_result(request: Visit, operator: Operator, session_id: int) -> HttpResponse:
    """How far the matching is; in the end which photos were matched and which not."""
    actor = request.actor
    session = queries.find_upload(actor, operator, session_id)
    if session is None:
        raise Http404
    is_running = session.state == ImportSession.State.READING
    progress = imports.progress_of(actor, session, at=clock.now()) if is_running else None
    context = {
        "session": session,
        "progress": progress,
        "is_stuck": is_running and progress is None,
        "matched": [] if progress else queries.rows_of(actor, session, matched=True),
        "unmatched": [] if progress else queries.rows_of(actor, session, matched=False),
        "left_out": session.summary.get("left_out", {}),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, STATE, context)
    template = "traceability/photo_match_result.html"
    return page(request, operator, template, context, tab="more", back="photo_match")
