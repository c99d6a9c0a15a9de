"""The site's front door."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enterprises.views.pages import Visit, home_of


@require_safe
def show_landing(request: Visit) -> HttpResponse:
    """Where visitors choose their way; those who signed in go to their own pages."""
    if not request.actor.is_anonymous:
        return redirect(home_of(request.actor))
    return render(request, "enterprises/landing.html")
