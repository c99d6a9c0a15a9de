"""Addresses of the public pages; codes are printed in capitals, typed in either case."""

from __future__ import annotations

from django.urls import re_path

from traceability.views import origin

urlpatterns = [
    re_path(r"^[qQ]/$", origin.origin_form, name="origin_form"),
    re_path(r"^[qQ]/(?P<code>.+)$", origin.show_origin, name="origin"),
]
