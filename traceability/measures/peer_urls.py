"""The platform's addresses and two more: a plain Django view, and a plain upload."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.utils.html import format_html

from traceability.measures.peer_api import FlatUpload, PeerUpload
from traceability.models import Batch


def plain(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One indexed query and a few words: the least a Django view can do."""
    batch = get_object_or_404(Batch.objects.only("name"), pk=batch_id)
    page = "<!doctype html><html lang='zh-CN'><title>{0}</title><h1>{0}</h1></html>"
    return HttpResponse(format_html(page, batch.name))


urlpatterns = [
    path("plain/purchases", PeerUpload.as_view()),
    path("plain/flat", FlatUpload.as_view()),
    path("plain/<int:batch_id>", plain),
    path("", include("shilian.urls")),
]
