"""Addresses of the EPCIS 2.0 interface, as the standard's REST binding names them."""

from __future__ import annotations

from django.urls import path, re_path

from traceability.api import epcis, epcis_capture, epcis_queries
from traceability.views import epcis as views

urlpatterns = [
    path("my/epcis/", views.show_epcis, name="my_epcis"),
    path("my/epcis/glns/<str:gln>/withdraw/", views.withdraw_gln, name="gln_withdraw"),
    path("my/epcis/subscriptions/", views.list_subscriptions, name="my_subscriptions"),
    path("my/epcis/subscriptions/add/", views.add_subscription, name="subscription_add"),
    path(
        "my/epcis/subscriptions/<int:subscription_id>/stop/",
        views.stop_subscription,
        name="subscription_stop",
    ),
    path("epcis/v2/", epcis.Discovery.as_view(), name="epcis"),
    path("epcis/v2/capture", epcis_capture.Captures.as_view(), name="epcis_captures"),
    path(
        "epcis/v2/capture/<int:capture_id>",
        epcis_capture.CaptureState.as_view(),
        name="epcis_capture",
    ),
    path("epcis/v2/events", epcis.Events.as_view(), name="epcis_events"),
    re_path(r"^epcis/v2/events/(?P<event_id>.+)$", epcis.SingleEvent.as_view(), name="epcis_event"),
    path("epcis/v2/queries", epcis_queries.Queries.as_view(), name="epcis_queries"),
    path("epcis/v2/queries/<str:name>", epcis_queries.NamedQuery.as_view(), name="epcis_query"),
    path(
        "epcis/v2/queries/<str:name>/events",
        epcis_queries.QueryEvents.as_view(),
        name="epcis_query_events",
    ),
    path(
        "epcis/v2/queries/<str:name>/subscriptions",
        epcis_queries.Subscriptions.as_view(),
        name="epcis_subscriptions",
    ),
    path(
        "epcis/v2/queries/<str:name>/subscriptions/<int:subscription_id>",
        epcis_queries.SubscriptionState.as_view(),
        name="epcis_subscription",
    ),
    re_path(
        r"^epcis/v2/(?P<resource>eventTypes|epcs|bizSteps|bizLocations|readPoints|dispositions)$",
        epcis.Resources.as_view(),
        name="epcis_resources",
    ),
    re_path(
        r"^epcis/v2/(?P<resource>eventTypes|epcs|bizSteps|bizLocations|readPoints|dispositions)"
        r"/(?P<value>.+?)/events$",
        epcis.ResourceEvents.as_view(),
        name="epcis_resource_events",
    ),
    re_path(
        r"^epcis/v2/(?P<resource>eventTypes|epcs|bizSteps|bizLocations|readPoints|dispositions)"
        r"/(?P<value>.+)$",
        epcis.ResourceEntry.as_view(),
        name="epcis_resource",
    ),
]
