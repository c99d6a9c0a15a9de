"""The bureau's list of operators, the quick lists in it, and the list as a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Division
from enterprises.models.operators import OperatorQuerySet
from enterprises.queries import divisions
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.web.pagination import paginate
from supervision.extracts import title_of
from supervision.filters import QUICK_LISTS, OperatorFilter
from supervision.queries import operators
from supervision.views.pages import OfficerRequest, bureau_page, place_of
from supervision.views.replaced import replaced_note

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class _Asked:
    """The list as it was asked for."""

    division: Division
    form: OperatorFilter
    found: OperatorQuerySet


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def list_operators(request: OfficerRequest) -> HttpResponse:
    """The operators of the jurisdiction that meet the filters, newest on the register first."""
    asked = _asked(request)
    page = paginate(asked.found, request, size=PAGE_SIZE)
    context = {
        "division": asked.division,
        "replaced": replaced_note(request.actor, asked.division),
        "may_import": request.actor.may(Permission.IMPORT_ROSTER),
        "crumbs": divisions.ancestors_within(request.actor, asked.division),
        "form": asked.form,
        "rows": operators.rows_of(request.actor, page.rows, today=clock.today()),
        "page": page,
        "title": title_of(asked.form),
        "quick_lists": _quick_lists(request, asked),
        "export_url": reverse("supervision:operators_export"),
        "may_see_contacts": request.actor.may(Permission.VIEW_CONTACTS),
        "may_export": request.actor.may(Permission.EXPORT_LISTS),
    }
    return render(request, "supervision/operators.html", context)


@require_safe
@bureau_page(Permission.EXPORT_LISTS)
def export_operators(request: OfficerRequest) -> HttpResponseBase:
    """The filtered list as .xlsx; who took it stands in the file and in the audit."""
    return export_list(request, "operators")


def _asked(request: OfficerRequest) -> _Asked:
    place = place_of(request)
    form = OperatorFilter(
        request.GET,
        townships=divisions.townships_below(request.actor, place.division),
        stations=divisions.stations_below(request.actor, place.division),
    )
    criteria = form.criteria(place.division, clock.today())
    return _Asked(place.division, form, operators.operators_matching(request.actor, criteria))


def _quick_lists(request: OfficerRequest, asked: _Asked) -> list[dict[str, Any]]:
    chosen = asked.form.chosen()
    current = None if chosen.get("figure") else chosen.get("quick", "")
    address = f"{request.path}?division={asked.division.code}"
    return [
        {
            "label": label,
            "url": f"{address}&quick={name}" if name else address,
            "current": name == current,
        }
        for name, label in QUICK_LISTS
    ]
