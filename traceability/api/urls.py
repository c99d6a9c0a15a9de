"""Addresses of the programming interface, version 1."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from enterprises.api.webhooks import Deliveries, Ping, WebhookOf, Webhooks
from traceability.api.documentation import KIND_CODES, described
from traceability.api.records import ReceiptOf, Receipts, Records, Trials
from traceability.api.trace import BatchTrace
from traceability.views.api_reference import show_reference

urlpatterns = [
    path("api/", show_reference, name="api_reference"),
    path(
        "api/v1/schema/",
        SpectacularJSONAPIView.as_view(permission_classes=[AllowAny]),
        name="api_schema",
    ),
    path("api/v1/batches/<str:code>/trace", BatchTrace.as_view(), name="api_trace"),
    *(
        path(f"api/v1/{code}", described(Records, code).as_view(), name=f"api_{code}")
        for code in KIND_CODES
    ),
    *(
        path(
            f"api/v1/sandbox/{code}",
            described(Trials, code, is_trial=True).as_view(),
            name=f"api_try_{code}",
        )
        for code in KIND_CODES
    ),
    path("api/v1/receipts", Receipts.as_view(), name="api_receipts"),
    path("api/v1/receipts/<int:upload_id>", ReceiptOf.as_view(), name="api_receipt"),
    path("api/v1/webhooks", Webhooks.as_view(), name="api_webhooks"),
    path("api/v1/webhooks/<int:webhook_id>", WebhookOf.as_view(), name="api_webhook"),
    path("api/v1/webhooks/<int:webhook_id>/ping", Ping.as_view(), name="api_ping"),
    path(
        "api/v1/webhooks/<int:webhook_id>/deliveries",
        Deliveries.as_view(),
        name="api_deliveries",
    ),
]
