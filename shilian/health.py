"""``/healthz``: this process answers. ``/readyz``: everything it needs works, in Chinese."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shilian import checkup


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"ok": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every part is ready, else 503; each part with a sentence."""
    findings = checkup.readiness()
    ready = all(finding.ok for finding in findings)
    body = {
        "ok": ready,
        "parts": {f.name: {"ok": f.ok, "detail": f.detail} for f in findings},
    }
    return JsonResponse(
        body, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False}
    )
