"""The bureau's dashboard, and the same numbers as a sheet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprises.queries import divisions
from enterprises.roles import Permission
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.web import exports
from supervision.filters import PlaceForm
from supervision.operations import looks
from supervision.queries import dashboard, workload
from supervision.queries.dashboard import Overview
from supervision.views import pictures
from supervision.views.pages import OfficerRequest, Place, bureau_page, place_of


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_dashboard(request: OfficerRequest) -> HttpResponse:
    """The jurisdiction, or a division inside it: figures, trend, children, links."""
    place = place_of(request)
    overview = _overview(request, place)
    return render(
        request, "supervision/dashboard.html", dashboard_context(request, place, overview)
    )


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_waiting(request: OfficerRequest) -> HttpResponse:
    """What waits for the officer: the part that the home pages fetch once they stand, or a page.

    Counting it takes as long as all figures of a dashboard, which do not wait for it.
    """
    context = {"waiting": workload.what_waits(request.actor, today=clock.today())}
    is_part = request.htmx  # type: ignore[attr-defined]
    name = "_partials/waiting" if is_part else "waiting"
    return render(request, f"supervision/{name}.html", context)


@require_safe
@bureau_page(Permission.EXPORT_LISTS)
def export_dashboard(request: OfficerRequest) -> HttpResponse:
    """The tables of the dashboard as .xlsx; the export is audited.

    Written within the request: a line for each division directly below and each link, for the
    province 25 lines in 0.1 s, and never as many as the lists that a job writes.
    """
    place = place_of(request)
    overview = _overview(request, place)
    rows = list(pictures.sheet_rows(overview))
    now = clock.now()
    with writes_allowed():
        entry = looks.note_export(
            by=request.actor, at=now, what="dashboard", count=len(rows), county_id=None
        )
    return exports.xlsx_response(
        pictures.sheet_name(overview),
        pictures.sheet_headers("区划"),
        rows,
        exports.watermark_text(request.actor.name, now, str(entry.pk)),
        sheet_title=overview.division.name,
    )


def _overview(request: OfficerRequest, place: Place) -> Overview:
    return dashboard.overview(
        request.actor, place.division, place.month, place.sector, rank_by=place.rank_by
    )


def dashboard_context(request: OfficerRequest, place: Place, overview: Overview) -> dict[str, Any]:
    """What the dashboard's parts print; the task force's page shows the same parts."""
    return {
        "place": place,
        "overview": overview,
        "crumbs": divisions.ancestors_within(request.actor, place.division),
        "form": _form(request, place),
        "cards": pictures.figure_cards(overview, place),
        "map_spec": pictures.map_spec(overview, place),
        "has_peers": any(each.rank_text for each in overview.standings.values()),
        "trend_spec": pictures.trend_spec(overview.trend),
        "trend_rows": pictures.trend_rows(overview.trend),
        "children": [(row, pictures.child_url(row, place)) for row in overview.children],
        "orders": pictures.orders(place),
        "export_query": place.query(),
        "may_follow": request.actor.may(Permission.FOLLOW_FINDINGS),
        "is_running": place.month == clock.month_of(clock.today()),
        "today": clock.today(),
    }


def _form(request: HttpRequest, place: Place) -> PlaceForm:
    data = {
        "division": place.division.code,
        "month": f"{place.month:%Y-%m}",
        "sector": place.sector or "",
        "by": place.rank_by,
    }
    return PlaceForm(data, today=clock.today())
