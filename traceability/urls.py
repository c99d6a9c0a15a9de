from __future__ import annotations

from django.urls import URLPattern, URLResolver

from traceability import scan_urls

app_name = "traceability"
urlpatterns: list[URLPattern | URLResolver] = [*scan_urls.urlpatterns]
