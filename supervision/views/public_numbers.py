"""The province's figures for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from supervision.metrics import FOUR
from supervision.queries.public_numbers import public_numbers
from supervision.rules.small_cells import LEAST
from supervision.views.pictures import SIDES

KEPT_SECONDS = 600


@require_safe
def show_numbers(request: HttpRequest) -> HttpResponse:
    """The newest issued month by city and link; cells of fewer than five operators are hidden."""
    context = {
        "numbers": public_numbers(),
        "columns": [SIDES[each.code].short_name for each in FOUR],
        "formulas": [(each.name, each.formula) for each in FOUR],
        "least": LEAST,
    }
    response = render(request, "supervision/public_numbers.html", context)
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response
