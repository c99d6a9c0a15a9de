"""Addresses of holds and recalls."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from traceability.views import recall_changes, recall_notices, recalls


class ActionConverter(StringConverter):
    regex = "widen|narrow|finish|cancel"


register_converter(ActionConverter, "recall_action")

urlpatterns: list[URLPattern | URLResolver] = [
    path("bureau/recalls/", recalls.list_recalls, name="recalls"),
    path("bureau/recalls/new/", recall_changes.recall_new, name="recall_new"),
    path("bureau/recalls/league/", recalls.show_league, name="recall_league"),
    path("bureau/recalls/<int:recall_id>/", recalls.show_recall, name="recall"),
    path("bureau/recalls/<int:recall_id>/holders/", recalls.list_notices, name="recall_holders"),
    path("bureau/recalls/<int:recall_id>/report/", recalls.print_report, name="recall_report"),
    path(
        "bureau/recalls/<int:recall_id>/export/", recall_changes.export_recall, name="recall_export"
    ),
    path(
        "bureau/recalls/<int:recall_id>/<recall_action:action>/",
        recall_changes.change_recall,
        name="recall_change",
    ),
    path("bureau/holds/", recall_changes.show_holds, name="holds"),
    path("my/recalls/", recall_notices.list_notices, name="recall_notices"),
    path("my/recalls/new/", recall_notices.recall_new, name="my_recall_new"),
    path("my/recalls/<int:recall_id>/", recall_notices.show_notice, name="recall_notice"),
    path(
        "my/recalls/<int:recall_id>/acknowledge/",
        recall_notices.acknowledge,
        name="recall_acknowledge",
    ),
    path("my/recalls/<int:recall_id>/own/", recall_notices.show_own_recall, name="my_recall"),
    path(
        "my/recalls/<int:recall_id>/own/<recall_action:action>/",
        recall_notices.change_own_recall,
        name="my_recall_change",
    ),
]
