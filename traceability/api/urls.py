"""Addresses of the programming interface, version 1."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import IsAuthenticated

from traceability.api.trace import BatchTrace

urlpatterns = [
    path(
        "api/v1/schema/",
        SpectacularJSONAPIView.as_view(permission_classes=[IsAuthenticated]),
        name="api_schema",
    ),
    path("api/v1/batches/<str:code>/trace", BatchTrace.as_view(), name="api_trace"),
]
