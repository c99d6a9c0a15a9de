"""The dashboard's numbers as its charts, maps and sheets want them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from enterprises.models import Division
from shilian.web.formats import month_cn
from supervision.metrics import BY_CODE, FOUR
from supervision.queries.classes import ClassRow
from supervision.queries.dashboard import ChildRow, MonthPoint, Overview, SectorRow
from supervision.queries.indicators import IndicatorValue
from supervision.queries.siblings import PeerStanding
from supervision.views.pages import Place

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Sides:
    """The lists of operators behind a figure, met and still to be done, and its short name."""

    met: str
    met_word: str
    missing: str
    missing_word: str
    short_name: str


SIDES = {
    "registration": Sides("registered", "已注册", "unregistered", "未注册", "注册率"),
    "activity": Sides("active", "活跃", "inactive", "不活跃", "活跃度"),
    "coverage": Sides("covered", "已覆盖", "uncovered", "未覆盖", "“10+3”"),
    "system_upload": Sides("uploading", "已达标", "not_uploading", "未达标", "自建上传"),
}


@dataclass(frozen=True, slots=True)
class FigureCard:
    """One of the four figures with the lists behind it. Units: per cent."""

    value: IndicatorValue
    percent: Decimal | None
    target: Decimal | None
    missing: int
    missing_word: str
    missing_url: str
    met_word: str
    met_url: str
    standing: PeerStanding | None = None

    @property
    def note(self) -> str:
        """Numerator and denominator, and the place among the peers where there are any."""
        parts = f"{self.value.numerator:,} / {self.value.denominator:,}"
        place = self.standing.rank_text if self.standing else ""
        return f"{parts}，{place}" if place else parts


def percent(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else ratio * HUNDRED


def figure_cards(overview: Overview, place: Place) -> list[FigureCard]:
    """The four figures, each opening to the operators behind it."""
    standings = overview.standings
    return [_card(each, place, standings.get(each.code)) for each in overview.indicators]


def _card(value: IndicatorValue, place: Place, standing: PeerStanding | None) -> FigureCard:
    sides = SIDES[value.code]
    return FigureCard(
        value=value,
        percent=percent(value.rate),
        target=percent(value.target),
        missing=value.denominator - value.numerator,
        missing_word=sides.missing_word,
        missing_url=operators_url(place, sides.missing),
        met_word=sides.met_word,
        met_url=operators_url(place, sides.met),
        standing=standing,
    )


def orders(place: Place) -> list[dict[str, str]]:
    """The four indicators by which the divisions may be ordered, and the address of each order."""
    return [
        {
            "code": each.code,
            "name": each.name,
            "short_name": SIDES[each.code].short_name,
            "query": place.query(by=each.code),
        }
        for each in FOUR
    ]


def operators_url(place: Place, figure: str) -> str:
    """The list of the operators behind one side of a figure."""
    return reverse("supervision:operators") + place.query(figure=figure, by="")


def map_spec(overview: Overview, place: Place) -> dict[str, Any] | None:
    """The map of the division's children; None where there is no map of them."""
    level = _map_level(overview)
    if level is None:
        return None
    return {
        "level": level,
        "label": BY_CODE[place.rank_by].name,
        "unit": "%",
        "values": [_map_value(row, place) for row in overview.children if row.division.code],
    }


def _map_level(overview: Overview) -> str | None:
    if overview.station_id is not None:
        return None
    levels = {Division.Level.PROVINCE: "cities", Division.Level.CITY: overview.division.code}
    return levels.get(Division.Level(overview.division.level))


def _map_value(row: ChildRow, place: Place) -> dict[str, Any]:
    rate = percent(row.value(place.rank_by).rate)
    return {
        "adcode": int(row.division.code),
        "name": row.division.name,
        "value": None if rate is None else round(float(rate), 2),
        "url": child_url(row, place),
    }


def child_url(row: ChildRow, place: Place) -> str:
    """The child's own dashboard; nothing for what hangs below no child."""
    if not row.division.code or row.division.code == place.division.code:
        return ""
    return reverse("supervision:dashboard") + place.query(division=row.division.code)


def trend_spec(trend: Sequence[MonthPoint]) -> dict[str, Any]:
    """The four rates of the last thirteen months as lines."""
    return {
        "kind": "line",
        "categories": [f"{point.month:%y-%m}" for point in trend],
        "unit": "%",
        "max": 100,
        "min": 0,
        "series": [
            {"name": each.name, "values": [_plotted(point.rates[each.code]) for point in trend]}
            for each in FOUR
        ],
    }


def trend_rows(trend: Sequence[MonthPoint]) -> list[dict[str, Any]]:
    """The same as a table, newest month first."""
    return [
        {
            "month": point.month,
            "rates": [point.rates[each.code] for each in FOUR],
            "record_count": point.record_count,
        }
        for point in reversed(trend)
    ]


def _plotted(rate: Decimal | None) -> float | None:
    return None if rate is None else round(float(rate * HUNDRED), 2)


def sheet_headers(first: str) -> list[str]:
    """The columns of the exported table: three for each indicator, rates in per cent."""
    columns = ["名次", first, "区划代码", "在册主体", "记录数"]
    for each in FOUR:
        columns += [f"{each.name}分子", f"{each.name}分母", f"{each.name}（%）", f"{each.name}环比"]
    return columns


def sheet_rows(overview: Overview) -> Iterable[list[Any]]:
    """The division's own line, its children in the order shown, its links, its classes of goods."""
    own = overview.division
    yield _line("", own.name, own.code, overview.indicators, _totals(overview))
    if overview.raised_total:
        yield _child_line(overview.raised_total, rank="")
    for row in overview.children:
        yield _child_line(row, rank=row.rank)
    for link in overview.by_sector:
        yield _part_line("环节", link)
    for goods in overview.by_class:
        yield _part_line("品种", goods)


def _totals(overview: Overview) -> tuple[int, int]:
    return overview.counts["operator_count"], overview.counts["record_count"]


def _child_line(row: ChildRow, *, rank: int | str | None) -> list[Any]:
    totals = (row.operator_count, row.record_count)
    return _line(rank, row.division.name, row.division.code, row.indicators, totals)


def _part_line(kind: str, part: SectorRow | ClassRow) -> list[Any]:
    totals = (part.operator_count, part.record_count)
    return _line("", f"{kind}：{part.name}", "", part.indicators, totals)


def _line(
    rank: int | str | None,
    name: str,
    code: str,
    indicators: Iterable[IndicatorValue],
    totals: tuple[int, int],
) -> list[Any]:
    cells: list[Any] = [rank if rank is not None else "—", name, code, *totals]
    for value in indicators:
        rate = percent(value.rate)
        cells += [
            value.numerator,
            value.denominator,
            "—" if rate is None else round(rate, 2),
            value.change_text,
        ]
    return cells


def sheet_name(overview: Overview) -> str:
    return f"{overview.division.name}{month_cn(overview.month)}上链应用情况"
