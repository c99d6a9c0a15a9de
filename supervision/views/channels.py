"""Records by channel: what came through the platform itself, systems, 菜场, 一网通 and 山餐安."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.queries import divisions
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from supervision.filters import ChannelForm
from supervision.queries import channels
from supervision.views.pages import OfficerRequest, bureau_page, place_of


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_channels(request: OfficerRequest) -> HttpResponse:
    return _page(request, "supervision/channels.html")


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def print_channels(request: OfficerRequest) -> HttpResponse:
    return _page(request, "supervision/channels_print.html")


def _page(request: OfficerRequest, template: str) -> HttpResponse:
    place = place_of(request)
    at = place.query(sector="", by="")
    asked = {"month": f"{place.month:%Y-%m}", "division": place.division.code}
    context = {
        "form": ChannelForm(asked, today=clock.today()),
        "division": place.division,
        "way": divisions.ancestors_within(request.actor, place.division),
        "month": place.month,
        "page": channels.channel_page(request.actor, place.division, place.month),
        "printed_at": clock.now(),
        "export_url": reverse("supervision:channels_export") + at,
        "print_url": reverse("supervision:channels_print") + at,
        "back_url": reverse("supervision:channels") + at,
    }
    return render(request, template, context)


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def export_channels(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "channels")
