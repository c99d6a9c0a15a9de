"""导出: a short list is downloaded at once, a long one is made by a job and fetched here."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.extracts import find_source
from enterprises.models import Operator
from enterprises.operations import exports as operations
from enterprises.queries import export_files, job_progress
from enterprises.views.pages import Visit, signed_in
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.web.exports import XLSX_TYPE, watermark_text, xlsx_response

# Read and written within the request: 0.6 s of processor time for the widest list, of operators.
AT_ONCE = 2_000


def export_list(
    request: Visit,
    name: str,
    operator: Operator | None = None,
    *,
    also: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """The list as a sheet, or the page of the job that makes it when it is long.

    ``also`` adds to the filters what the list's address says rather than its query.

    An export is a GET: the rows are only read; its audit entry or its job is the one thing written.
    Raises: Forbidden.
    """
    source = find_source(name)
    if source is None:
        raise Http404
    actor, at = request.actor, clock.now()
    source.require(actor)
    asked = request.GET.copy()
    asked.update(also or {})
    extract = source.read(actor, asked, AT_ONCE + 1)
    rows = list(extract.rows)
    with writes_allowed():
        if len(rows) > AT_ONCE:
            job = operations.begin_export(
                by=actor, source=source, query=asked.urlencode(), operator=operator, at=at
            )
            return HttpResponseRedirect(reverse("enterprises:job", args=[job.pk]))
        entry = operations.record_export(
            by=actor, source=source, count=len(rows), county_id=extract.county_id, at=at
        )
    mark = watermark_text(actor.name, at, str(entry.pk))
    return xlsx_response(
        extract.file_name,
        extract.headers,
        rows,
        mark,
        extract.sheet_name,
        extract.sheet_column,
        extract.sheet_headers,
    )


@require_safe
@signed_in()
def fetch_file(request: Visit, job_id: int) -> HttpResponseBase:
    """The finished file, for the person who asked and still sees what is in it; audited."""
    job = job_progress.find_job(request.actor, job_id)
    if job.kind != operations.KIND or not export_files.is_for(request.actor, job):
        raise Http404
    at = clock.now()
    path = export_files.file_of(job, at=at)
    if path is None:
        messages.error(request, "文件还没有做好，或已过保存期。过期的请重新导出。")
        return HttpResponseRedirect(reverse("enterprises:job", args=[job.pk]))
    with writes_allowed():
        operations.note_fetch(by=request.actor, job=job, at=at)
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=f"{job.result['name']}.xlsx"
    )
    response["Content-Type"] = XLSX_TYPE
    response["X-Content-Type-Options"] = "nosniff"
    return response
