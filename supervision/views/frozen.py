"""A bulletin's frozen figures with the pages and lists behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from supervision.queries.bulletins import FrozenRow, FrozenValue
from supervision.views.pictures import SIDES

# The one denominator of which there is a list: everybody on the register.
LISTED = "listed"


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """One indicator with the list of those who met it; ``all_url`` is empty without such a list."""

    value: FrozenValue
    met_url: str
    all_url: str


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A row of a bulletin with its dashboard, the list of its operators, and its figures' lists."""

    row: FrozenRow
    url: str
    operators_url: str
    figures: tuple[FrozenFigure, ...]


def line_of(row: FrozenRow, month: date) -> FrozenLine:
    """The row with its addresses; the lists are of the bulletin's month."""
    listed = _address("operators", row, month, LISTED)
    return FrozenLine(
        row=row,
        url=_address("dashboard", row, month),
        operators_url=listed,
        figures=tuple(
            FrozenFigure(
                value,
                met_url=_address("operators", row, month, SIDES[value.code].met),
                all_url=listed if value.code == "registration" else "",
            )
            for value in row.values
        ),
    )


def lines_of(rows: Iterable[FrozenRow], month: date) -> list[FrozenLine]:
    return [line_of(row, month) for row in rows]


def _address(page: str, row: FrozenRow, month: date, figure: str = "") -> str:
    asked = {
        "division": row.division_code,
        "sector": row.sector,
        "month": f"{month:%Y-%m}",
        "figure": figure,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse(f'supervision:{page}')}?{query}"
