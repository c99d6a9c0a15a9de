"""Answers scans before Django: one keyed check, one look into the cache, and the page is sent.

A WSGI wrapper (``settings.WSGI_WRAPPERS``). What it cannot answer goes on to Django, whose view
keeps the finished page for the next scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from csp.utils import build_policy
from django.conf import settings

from enterprises.middleware import address_of
from traceability import page_store
from traceability.page_store import StoredPage
from traceability.rules import codes
from traceability.scan_limits import RETRY_AFTER_SECONDS, ScanLimits

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PREFIXES = ("/q/", "/Q/")
REASONS = {
    200: "200 OK",
    304: "304 Not Modified",
    404: "404 Not Found",
    429: "429 Too Many Requests",
}
# A code with its separators and a whole address before it is shorter than this.
LONGEST_PATH = 400


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class PublicCache:
    """Serves ``/q/<code>`` from the cache; everything else passes through."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.limits = ScanLimits()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIXES) or len(path) == len(PREFIXES[0]):
            return self.application(environ, start_response)
        finished = self.finished_page(path, environ)
        if finished is None:
            return self.application(environ, start_response)
        status, headers, body = answer(finished, environ)
        start_response(REASONS[status], headers)
        return [body]

    def finished_page(self, path: str, environ: Environ) -> StoredPage | None:
        """The page to send; None when Django must make it, or redirect, or refuse the method."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or _wants_https(environ):
            return None
        address = address_of(environ)
        if not self.limits.allow_scan(address):
            return _refusal("too_many")
        text = path[len(PREFIXES[0]) :].rstrip("/")[:LONGEST_PATH]
        text = text.encode("latin-1", "replace").decode("utf-8", "replace")
        content = codes.read_code(text)
        if content is None:
            return _refusal(codes.fault_of(text))
        if not self.limits.allow_code(address, content.batch_id):
            return _refusal("too_many")
        return page_store.fetch(content.batch_id)


def answer(finished: StoredPage, environ: Mapping[str, Any]) -> Answer:
    """Status, headers and body for this client: compressed if it can, empty if it has the page."""
    etag = f'"{finished.etag}"'
    headers = [*_common_headers(), ("ETag", etag)]
    if finished.status == 429:
        headers.append(("Retry-After", str(RETRY_AFTER_SECONDS)))
    if finished.status == 200 and etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        return Answer(304, headers, b"")
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        headers.append(("Content-Encoding", "gzip"))
        body = finished.gzipped
    else:
        body = finished.body
    headers += [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    return Answer(finished.status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


def _refusal(fault: str) -> StoredPage:
    # The view renders the page; at import time Django's templates are not ready yet.
    from traceability.views.origin import refusal_page

    return refusal_page(fault)


def _wants_https(environ: Environ) -> bool:
    if not settings.SECURE_SSL_REDIRECT:
        return False
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        return bool(environ.get(name) != value)
    return bool(environ.get("wsgi.url_scheme") != "https")


_headers: list[tuple[str, str]] = []


def _common_headers() -> list[tuple[str, str]]:
    """The headers Django's middleware would set, made once: the page has no script, so no nonce."""
    if not _headers:
        policy = {"default-src": ["'none'"], "script-src": ["'none'"]}
        _headers.extend(
            [
                ("Content-Security-Policy", build_policy(replace=policy) or ""),
                ("X-Content-Type-Options", "nosniff"),
                ("X-Frame-Options", settings.X_FRAME_OPTIONS),
                ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
                ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
                ("Vary", "Accept-Encoding"),
                # A phone may keep the page but asks each time: a recall must show at once.
                ("Cache-Control", "no-cache"),
            ]
        )
        if settings.SECURE_HSTS_SECONDS:
            _headers.append(("Strict-Transport-Security", _strict_transport()))
    return _headers


def _strict_transport() -> str:
    below = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    return f"max-age={settings.SECURE_HSTS_SECONDS}{below}"
