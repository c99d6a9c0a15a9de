"""The public page behind a QR code, and the form for those who type the code."""

from __future__ import annotations

from datetime import date
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from shilian import clock
from traceability import page_store, public_cache
from traceability.page_store import StoredPage
from traceability.queries import digital_links, origin
from traceability.rules import codes
from traceability.rules.codes import CodeContent


@require_safe
def origin_form(request: HttpRequest) -> HttpResponse:
    """Where to type a code; a typed one leads to its page."""
    typed = codes.canonical(request.GET.get("code", ""))
    if typed:
        return redirect("traceability:origin", code=typed[: codes.LENGTH * 2])
    return _response(request, page_store.page(200, _render("origin_form.html")))


@require_safe
def show_origin(request: HttpRequest, code: str) -> HttpResponse:
    """The origin of a batch, or why the code has none."""
    content = codes.read_code(code)
    if content is None:
        return _response(request, refusal_page(codes.fault_of(code)))
    finished = origin_page(content, clock.today())
    if finished.status == 200:
        page_store.keep(content.batch_id, finished)
    return _response(request, finished)


@require_safe
def show_linked(request: HttpRequest, gtin: str, rest: str | None = None) -> HttpResponse:
    """A GS1 Digital Link: to the page of its code, when barcode and lot are those of the batch."""
    code = codes.canonical(request.GET.get(codes.LINK_KEY, ""))
    if not code:
        return redirect("traceability:origin_form")
    content = codes.read_code(code)
    if content is not None and not digital_links.is_of(content, gtin, rest or ""):
        return _response(request, refusal_page("forged"))
    return redirect("traceability:origin", code=code[: codes.LENGTH * 2])


def origin_page(content: CodeContent, today: date) -> StoredPage:
    """The finished page of a genuine code."""
    found = origin.public_origin(content.batch_id, content.salt)
    if found is None:
        return refusal_page("unknown")
    code = codes.grouped(codes.public_code(content.batch_id, content.salt))
    html = _render("origin.html", origin=found, verdict=found.verdict(today), code=code)
    return page_store.page(200, html)


@cache
def refusal_page(fault: str) -> StoredPage:
    """The page for a code that is mistyped, forged, unknown or asked for too often."""
    status = 429 if fault == "too_many" else 404
    return page_store.page(status, _render("origin_refused.html", fault=fault))


def _render(template: str, **context: object) -> str:
    # Without the request: the page is everybody's, so nothing of one visitor may enter it.
    return render_to_string(f"traceability/{template}", {"official": official_site(), **context})


def official_site() -> str:
    """The domain that genuine codes lead to, as a phone shows it."""
    return settings.SITE_ADDRESS.split("://", 1)[1]


def _response(request: HttpRequest, finished: StoredPage) -> HttpResponse:
    answer = public_cache.answer(finished, request.META)
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response
