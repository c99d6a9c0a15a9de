"""Everything one month's bulletin says, as plain values that can be frozen and digested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from enterprises.models import Division, Sector
from shilian import clock
from shilian.working_days import calendar_note
from supervision.metrics import ALL, Indicator
from supervision.metrics.base import EXCLUDED
from supervision.models import IndicatorParameter
from supervision.queries import tallies
from supervision.queries.dashboard import ChildRow
from supervision.queries.indicators import (
    IndicatorValue,
    Targets,
    targets_in_force,
    values_of,
)
from supervision.queries.rankings import city_ranking, county_ranking
from supervision.queries.tallies import Area, Counts
from supervision.rules.register import last_day

Figures = dict[str, Any]


def bulletin_figures(month: date, *, frozen_at: datetime) -> Figures:
    """The month's figures for the province, its cities and counties and the links.

    Rates are strings of decimals, so that the same figures always have the same digest.
    Cost: about 16 queries.
    """
    area = Area(path="/")
    before = clock.previous_month(month)
    found = tallies.by_month(area, [before, month])
    targets = targets_in_force(month)
    counts, counts_before = tallies.total(found[month]), tallies.total(found[before])
    cities = city_ranking(month)
    return {
        "month": f"{month:%Y-%m}",
        "frozen_at": frozen_at.isoformat(),
        "province": _province_name(),
        "indicators": [_described(each) for each in ALL],
        "parameters": _parameters(month),
        "note": calendar_note(month),
        "total": _figures(counts, counts_before, targets) | _extras(counts),
        "cities": [_row(row) for row in cities],
        "counties": [_row(row) for row in county_ranking(month)],
        "sectors": [
            {"name": str(sector.label)}
            | _figures(tallies.total(found[month], sector), found[before].get(sector), targets)
            | _extras(tallies.total(found[month], sector))
            for sector in Sector
        ],
    }


def digest(figures: Mapping[str, Any]) -> str:
    """SHA-256 of the figures in canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _province_name() -> str:
    province = Division.objects.filter(level=Division.Level.PROVINCE).first()
    return province.name if province else ""


def _described(indicator: Indicator) -> dict[str, str]:
    return {
        "code": indicator.code,
        "name": indicator.name,
        "formula": indicator.formula,
        "numerator": indicator.numerator_name,
        "denominator": indicator.denominator_name,
        "source": indicator.source,
        "reviewed_on": indicator.reviewed_on.isoformat(),
    }


def _parameters(month: date) -> list[dict[str, str]]:
    rows = IndicatorParameter.objects.in_force(last_day(month)).order_by("pk")
    return [
        {
            "code": row.code,
            "name": row.name,
            "value": format(row.value.normalize(), "f"),
            "unit": row.unit,
        }
        for row in rows
    ]


def _figures(counts: Counts, before: Counts | None, targets: Targets) -> Figures:
    values = values_of(counts, before, targets, raised=False, indicators=ALL)
    return {"values": _by_code(values)}


def _extras(counts: Counts) -> Figures:
    return {
        "operator_count": counts["operator_count"],
        "record_count": counts["record_count"],
        "excluded": {column: counts[column] for column in EXCLUDED},
    }


def _row(row: ChildRow) -> Figures:
    return {
        "code": row.division.code,
        "name": row.division.name,
        "city_code": row.division.path.strip("/").split("/")[1],
        "is_zone": row.division.is_zone,
        "is_raised": row.is_raised,
        "operator_count": row.operator_count,
        "record_count": row.record_count,
        "ranks": dict(row.ranks),
        "values": _by_code(row.indicators),
    }


def _by_code(values: Iterable[IndicatorValue]) -> dict[str, dict[str, Any]]:
    return {
        value.code: {
            "numerator": value.numerator,
            "denominator": value.denominator,
            "rate": _text(value.rate),
            "change_pp": _text(value.change_pp),
            "target": _text(value.target),
            "meets_target": value.meets_target,
            "excluded": value.excluded,
        }
        for value in values
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
