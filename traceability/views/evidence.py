"""The file of a paper, from private storage to those who may see it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from traceability.operations.evidence import file_of
from traceability.queries import evidence

# Even a file that fooled every check finds no script, no form and no neighbour to talk to.
SANDBOX = "default-src 'none'; img-src 'self'; frame-ancestors 'none'; sandbox"


@login_required
@require_safe
def evidence_file(request: HttpRequest, document_id: int) -> FileResponse:
    """Photos open in the browser, PDFs are saved; neither can act on this site."""
    document = evidence.find_evidence(request.actor, document_id)  # type: ignore[attr-defined]
    if document is None or not file_of(document).exists():
        raise Http404
    is_photo = document.media_type == "image/jpeg"
    response = FileResponse(
        file_of(document).open("rb"),
        as_attachment=not is_photo,
        filename=f"{document.get_kind_display()}{'.jpg' if is_photo else '.pdf'}",
        content_type=document.media_type,
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store, private"
    return response
