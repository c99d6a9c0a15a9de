"""Addresses of the operator's pages, of public codes and of papers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from traceability import epcis_urls, import_urls, recall_urls, run_urls, scan_urls, system_urls
from traceability.api import urls as api_urls
from traceability.views import (
    balance,
    batches,
    books,
    cases,
    common_source,
    corrections,
    home,
    incoming,
    ledger,
    looks,
    output_corrections,
    papers,
    production,
    purchases,
    records,
    sales,
    saved,
    stock,
    trace,
)

app_name = "traceability"
PURCHASE, SALE, INSPECTION = {"kind": "purchase"}, {"kind": "sale"}, {"kind": "inspection"}
EXPORT, ANSWERED = {"export": True}, {"waiting": False}

urlpatterns: list[URLPattern | URLResolver] = [
    # Machines call these a thousand times as often as people open pages.
    *api_urls.urlpatterns,
    path("my/", home.show_home, name="home"),
    path("my/looks/", looks.show_looks, name="looks"),
    path("my/quiet/", home.declare_quiet_month, name="quiet_month"),
    path("my/more/", home.show_more, name="more"),
    path("my/saved/<slug:kind>/<uuid:key>/", saved.saved, name="saved"),
    path("my/purchases/new/", purchases.purchase_new, name="purchase_new"),
    path("my/purchases/<int:record_id>/", records.show_record, PURCHASE, name="purchase"),
    path(
        "my/purchases/<int:record_id>/correct/",
        corrections.correct_purchase,
        name="purchase_correct",
    ),
    path("my/purchases/<int:record_id>/void/", records.void_record, PURCHASE, name="purchase_void"),
    path("my/sales/new/", sales.sale_new, name="sale_new"),
    path("my/sales/<int:record_id>/", records.show_record, SALE, name="sale"),
    path("my/sales/<int:record_id>/correct/", corrections.correct_sale, name="sale_correct"),
    path("my/sales/<int:record_id>/void/", records.void_record, SALE, name="sale_void"),
    path("my/incoming/", incoming.show_incoming, name="incoming"),
    path("my/incoming/answered/", incoming.show_incoming, ANSWERED, name="incoming_answered"),
    path("my/incoming/export/", incoming.show_incoming, EXPORT, name="incoming_export"),
    path(
        "my/incoming/answered/export/",
        incoming.show_incoming,
        ANSWERED | EXPORT,
        name="incoming_answered_export",
    ),
    path("my/incoming/accept/", incoming.accept, name="incoming_accept"),
    path("my/incoming/<int:incoming_id>/short/", incoming.accept_short, name="incoming_short"),
    path("my/incoming/<int:incoming_id>/refuse/", incoming.refuse, name="incoming_refuse"),
    path("my/production/", production.production_new, name="production_new"),
    path("my/inspections/new/", production.inspection_new, name="inspection_new"),
    path("my/inspections/<int:record_id>/", records.show_record, INSPECTION, name="inspection"),
    path(
        "my/inspections/<int:record_id>/correct/",
        corrections.correct_inspection,
        name="inspection_correct",
    ),
    path(
        "my/inspections/<int:record_id>/void/",
        records.void_record,
        INSPECTION,
        name="inspection_void",
    ),
    path("my/harvests/new/", production.harvest_new, name="harvest_new"),
    path("my/batches/<int:batch_id>/", batches.show_batch, name="batch"),
    path(
        "my/batches/<int:batch_id>/correct/", output_corrections.correct_batch, name="batch_correct"
    ),
    path("my/batches/<int:batch_id>/void/", output_corrections.void_batch, name="batch_void"),
    path("my/ledger/", ledger.show_ledger, PURCHASE, name="ledger"),
    path("my/ledger/<slug:kind>/", ledger.show_ledger, name="ledger_of"),
    path("my/ledger/<slug:kind>/export/", ledger.export_ledger, name="ledger_export"),
    path("my/ledger/<slug:kind>/print/", ledger.print_ledger, name="ledger_print"),
    path("my/stock/", stock.show_stock, name="stock"),
    path("my/stock/export/", stock.show_stock, EXPORT, name="stock_export"),
    path("my/stock/print/", stock.print_stock, name="stock_print"),
    path("my/balance/", balance.show_balance, name="balance"),
    path("my/balance/export/", balance.show_balance, EXPORT, name="balance_export"),
    path("my/products/", books.products, name="products"),
    path("my/products/export/", books.products, EXPORT, name="products_export"),
    path("my/products/new/", books.product_new, name="product_new"),
    path("my/products/<int:product_id>/", books.product, name="product"),
    path("my/products/<int:product_id>/retire/", books.product_retire, name="product_retire"),
    path("my/partners/", books.show_partners, name="partners"),
    path("my/partners/export/", books.show_partners, EXPORT, name="partners_export"),
    path("my/partners/new/", books.partner_new, name="partner_new"),
    path("my/partners/<int:partner_id>/", books.partner, name="partner"),
    path("my/partners/<int:partner_id>/retire/", books.partner_retire, name="partner_retire"),
    path("my/papers/", papers.papers, name="papers"),
    path("my/papers/export/", papers.papers, EXPORT, name="papers_export"),
    path("my/papers/new/", papers.paper_new, name="paper_new"),
    path("my/papers/<int:paper_id>/", papers.paper, name="paper"),
    path("my/papers/<int:paper_id>/retire/", papers.paper_retire, name="paper_retire"),
    path("bureau/trace/", trace.find_batches, name="trace"),
    path("bureau/trace/<int:batch_id>/", trace.show_trace, name="trace_batch"),
    path("bureau/trace/<int:batch_id>/print/", trace.print_trace, name="trace_print"),
    path("bureau/trace/<int:batch_id>/export/", trace.export_trace, name="trace_export"),
    path("bureau/trace/cases/", cases.list_cases, name="trace_cases"),
    path("bureau/trace/cases/new/", cases.request_case, name="trace_case_new"),
    path("bureau/trace/cases/<int:case_id>/", cases.show_case, name="trace_case"),
    path(
        "bureau/trace/cases/<int:case_id>/approve/", cases.approve_case, name="trace_case_approve"
    ),
    path("bureau/trace/cases/<int:case_id>/refuse/", cases.refuse_case, name="trace_case_refuse"),
    path("bureau/trace/cases/<int:case_id>/extend/", cases.extend_case, name="trace_case_extend"),
    path("bureau/trace/cases/<int:case_id>/close/", cases.close_case, name="trace_case_close"),
    path("bureau/trace/common-source/", common_source.show_common_source, name="common_source"),
    *import_urls.urlpatterns,
    *recall_urls.urlpatterns,
    *run_urls.urlpatterns,
    *scan_urls.urlpatterns,
    *system_urls.urlpatterns,
    *epcis_urls.urlpatterns,
]
