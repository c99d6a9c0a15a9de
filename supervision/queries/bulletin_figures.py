"""Everything one month's bulletin says, as plain values that can be frozen and digested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from enterprises.models import Division, Sector
from shilian import clock
from shilian.working_days import calendar_note
from supervision.metrics import ALL, Indicator
from supervision.metrics.base import EXCLUDED, no_counts
from supervision.models import IndicatorParameter, MonthFreeze
from supervision.queries import tallies
from supervision.queries.adjustments import Adjustments, adjustments_of
from supervision.queries.bulletin_area import BulletinArea, province_area
from supervision.queries.bulletin_rows import Basis, by_code, tables
from supervision.queries.indicators import (
    Targets,
    is_raised,
    raised_city_codes,
    targets_in_force,
    values_of,
)
from supervision.queries.tallies import Counts
from supervision.rules.register import last_day
from traceability.models import Channel

Figures = dict[str, Any]


def bulletin_figures(
    month: date, *, frozen_at: datetime, area: BulletinArea | None = None
) -> Figures:
    """The month's figures of the area, its divisions and the links; of the province unless said.

    Rates are strings of decimals, so that the same figures always have the same digest.
    Cost: about 17 queries.
    """
    area = area or province_area()
    adjustments = adjustments_of(month)
    basis = Basis(month, area, targets_in_force(month), raised_city_codes(month), adjustments)
    raised = is_raised(area.path, basis.raised_cities)
    before = clock.previous_month(month)
    found = tallies.by_month(basis.tallied, [before, month])
    counts, counts_before = tallies.total(found[month]), tallies.total(found[before])
    # An area that gained or lost operators to another is not set against the month before.
    is_adjusted = adjustments.touches(area.path)
    sectors_before = {} if is_adjusted else found[before]
    sectors = [
        {"name": str(sector.label)}
        | _figures(
            tallies.total(found[month], sector), sectors_before.get(sector), basis.targets, raised
        )
        | _extras(tallies.total(found[month], sector))
        for sector in Sector
    ]
    return {
        "month": f"{month:%Y-%m}",
        "frozen_at": frozen_at.isoformat(),
        "province": area.name,
        "area": asdict(area) | {"is_raised": raised},
        "indicators": [_described(each) for each in ALL],
        "parameters": parameters_of(month),
        "note": _note(month, adjustments, area),
        "total": _figures(counts, None if is_adjusted else counts_before, basis.targets, raised)
        | _extras(counts)
        | {"before": _extras(no_counts() if is_adjusted else counts_before)},
        "sectors": sectors,
        **channels_of(month, area),
        **tables(basis),
    }


def _note(month: date, adjustments: Adjustments, area: BulletinArea) -> str | None:
    """What the reader must know of the month: missing workdays, divisions that were replaced."""
    told = adjustments.inside(area.path)
    said = [calendar_note(month) or ""]
    if told:
        said.append(f"本月区划调整：{'；'.join(told)}。有增减的地区不比上月。")
    return "".join(said) or None


def digest(figures: Mapping[str, Any]) -> str:
    """SHA-256 of the figures in canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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


def parameters_of(month: date) -> list[dict[str, str]]:
    """The thresholds of the month as they are printed. Cost: one query."""
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


def channels_of(month: date, area: BulletinArea) -> Figures:
    """The frozen counts of the area's counties by channel, the largest first, and their instant.

    Cost: two queries.
    """
    frozen = MonthFreeze.objects.filter(pk=month).first()
    if frozen is None or not frozen.channels:
        return {"channels": [], "channels_at": None}
    counties = Division.objects.under([area.path]).counties()
    inside = {str(pk) for pk in counties.values_list("pk", flat=True)}
    found: dict[str, list[int]] = {}
    for county, channels in frozen.channels["counties"].items():
        for channel, (records, operators) in channels.items() if county in inside else ():
            counted = found.setdefault(channel, [0, 0])
            counted[0] += records
            counted[1] += operators
    rows = [
        {
            "code": channel,
            "name": str(Channel(channel).label),
            "record_count": records,
            "operator_count": operators,
        }
        for channel, (records, operators) in sorted(
            found.items(), key=lambda each: (-each[1][0], each[0])
        )
    ]
    return {"channels": rows, "channels_at": frozen.channels["counted_at"]}


def _figures(counts: Counts, before: Counts | None, targets: Targets, raised: bool) -> Figures:
    values = values_of(counts, before, targets, raised=raised, indicators=ALL)
    return {"values": by_code(values)}


def _extras(counts: Counts) -> Figures:
    return {
        "operator_count": counts["operator_count"],
        "record_count": counts["record_count"],
        "excluded": {column: counts[column] for column in EXCLUDED},
    }
