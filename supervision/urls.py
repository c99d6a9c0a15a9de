"""Addresses of the bureau's and the task force's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from supervision.views import (
    balance,
    channels,
    dashboard,
    operator,
    operators,
    records,
    taskforce,
    values,
)

app_name = "supervision"
urlpatterns: list[URLPattern | URLResolver] = [
    path("bureau/", dashboard.show_dashboard, name="dashboard"),
    path("bureau/export/", dashboard.export_dashboard, name="dashboard_export"),
    path("bureau/operators/", operators.list_operators, name="operators"),
    path("bureau/operators/export/", operators.export_operators, name="operators_export"),
    path("bureau/operators/<int:operator_id>/", operator.show_operator, name="operator"),
    path(
        "bureau/operators/<int:operator_id>/standing/",
        operator.change_standing,
        name="change_standing",
    ),
    path(
        "bureau/operators/<int:operator_id>/wholesale/",
        operator.change_wholesale,
        name="change_wholesale",
    ),
    path(
        "bureau/operators/<int:operator_id>/records/", records.list_records, name="operator_records"
    ),
    path(
        "bureau/operators/<int:operator_id>/records/export/",
        records.export_records,
        name="operator_records_export",
    ),
    path(
        "bureau/operators/<int:operator_id>/balance/", balance.show_balance, name="operator_balance"
    ),
    path(
        "bureau/operators/<int:operator_id>/balance/export/",
        balance.export_balance,
        name="operator_balance_export",
    ),
    path("bureau/operators/<int:operator_id>/papers/", records.list_papers, name="operator_papers"),
    path("bureau/channels/", channels.show_channels, name="channels"),
    path("bureau/channels/export/", channels.export_channels, name="channels_export"),
    path("bureau/channels/print/", channels.print_channels, name="channels_print"),
    path("taskforce/", taskforce.show_province, name="province"),
    path("taskforce/bulletins/", taskforce.list_bulletins, name="bulletins"),
    path("taskforce/bulletins/export/", taskforce.export_bulletins, name="bulletins_export"),
    path("taskforce/bulletins/<int:bulletin_id>/", taskforce.show_bulletin, name="bulletin"),
    path(
        "taskforce/bulletins/<int:bulletin_id>/sheet/",
        taskforce.download_bulletin,
        name="bulletin_sheet",
    ),
    path(
        "taskforce/bulletins/<int:bulletin_id>/publish/",
        taskforce.publish_bulletin,
        name="publish_bulletin",
    ),
    path(
        "taskforce/bulletins/<int:bulletin_id>/discard/",
        taskforce.discard_bulletin,
        name="discard_bulletin",
    ),
    path("taskforce/parameters/", values.show_parameters, name="parameters"),
    path("taskforce/parameters/export/", values.export_parameters, name="parameters_export"),
    path("taskforce/parameters/<slug:code>/", values.change_value, name="change_value"),
]
