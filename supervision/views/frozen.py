"""A bulletin's frozen figures with the frozen rows behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.actor import Actor
from enterprises.models import Sector
from enterprises.queries import divisions
from enterprises.queries.divisions import Sight
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
    """One indicator with the frozen rows of its numerator and denominator; empty out of sight."""

    value: FrozenValue
    met_url: str
    all_url: str


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A row of a bulletin with its dashboard, its operators, and the rows behind its figures.

    An address is empty where it would lead the viewer to nothing.
    """

    row: FrozenRow
    url: str
    operators_url: str
    records_url: str
    figures: tuple[FrozenFigure, ...]
    context: tuple[FrozenFigure, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """Which rows of the bulletin the viewer may open: those of places wholly or partly in sight."""

    bulletin: Bulletin
    sight: Sight
    paths: Mapping[str, str]

    def line(self, row: FrozenRow) -> FrozenLine:
        """The row with its addresses."""
        return FrozenLine(
            row=row,
            url=self._place(row),
            operators_url=self._behind(row, "listed"),
            records_url=self._behind(row, "recording"),
            figures=tuple(self._figure(row, value) for value in row.values),
            context=tuple(self._figure(row, value) for value in row.context),
        )

    def lines(self, rows: Iterable[FrozenRow]) -> list[FrozenLine]:
        return [self.line(row) for row in rows]

    def _path(self, row: FrozenRow) -> str:
        return self.paths.get(row.division_code, self.bulletin.area_path)

    def _place(self, row: FrozenRow) -> str:
        if not self.sight.covers(self._path(row)):
            return ""
        asked = {
            # A link has no code of its own: it is the link within the bulletin's area.
            "division": row.division_code or self.bulletin.area_path.strip("/").split("/")[-1],
            "sector": row.sector,
            "month": f"{self.bulletin.month:%Y-%m}",
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse('supervision:dashboard')}?{query}"

    def _figure(self, row: FrozenRow, value: FrozenValue) -> FrozenFigure:
        met, every = SIDES_OF[value.code]
        return FrozenFigure(value, self._behind(row, met), self._behind(row, every))

    def _behind(self, row: FrozenRow, figure: str) -> str:
        if not self.sight.touches(self._path(row)):
            return ""
        return rows_url(self.bulletin.pk, Asked(row.division_code, row.sector, figure))


def links_of(actor: Actor, bulletin: Bulletin, rows: Iterable[FrozenRow]) -> Links:
    """What of the bulletin's rows the actor may open.

    Cost: a query for whoever does not see everything.
    """
    sight = divisions.sight_of(actor)
    codes = [] if sight.is_everything else [row.division_code for row in rows]
    return Links(bulletin, sight, divisions.paths_of(codes) if codes else {})


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
        "may_see_records": request.actor.may(Permission.VIEW_RECORDS),
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
