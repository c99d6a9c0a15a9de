"""``/api/``: the reference page of the programming interface, for everyone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from traceability.api import reference


@require_safe
def show_reference(request: HttpRequest) -> HttpResponse:
    context = {
        "worked": reference.worked(),
        "steps": reference.STEPS,
        "notes": reference.NOTES,
        "rules": reference.RULES,
        "refusals": reference.REFUSALS,
        "groups": reference.endpoints(),
        "examples": reference.examples(),
        "changes": reference.CHANGES,
    }
    return render(request, "traceability/api_reference.html", context)
