"""Addresses of the bureau's and the task force's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from supervision.views import (
    balance,
    bulletins,
    channels,
    dashboard,
    evaluation,
    findings,
    formulas,
    frozen,
    operator,
    operators,
    public_numbers,
    records,
    suspicions,
    taskforce,
    value_changes,
    values,
)

app_name = "supervision"
urlpatterns: list[URLPattern | URLResolver] = [
    path("bureau/", dashboard.show_dashboard, name="dashboard"),
    path("bureau/waiting/", dashboard.show_waiting, name="waiting"),
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
    path("bureau/findings/", findings.list_findings, name="findings"),
    path("bureau/findings/export/", findings.export_findings, name="findings_export"),
    path("bureau/findings/assign/", findings.assign_findings, name="findings_assign"),
    path("bureau/findings/send/", findings.send_messages, name="findings_send"),
    path("bureau/findings/<int:finding_id>/", findings.show_finding, name="finding"),
    path("bureau/findings/<int:finding_id>/send/", findings.send_message, name="finding_send"),
    path("bureau/suspicions/", suspicions.list_suspicions, name="suspicions"),
    path("bureau/suspicions/export/", suspicions.export_suspicions, name="suspicions_export"),
    path("bureau/suspicions/<int:suspicion_id>/", suspicions.show_suspicion, name="suspicion"),
    path(
        "bureau/suspicions/<int:suspicion_id>/decide/",
        suspicions.decide_suspicion,
        name="suspicion_decide",
    ),
    path("my/findings/", findings.own_findings, name="own_findings"),
    path("taskforce/", taskforce.show_province, name="province"),
    path("bureau/bulletins/", bulletins.list_bulletins, name="bulletins"),
    path("bureau/bulletins/export/", bulletins.export_bulletins, name="bulletins_export"),
    *(
        path(f"bureau/bulletins/<int:bulletin_id>/{address}", view, name=name)
        for address, view, name in (
            ("", bulletins.show_bulletin, "bulletin"),
            ("rows/", frozen.show_rows, "bulletin_rows"),
            ("ask/", bulletins.ask_for_comments, "ask_comments"),
            ("comment/", bulletins.comment, "comment_bulletin"),
            ("answer/<int:comment_id>/", bulletins.answer, "answer_comment"),
            ("wording/", bulletins.reword, "reword_bulletin"),
            ("review/", bulletins.review, "review_bulletin"),
            ("return/", bulletins.send_back, "return_bulletin"),
            ("publish/", bulletins.publish_bulletin, "publish_bulletin"),
            ("discard/", bulletins.discard_bulletin, "discard_bulletin"),
        )
    ),
    *(
        path(
            f"bureau/bulletins/<int:bulletin_id>/bulletin.{ending}",
            bulletins.download_bulletin,
            {"ending": ending},
            name=f"bulletin_{ending}",
        )
        for ending in ("docx", "pdf", "xlsx")
    ),
    *(
        path(
            f"bureau/bulletins/<int:bulletin_id>/{which}.svg",
            bulletins.show_drawing,
            {"which": which},
            name=f"bulletin_{which}",
        )
        for which in ("chart", "map")
    ),
    path("numbers/", public_numbers.show_numbers, name="public_numbers"),
    path("bureau/formulas/", formulas.show_formulas, name="formulas"),
    path("bureau/lift/", formulas.show_lift, name="lift"),
    path("bureau/lift/export/", formulas.export_lift, name="lift_export"),
    path("bureau/evaluation/", evaluation.show_evaluation, name="evaluation"),
    path("bureau/evaluation/export/", evaluation.export_evaluation, name="evaluation_export"),
    path("bureau/evaluation/weights/", evaluation.show_weights, name="weights"),
    path("bureau/changes/<int:change_id>/", value_changes.show_change, name="value_change"),
    path("taskforce/parameters/", values.show_parameters, name="parameters"),
    path("taskforce/parameters/export/", values.export_parameters, name="parameters_export"),
    path("taskforce/cities/", values.show_cities, name="city_statuses"),
    path("taskforce/parameters/<slug:code>/", values.change_value, name="change_value"),
]
