"""How fast records are written and read, beside the floor and the peer measured in the same run."""

from __future__ import annotations

from shilian.bench import Metrics, benchmark
from traceability.measures import api, epcis, reading, scan, tracing, writing
from traceability.measures import imports as import_measures


@benchmark("records", demonstration=True)
def records() -> Metrics:
    """Recording against raw COPY and bulk_create; form save, purchase list at demonstration size."""
    return {**writing.measure(), **reading.measure()}


@benchmark("scan", demonstration=True)
def scan_page() -> Metrics:
    """The public page under load on one worker, cached and not, beside a plain Django view."""
    return scan.measure()


@benchmark("trace")
def trace_graph() -> Metrics:
    """Tracing in a province's graph of 15 million links, beside single statements and peers."""
    return tracing.measure()


@benchmark("imports")
def imports() -> Metrics:
    """Sheets from disk to committed rows, a million rows of text, small files meanwhile; peers."""
    return {**import_measures.measure(), **api.measure(), **epcis.measure()}


@benchmark("epcis")
def epcis_capture() -> Metrics:
    """EPCIS documents of a thousand events, from the request's body to committed, beside QU4RTET."""
    return epcis.measure()


@benchmark("api")
def signed_api() -> Metrics:
    """Signed uploads on one web worker, in batches and one by one, beside REST framework's way."""
    return api.measure()
