"""The pages that print the numbers, for an officer of every level."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from enterprises.actor import actor_for
from enterprises.models import Division, Station
from enterprises.roles import Role
from shilian.bench import Metrics
from supervision.measures.register_load import spread_trend
from supervision.measures.visits import look, officer, queries, signed_in, timed
from supervision.models import PROVINCE_PATH, Bulletin
from supervision.queries.dashboard import overview

LOOKS = 40


def measure(province: Division, month: date, *, at: datetime) -> Metrics:
    """Dashboards of every level with thirteen months behind them, then the pages beside them.

    ``dashboard``: the figures of a division, which every level's page and export are made of;
    ``home``: the whole page through every middleware, with all that waits for the officer.
    """
    settings.ALLOWED_HOSTS = ["testserver"]
    spread_trend(month)
    metrics: Metrics = {}
    clients: dict[str, Client] = {}
    p95s, counts = [], []
    for name, role, division, station in _desks(province):
        person = officer(role, division, at, station=station)
        figures = partial(overview, actor_for(person), division, month)
        clients[name] = signed_in(person)
        page = partial(look, clients[name], _address("dashboard", division, month))
        dashboard = timed(f"{name}_dashboard", figures, LOOKS)
        p95s.append(float(dashboard[f"{name}_dashboard_p95_ms"] or 0))
        counts.append(queries(figures))
        metrics |= dashboard | timed(f"{name}_home", page, LOOKS)
        metrics |= {
            f"{name}_dashboard_queries": counts[-1],
            f"{name}_home_queries": queries(page),
        }
    metrics |= {"dashboard_p95_ms": max(p95s), "dashboard_queries": max(counts)}
    return metrics | beside(clients["province"], province, month)


def beside(client: Client, province: Division, month: date) -> Metrics:
    """Evaluation, the operators that would lift most, the bulletin, and what everybody may see."""
    bulletin = Bulletin.objects.filter(area_path=PROVINCE_PATH, month=month)
    bulletin.update(state=Bulletin.State.PUBLISHED)
    pages = {
        "taskforce": reverse("supervision:province"),
        "evaluation": _address("evaluation", province, month),
        "lift": _address("lift", province, month),
        "findings": reverse("supervision:findings"),
        "bulletin": reverse("supervision:bulletin", args=[bulletin.get().pk]),
        "public": reverse("supervision:public_numbers"),
    }
    metrics: Metrics = {}
    for name, address in pages.items():
        metrics |= timed(f"{name}_page", partial(look, client, address))
        metrics[f"{name}_page_queries"] = queries(partial(look, client, address))
    return metrics


def _desks(province: Division) -> Iterator[tuple[str, Role, Division, Station | None]]:
    """An officer of each level, where the division is largest: the last operators' leaves are."""
    below = Division.objects.under([province.path]).order_by("-pk")
    township = below.townships()[0]
    county = township.parent
    if county is None or county.parent is None:
        raise RuntimeError("the province has no counties")
    station = Station.objects.filter(county=county).order_by("pk")[0]
    yield "province", Role.TASK_FORCE, province, None
    yield "city", Role.CITY_OFFICER, county.parent, None
    yield "county", Role.COUNTY_OFFICER, county, None
    yield "township", Role.COUNTY_OFFICER, township, None
    yield "station", Role.STATION_OFFICER, county, station


def _address(page: str, division: Division, month: date) -> str:
    asked = {"division": division.code, "month": f"{month:%Y-%m}"}
    return f"{reverse(f'supervision:{page}')}?{urlencode(asked)}"
