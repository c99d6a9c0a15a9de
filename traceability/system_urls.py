"""Addresses of what self-built systems and channels bring: trials and suspected duplicates."""

from __future__ import annotations

from django.urls import URLPattern, path

from traceability.views import duplicates, sandbox

urlpatterns: list[URLPattern] = [
    path("my/sandbox/", sandbox.sandbox, name="sandbox"),
    path("my/sandbox/export/", sandbox.export_trials, name="trials_export"),
    path("my/sandbox/<int:trial_id>/", sandbox.show_trial, name="trial"),
    path("my/duplicates/", duplicates.own_suspects, name="duplicates"),
    path("my/duplicates/<int:suspect_id>/", duplicates.decide_own, name="duplicate_decide"),
    path("bureau/duplicates/", duplicates.list_suspects, name="suspects"),
    path("bureau/duplicates/export/", duplicates.export_suspects, name="suspects_export"),
    path("bureau/duplicates/<int:suspect_id>/", duplicates.keep_both, name="suspect_keep"),
]
