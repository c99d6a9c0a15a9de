"""Addresses of runs, boxes, losses, destruction and returns."""

from __future__ import annotations

from django.urls import URLPattern, path

from traceability.views import boxes, movements, output_corrections, returns, runs

EXPORT, ANSWERED = {"export": True}, {"waiting": False}

urlpatterns: list[URLPattern] = [
    path("my/runs/<slug:kind>/new/", runs.run_new, name="run_new"),
    path("my/batches/<int:batch_id>/void-run/", output_corrections.void_run, name="run_void"),
    path("my/boxes/", boxes.show_boxes, name="boxes"),
    path("my/boxes/export/", boxes.show_boxes, EXPORT, name="boxes_export"),
    path("my/movements/", movements.show_movements, name="movements"),
    path("my/movements/export/", movements.show_movements, EXPORT, name="movements_export"),
    path("my/movements/new/", movements.movement_new, name="movement_new"),
    path("my/movements/<int:movement_id>/", movements.show_movement, name="movement"),
    path("my/movements/<int:movement_id>/void/", movements.void_movement, name="movement_void"),
    path("my/returns/", returns.show_returns, name="returns"),
    path("my/returns/answered/", returns.show_returns, ANSWERED, name="returns_answered"),
    path("my/returns/export/", returns.show_returns, EXPORT, name="returns_export"),
    path("my/returns/<int:returned_id>/take/", returns.take_back, name="return_take"),
    path("my/returns/<int:returned_id>/void/", returns.void_take_back, name="return_void"),
    path("my/returns/<int:returned_id>/refuse/", returns.refuse_return, name="return_refuse"),
]
