"""The province's figures for everybody: the newest issued month, small cells hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from enterprises.models import Division, Sector
from shilian.web.formats import ratio
from supervision.metrics import FOUR, Indicator
from supervision.metrics.base import no_counts
from supervision.models import PROVINCE_PATH, Bulletin
from supervision.queries import tallies
from supervision.queries.rankings import CITY_PART
from supervision.queries.tallies import Counts
from supervision.rules.small_cells import hidden_cells

HIDDEN = "＊"
OPERATORS = "operators"


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One city, link or the province; texts are ready to print, a hidden one is ``＊``."""

    name: str
    operator_text: str
    rate_texts: list[str]


@dataclass(frozen=True, slots=True)
class PublicNumbers:
    """``has_hidden``: whether anything was left out, which the page then explains."""

    month: date
    total: PublicRow
    cities: list[PublicRow]
    sectors: list[PublicRow]
    has_hidden: bool


def public_numbers() -> PublicNumbers | None:
    """PUBLIC: the province's newest issued month; None before the first bulletin is issued.

    A frozen month's counts do not move, so no difference between two visits gives a cell away.
    Cost: 4 queries.
    """
    issued = Bulletin.objects.filter(
        area_path=PROVINCE_PATH, state=Bulletin.State.PUBLISHED
    ).order_by("-month")
    month = issued.values_list("month", flat=True).first()
    if month is None:
        return None
    by_sector = tallies.by_month(tallies.PROVINCE, [month])[month]
    by_city = tallies.by_path_part(CITY_PART, [month])[month]
    names = dict(Division.objects.cities().order_by("code").values_list("code", "name"))
    cities = {code: by_city.get(code, no_counts()) for code in names}
    sectors = {str(each): by_sector.get(each, no_counts()) for each in Sector}
    labels = {str(each): str(each.label) for each in Sector}
    city_rows, sector_rows = _rows(cities, names), _rows(sectors, labels)
    total = _rows({"": tallies.total(by_sector)}, {"": "全省"})[0]
    shown = [total, *city_rows, *sector_rows]
    has_hidden = any(HIDDEN in (row.operator_text, *row.rate_texts) for row in shown)
    return PublicNumbers(month, total, city_rows, sector_rows, has_hidden)


def parts_of(code: str, counts: Counts) -> tuple[int, ...]:
    """The groups of operators that a figure tells apart, beside what the other columns tell."""
    total, registered, obliged = (
        counts["operator_count"], counts["registered_count"], counts["obliged_count"],
    )  # fmt: skip
    if code == OPERATORS:
        return (total,)
    if code == "registration":
        return registered, total - registered
    if code == "activity":
        active = counts["active_count"]
        return active, obliged - active, registered - obliged
    if code == "coverage":
        covered, of = counts["covered_count"], counts["ten_three_count"]
        return covered, of - covered, total - of
    met, systems = counts["system_met_count"], counts["system_count"]
    return met, systems - met


def _rows(counts: Mapping[str, Counts], names: Mapping[str, str]) -> list[PublicRow]:
    """One row for each, every column protected by itself; a lone row is its own total."""
    hidden = {
        code: hidden_cells({key: parts_of(code, each) for key, each in counts.items()})
        for code in (OPERATORS, *(each.code for each in FOUR))
    }
    return [
        PublicRow(
            name=names[key],
            operator_text=HIDDEN if key in hidden[OPERATORS] else f"{each['operator_count']:,}",
            rate_texts=[
                HIDDEN if key in hidden[one.code] else _rate_text(one, each) for one in FOUR
            ],
        )
        for key, each in counts.items()
    ]


def _rate_text(indicator: Indicator, counts: Counts) -> str:
    return ratio(indicator.rate(counts))
