"""Choices of divisions and stations in forms; divisions are public knowledge."""

from __future__ import annotations

from itertools import groupby

from enterprises.actor import Actor
from enterprises.models import Division, Station
from enterprises.queries import divisions

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]


def county_choices() -> list[Group]:
    """Every county and zone by its city, in the order of the codes. Cost: one query."""
    counties = Division.objects.counties().in_use().select_related("parent")
    counties = counties.order_by("parent_id", "code")
    return [
        (city, [(county.code, county.name) for county in members])
        for city, members in groupby(counties, key=lambda county: county.parent.name)  # type: ignore[union-attr]
    ]


def township_choices(county_code: str) -> list[Choice]:
    """The townships of the county; empty for a code that is none. Cost: one query."""
    townships = Division.objects.townships().in_use().filter(parent__code=county_code)
    return [(str(township.pk), township.name) for township in townships.order_by("code")]


def county_with_city(code: str) -> str:
    """``济南市历下区``; empty for a code that is no county. Cost: at most one query."""
    if not code.isdecimal():
        return ""
    county = Division.objects.counties().select_related("parent").filter(code=code).first()
    return f"{county.parent.name}{county.name}" if county and county.parent else ""


def place_choices(actor: Actor, division: Division) -> list[Group]:
    """Where somebody may be invited to from the page of ``division``: itself, one step below.

    Values are ``d:<code>`` for a division and ``s:<id>`` for a station. Cost: at most three queries.
    """
    below = list(Division.objects.filter(parent=division).exclude(level=Division.Level.TOWNSHIP))
    places = [(f"d:{place.code}", place.name) for place in [division, *below]]
    stations = [
        (f"s:{station.pk}", station.name) for station in divisions.stations_below(actor, division)
    ]
    return [("行政区划", places), *([("监管所", stations)] if stations else [])]


def read_place(value: str) -> tuple[Division | None, Station | None]:
    """The division or station behind a value of ``place_choices``; the operation checks the scope."""
    kind, _, key = value.partition(":")
    if kind == "d":
        return Division.objects.filter(code=key).first(), None
    if kind == "s" and key.isdigit():
        return None, Station.objects.select_related("county").filter(pk=int(key)).first()
    return None, None


def divisions_below(division: Division) -> list[Division]:
    """The divisions one step below that have bureaus of their own. Cost: one query."""
    below = Division.objects.filter(parent=division).exclude(level=Division.Level.TOWNSHIP)
    return list(below.order_by("code"))
