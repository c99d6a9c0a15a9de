"""The operators that would lift the figures most, as a sheet."""

from __future__ import annotations

from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.extracts import Extract, extract
from enterprises.models import Sector
from enterprises.queries import divisions
from enterprises.roles import Permission
from shilian import clock
from supervision.filters import PlaceForm
from supervision.queries import lift
from supervision.queries.indicators import rounded
from supervision.rules.months import default_month

HEADERS = (
    "序号", "名称", "信用代码", "县区", "乡镇", "监管所", "还差天数", "已有天数", "应有天数",
    "活跃度提升（百分点）", "“10+3”提升（百分点）", "活跃度累计", "“10+3”累计",
)  # fmt: skip


@extract("lift", "最能提升指标的主体", Permission.EXPORT_LISTS, page="supervision:lift")
def lift_rows(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    chosen = PlaceForm(asked).chosen()
    code = chosen.get("division")
    division = divisions.division_in_sight(actor, code) if code else divisions.home_division(actor)
    month = chosen.get("month") or default_month(clock.today())
    sector = Sector(chosen["sector"]) if chosen.get("sector") else None
    found = lift.nearest_operators(actor, division, month, sector)[:limit]
    rows = [
        [
            number, row.operator.name, row.operator.credit_code, row.operator.county.name,
            row.operator.division.name, row.operator.station.name if row.operator.station else "",
            row.missing_days, row.has_days, row.required_days,
            rounded(row.activity_gain, "0.001"), rounded(row.coverage_gain, "0.001"),
            rounded(row.activity_sum, "0.001"), rounded(row.coverage_sum, "0.001"),
        ]
        for number, row in enumerate(found, start=1)
    ]  # fmt: skip
    name = f"{division.name}{month:%Y-%m}最能提升指标的主体"
    return Extract(name, "主体", HEADERS, rows)
