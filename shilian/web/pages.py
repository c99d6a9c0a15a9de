"""Pages that belong to nobody's business: help, 更新记录, offline."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shilian.web import changelog, help_articles


@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"groups": help_articles.by_audience()})


@require_safe
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        article = help_articles.article(slug)
    except KeyError:
        raise Http404(slug) from None
    return render(request, f"help/{article.slug}.html", {"article": article})


@require_safe
def show_changelog(request: HttpRequest) -> HttpResponse:
    return render(request, "changelog.html", {"releases": changelog.RELEASES})


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")
