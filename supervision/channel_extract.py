"""The records by channel as a sheet."""

from __future__ import annotations

from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.extracts import Extract, extract
from enterprises.queries import divisions
from enterprises.roles import Permission
from shilian import clock
from supervision.filters import PlaceForm
from supervision.queries import channels
from supervision.rules.months import default_month

HEADERS = ("月份", "市", "县区", "渠道", "记录数", "主体数", "疑似重复", "确认重复")


@extract("channels", "渠道统计", Permission.VIEW_DASHBOARD, page="supervision:channels")
def by_channel(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    chosen = PlaceForm(asked).chosen()
    code = chosen.get("division")
    division = divisions.division_in_sight(actor, code) if code else divisions.home_division(actor)
    month = chosen.get("month") or default_month(clock.today())
    rows = channels.channel_rows(actor, division, month)[:limit]
    return Extract(f"渠道统计-{division.name}-{month:%Y%m}", "渠道统计", HEADERS, rows)
