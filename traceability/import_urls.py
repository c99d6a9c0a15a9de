"""Addresses of imports: sheets, what came of them, and what they entered for review."""

from __future__ import annotations

from django.urls import URLPattern, path

from traceability.views import imports, photo_match, reviews

urlpatterns: list[URLPattern] = [
    path("my/import/", imports.imports, name="imports"),
    path("my/import/export/", imports.export_imports, name="imports_export"),
    path("my/import/template/<slug:code>/", imports.download_template, name="import_template"),
    path("my/import/<int:session_id>/", imports.show_import, name="import"),
    path("my/import/<int:session_id>/columns/", imports.confirm_columns, name="import_columns"),
    path("my/import/<int:session_id>/commit/", imports.commit_import, name="import_commit"),
    path("my/import/<int:session_id>/cancel/", imports.cancel_import, name="cancel_import"),
    path("my/import/<int:session_id>/resume/", imports.resume_import, name="import_resume"),
    path("my/import/<int:session_id>/seen/", imports.mark_seen, name="import_seen"),
    path("my/import/<int:session_id>/sheet/", imports.annotated_sheet, name="import_sheet"),
    path("my/import/photos/", photo_match.photo_match, name="photo_match"),
    path(
        "my/import/photos/<int:session_id>/",
        photo_match.show_result,
        name="photo_match_result",
    ),
    path("my/import/reviews/", reviews.show_reviews, name="reviews"),
    path("my/import/reviews/confirm/", reviews.confirm_reviews, name="reviews_confirm"),
    path("my/import/reviews/merge/", reviews.merge_review, name="reviews_merge"),
]
