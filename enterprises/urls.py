"""Addresses of people, registration, and the bureau's work with both."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from enterprises.views import (
    account,
    administration,
    applications,
    applying,
    clerks,
    contacts,
    exports,
    invitations,
    jobs,
    landing,
    recovery,
    registration,
    roster,
    signing_in,
)

app_name = "enterprises"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", landing.show_landing, name="landing"),
    path("login/", signing_in.show_login, name="login"),
    path("logout/", signing_in.sign_out, name="logout"),
    path("register/", registration.find_self, name="register"),
    path("register/verify/", registration.verify, name="verify"),
    path("password/forgot/", recovery.forgot, name="forgot"),
    path("password/reset/", recovery.reset, name="reset"),
    path("apply/", applying.choose_county, name="apply"),
    path("apply/<str:county>/form/", applying.fill_in, name="apply_form"),
    path("apply/done/", applying.show_done, name="apply_done"),
    path("account/", account.show_account, name="account"),
    path("account/password/", account.change_password, name="password"),
    path("account/operator/", account.switch_operator, name="switch_operator"),
    path("my/clerks/", clerks.show_clerks, name="clerks"),
    path("my/clerks/export/", clerks.export_clerks, name="clerks_export"),
    path("my/clerks/<int:membership_id>/remove/", clerks.remove_clerk, name="remove_clerk"),
    path("jobs/<int:job_id>/", jobs.show_job, name="job"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel_job, name="cancel_job"),
    path("jobs/<int:job_id>/file/", exports.fetch_file, name="export_file"),
    path(
        "my/clerks/invitations/<int:invitation_id>/withdraw/",
        clerks.withdraw_invitation,
        name="withdraw_clerk_invitation",
    ),
    path("contacts/<int:operator_id>/reveal/", contacts.reveal, name="reveal"),
    path("invitation/<str:token>/", invitations.accept, name="invitation"),
    path("bureau/invitations/", invitations.show_invitations, name="invitations"),
    path(
        "bureau/invitations/<int:invitation_id>/withdraw/",
        invitations.withdraw,
        name="withdraw_invitation",
    ),
    path("bureau/invitations/export/", invitations.export_invitations, name="invitations_export"),
    path("bureau/applications/", applications.list_applications, name="applications"),
    path(
        "bureau/applications/export/",
        applications.export_applications,
        name="applications_export",
    ),
    path(
        "bureau/applications/<int:application_id>/",
        applications.show_application,
        name="application",
    ),
    path(
        "bureau/applications/<int:application_id>/decide/",
        applications.decide,
        name="decide_application",
    ),
    path("bureau/roster/", roster.show_roster, name="roster"),
    path("bureau/roster/export/", roster.export_sessions, name="roster_export"),
    path("bureau/roster/<int:session_id>/", roster.show_session, name="roster_session"),
    path("bureau/roster/<int:session_id>/commit/", roster.commit, name="roster_commit"),
    path("bureau/roster/<int:session_id>/cancel/", roster.cancel, name="roster_cancel"),
    path("bureau/roster/<int:session_id>/sheet/", roster.download_marked, name="roster_sheet"),
    path("bureau/roster/template/", roster.download_template, name="roster_template"),
    path("admin/system/", administration.show_system, name="system"),
    path("admin/accounts/", administration.list_accounts, name="accounts"),
    path(
        "admin/accounts/<int:person_id>/activity/",
        administration.change_activity,
        name="account_activity",
    ),
    path("admin/accounts/export/", administration.export_accounts, name="accounts_export"),
    path("admin/audit/", administration.list_audit, name="audit"),
    path("admin/audit/export/", administration.export_audit, name="audit_export"),
]
