"""Divisions and stations as pages name them: jurisdictions, choices, the way up."""

from __future__ import annotations

from enterprises.actor import Actor
from enterprises.models import Division, Station

PLATFORM = "平台管理"


def jurisdiction_name(actor: Actor) -> str:
    """What the actor answers for, in words. Cost: at most one query."""
    if actor.station_id is not None:
        station = Station.objects.select_related("county").get(pk=actor.station_id)
        return f"{station.county.name}{station.name}"
    if actor.division_id is not None:
        return Division.objects.get(pk=actor.division_id).name
    return PLATFORM if actor.person_id else ""


def find_division(actor: Actor, code: str) -> Division | None:
    """The division with the code, if the actor's scope covers it; None otherwise."""
    division = Division.objects.filter(code=code).select_related("parent").first()
    if division is None or not actor.scope.covers_path(division.path):
        return None
    return division


def home_division(actor: Actor) -> Division | None:
    """The division the actor's pages start with: the widest of the scope, a station's county."""
    if actor.scope.paths:
        wanted = {"path": min(actor.scope.paths, key=len)}
        if wanted["path"] == "/":
            return Division.objects.filter(parent=None).order_by("pk").first()
        return Division.objects.filter(**wanted).first()
    if actor.division_id is not None:
        return Division.objects.filter(pk=actor.division_id).first()
    return None


def ancestors_within(actor: Actor, division: Division) -> list[Division]:
    """The way from the top of the actor's scope down to the division, itself included."""
    codes = [code for code in division.path.split("/") if code]
    above = Division.objects.filter(code__in=codes).order_by("path")
    return [step for step in above if actor.scope.covers_path(step.path)]


def townships_below(actor: Actor, division: Division) -> list[Division]:
    """The townships of a county within the actor's scope, for a choice; none above a county."""
    if not division.is_county_level or not actor.scope.covers_path(division.path):
        return []
    return list(Division.objects.townships().filter(parent=division).order_by("code"))


def stations_below(actor: Actor, division: Division) -> list[Station]:
    """The stations of a county, for a choice; a station officer's own ones only."""
    stations = Station.objects.filter(county=division).order_by("pk")
    if actor.scope.station_ids:
        return list(stations.filter(pk__in=actor.scope.station_ids))
    return list(stations) if division.is_county_level else []
