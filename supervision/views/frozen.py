"""A bulletin's frozen figures with the frozen rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Sector
from enterprises.roles import Permission
from shilian.web.pagination import paginate
from supervision.documents import bulletin_words, drawings
from supervision.models import Bulletin
from supervision.queries import bulletins, frozen_rows
from supervision.queries.bulletins import FrozenRow, FrozenValue
from supervision.queries.frozen_rows import SIDES_OF, WORDS, Asked, rows_url
from supervision.views.pages import OfficerRequest, bureau_page

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """One indicator with the frozen rows of its numerator and of its denominator."""

    value: FrozenValue
    met_url: str
    all_url: str


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A row of a bulletin with its dashboard, its operators, and the rows behind its figures."""

    row: FrozenRow
    url: str
    operators_url: str
    records_url: str
    figures: tuple[FrozenFigure, ...]
    context: tuple[FrozenFigure, ...]


def line_of(row: FrozenRow, bulletin: Bulletin) -> FrozenLine:
    """The row with its addresses."""
    asked = {
        "division": row.division_code,
        "sector": row.sector,
        "month": f"{bulletin.month:%Y-%m}",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return FrozenLine(
        row=row,
        url=f"{reverse('supervision:dashboard')}?{query}",
        operators_url=_behind(row, bulletin, "listed"),
        records_url=_behind(row, bulletin, "recording"),
        figures=tuple(_figure(row, value, bulletin) for value in row.values),
        context=tuple(_figure(row, value, bulletin) for value in row.context),
    )


def lines_of(rows: Iterable[FrozenRow], bulletin: Bulletin) -> list[FrozenLine]:
    return [line_of(row, bulletin) for row in rows]


def _figure(row: FrozenRow, value: FrozenValue, bulletin: Bulletin) -> FrozenFigure:
    met, every = SIDES_OF[value.code]
    return FrozenFigure(value, _behind(row, bulletin, met), _behind(row, bulletin, every))


def _behind(row: FrozenRow, bulletin: Bulletin, figure: str) -> str:
    return rows_url(bulletin.pk, Asked(row.division_code, row.sector, figure))


@require_safe
@bureau_page(Permission.VIEW_OPERATORS)
def show_rows(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """The frozen operators behind a figure of a bulletin, as far as the viewer may see them."""
    bulletin = bulletins.find_bulletin(request.actor, bulletin_id)
    sector = request.GET.get("sector", "")
    asked = Asked(
        division=request.GET.get("division", ""),
        sector=sector if sector in Sector.values else "",
        figure=request.GET.get("figure", "") or "listed",
    )
    found = frozen_rows.frozen_rows(request.actor, bulletin, asked)
    page = paginate(found, request, key="operator_id", size=PAGE_SIZE)
    context = {
        "bulletin": bulletin,
        "page": page,
        "rows": frozen_rows.told(request.actor, page.rows),
        "word": WORDS[asked.figure],
        "place": frozen_rows.division_name(bulletin, asked.division),
        "sector": str(Sector(asked.sector).label) if asked.sector else "",
        "choices": [
            (rows_url(bulletin_id, replace(asked, figure=name)), word, name == asked.figure)
            for name, word in WORDS.items()
        ],
    }
    return render(request, "supervision/bulletin_rows.html", context)


def drawing_of(bulletin: Bulletin, which: str) -> str:
    """The chart or the map of a bulletin as SVG; empty where there is none."""
    if which == "chart":
        return drawings.bar_chart(bulletin_words.first_rows(bulletin.figures), "activity")
    if drawings.has_map(bulletin.figures):
        return drawings.division_map(bulletin.figures, "activity")
    return ""
