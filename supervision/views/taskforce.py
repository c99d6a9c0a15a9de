"""The provincial task force: the province at a glance."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprises.roles import Permission
from shilian import clock
from supervision.queries import bulletins, dashboard, rankings
from supervision.views.dashboard import dashboard_context
from supervision.views.pages import OfficerRequest, bureau_page, place_of

WEAKEST = 10


@require_safe
@bureau_page(Permission.PREPARE_BULLETIN)
def show_province(request: OfficerRequest) -> HttpResponse:
    """The province by month: figures, map, cities in order, the weakest, the bulletin."""
    place = place_of(request)
    overview = dashboard.overview(
        request.actor, place.division, place.month, place.sector, rank_by=place.rank_by
    )
    counties = rankings.county_ranking(
        place.month, sector=place.sector, rank_by=place.rank_by, beside=overview
    )
    ranked = [row for row in counties if row.rank is not None]
    context = {
        **dashboard_context(request, place, overview),
        "weakest": [
            (row, f"{place.query(division=row.division.code)}")
            for row in ranked[: -WEAKEST - 1 : -1]
        ],
        "ranked_count": len(ranked),
        "bulletin": bulletins.bulletin_of(request.actor, place.month),
        "can_freeze": place.month < clock.month_of(clock.today()),
    }
    return render(request, "supervision/province.html", context)
