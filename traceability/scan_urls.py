"""Addresses of codes, labels and papers; codes are printed in capitals and typed in either case."""

from __future__ import annotations

from django.urls import path, re_path

from traceability.views import evidence, labels, origin

urlpatterns = [
    re_path(r"^[qQ]/$", origin.origin_form, name="origin_form"),
    re_path(r"^[qQ]/(?P<code>.+)$", origin.show_origin, name="origin"),
    re_path(r"^01/(?P<gtin>\d{8,14})(?:/(?P<rest>.*))?$", origin.show_linked, name="origin_link"),
    path("papers/<int:document_id>/file/", evidence.evidence_file, name="evidence_file"),
    path("my/batches/<int:batch_id>/labels/", labels.label_sheet, name="labels"),
    path("my/batches/<int:batch_id>/code.svg", labels.code_svg, name="code_svg"),
    path("my/batches/<int:batch_id>/code.png", labels.code_png, name="code_png"),
]
