"""Addresses of the pages everyone may open."""

from __future__ import annotations

from django.urls import path

from shilian.web import pages

urlpatterns = [
    path("help/", pages.help_index, name="help"),
    path("help/<slug:slug>/", pages.help_article, name="help_article"),
    path("changelog/", pages.show_changelog, name="changelog"),
    path("offline/", pages.offline, name="offline"),
]
