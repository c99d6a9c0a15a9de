"""Every address of the site: each app brings its own."""

from __future__ import annotations

from django.urls import include, path

from shilian import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # The busiest first: an address is tried against one pattern after the other.
    path("", include("traceability.urls")),
    path("", include("shilian.web.urls")),
    path("", include("enterprises.urls")),
    path("", include("supervision.urls")),
]

handler400 = "shilian.web.errors.bad_request"
handler403 = "shilian.web.errors.permission_denied"
handler404 = "shilian.web.errors.not_found"
handler500 = "shilian.web.errors.server_error"
