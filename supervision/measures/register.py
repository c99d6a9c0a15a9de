"""A bureau's work on a register of a million operators: finding, listing, dashboards, following."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from enterprises.models import Division, Operator
from enterprises.operations import changes
from enterprises.roles import Role
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked
from supervision.measures import register_load
from supervision.measures.visits import cpu_seconds, look, officer, signed_in, timed
from supervision.rollups import fill, register

CHANGED = 1_000
DEEP_PAGES = 20
SEARCHES = {
    "rare_name": "禾丰王建国",
    "common_name": "超市",
    "one_sign": "鲜",
    "absent_name": "宇宙飞船维修",
    "initials": "hfwjg",
    "code": "990000000000777",
}
LISTS: dict[str, dict[str, str]] = {
    "first": {},
    "unregistered": {"quick": "unregistered"},
    "silent": {"quick": "silent"},
    "broken": {"quick": "broken"},
    "lapsed": {"quick": "licences"},
    **{name: {"search": text} for name, text in SEARCHES.items()},
}


def measure() -> Metrics:
    """Pages through every middleware, for a county's and the province's officers."""
    settings.ALLOWED_HOSTS = ["testserver"]
    at = clock.now()
    provinces: list[Division] = []
    with clocked() as loading:
        load_cpu_s = cpu_seconds(lambda: provinces.append(register_load.load(at=at)))
    [province] = provinces
    below = Division.objects.under([province.path]).order_by("pk")
    counties, cities = below.counties(), below.cities()
    metrics: Metrics = {
        "operator_count": register_load.OPERATORS,
        "load_s": round(loading.seconds, 1),
        "load_cpu_s": load_cpu_s,
    }
    for role, division in (
        # In the middle of the register: neither its newest nor its oldest page is theirs.
        (Role.COUNTY_OFFICER, counties[len(counties) // 2]),
        (Role.CITY_OFFICER, cities[len(cities) // 2]),
        (Role.TASK_FORCE, province),
    ):
        metrics |= pages(division.level, signed_in(officer(role, division, at)))
    return metrics | following(at)


def pages(name: str, client: Client) -> Metrics:
    """The home page, the lists, a deep page of them, and each way of finding an operator."""
    home, listed = reverse("supervision:dashboard"), reverse("supervision:operators")
    metrics = timed(f"{name}_dashboard", lambda: look(client, home))
    addresses = {what: f"{listed}?{urlencode(query)}" for what, query in LISTS.items()}
    addresses["deep"] = deep_page(client, listed)
    for what, address in addresses.items():
        metrics |= timed(f"{name}_{what}", partial(look, client, address))
    return metrics


def deep_page(client: Client, listed: str) -> str:
    """The address of a page far down the list."""
    address = listed
    for _ in range(DEEP_PAGES):
        *_, older = re.findall(r'cursor=([^"&]+)', client.get(address).content.decode())
        address = f"{listed}?cursor={older}"
    return address


def following(at: datetime) -> Metrics:
    """What the minute's and the night's look at the register cost, and finding a month's marks."""
    month = clock.month_of(clock.business_day(at))
    some = list(Operator.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])
    changes.note_changes(some)
    changed = cpu_seconds(lambda: fill.follow_register(at=at, month=month))
    quiet = cpu_seconds(lambda: fill.follow_register(at=at, month=month))
    return {
        "follow_1000_changes_cpu_s": changed,
        "follow_nothing_cpu_s": quiet,
        "nightly_compare_cpu_s": cpu_seconds(lambda: register.mark_changed(month, at=at)),
    }
