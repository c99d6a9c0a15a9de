"""Addresses of imports: sheets, what came of them, and what they entered for review."""

from __future__ import annotations

from django.urls import URLPattern, path

from traceability.views import reviews

urlpatterns: list[URLPattern] = [
    path("my/import/reviews/", reviews.show_reviews, name="reviews"),
    path("my/import/reviews/confirm/", reviews.confirm_reviews, name="reviews_confirm"),
    path("my/import/reviews/merge/", reviews.merge_review, name="reviews_merge"),
]
