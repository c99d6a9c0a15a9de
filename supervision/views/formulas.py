"""How each figure is computed, worked through for the viewer's own area; and who would lift it."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.queries import divisions
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from supervision.filters import PlaceForm
from supervision.queries import formulas, lift
from supervision.views.pages import OfficerRequest, bureau_page, place_of


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_formulas(request: OfficerRequest) -> HttpResponse:
    """Every indicator in plain words, with last month's numbers of the area that is looked at."""
    place = place_of(request)
    month = PlaceForm(request.GET).chosen().get("month")
    month = month or clock.previous_month(clock.month_of(clock.today()))
    context = {
        "place": place,
        "month": month,
        "formulas": formulas.worked_formulas(request.actor, place.division, month),
    }
    return render(request, "supervision/formulas.html", context)


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def show_lift(request: OfficerRequest) -> HttpResponse:
    """The twenty operators nearest to being active or covered, and what each is worth."""
    place = place_of(request)
    form = PlaceForm(
        {
            "division": place.division.code,
            "month": f"{place.month:%Y-%m}",
            "sector": place.sector or "",
        },
        today=clock.today(),
    )
    context = {
        "place": place,
        "form": form,
        "crumbs": divisions.ancestors_within(request.actor, place.division),
        "rows": lift.nearest_operators(request.actor, place.division, place.month, place.sector),
        "export_url": reverse("supervision:lift_export") + place.query(by=""),
        "is_over": place.month < clock.month_of(clock.today()),
    }
    return render(request, "supervision/lift.html", context)


@require_safe
@bureau_page(Permission.EXPORT_LISTS)
def export_lift(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "lift")
