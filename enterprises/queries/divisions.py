"""Divisions and stations as pages name them: jurisdictions, choices, the way up."""

from __future__ import annotations

from enterprises.actor import Actor, OutOfScope
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


def division_in_sight(actor: Actor, code: str) -> Division:
    """The division with the code, which the actor or the actor's station answers for.

    Raises: OutOfScope for any other, whether it exists or not.
    """
    found = Division.objects.filter(code=code) if code.isdecimal() else Division.objects.none()
    division = found.select_related("parent").first()
    if division is None or not _in_sight(actor, division, _station_paths(actor)):
        raise OutOfScope
    return division


def home_division(actor: Actor) -> Division:
    """The division the actor's pages start with: the widest of the scope, a station's county.

    Raises: OutOfScope when the actor answers for no division.
    """
    paths = actor.scope.paths or _station_paths(actor)
    if not paths:
        raise OutOfScope
    widest = min(paths, key=len)
    divisions = Division.objects.select_related("parent")
    if widest == "/":
        return divisions.filter(parent=None).earliest("pk")
    return divisions.get(path=widest)


def ancestors_within(actor: Actor, division: Division) -> list[Division]:
    """The way from the top of the actor's sight down to the division, itself included."""
    codes = [code for code in division.path.split("/") if code]
    stations = _station_paths(actor)
    above = Division.objects.filter(code__in=codes).order_by("path")
    return [step for step in above if _in_sight(actor, step, stations)]


def townships_below(actor: Actor, division: Division) -> list[Division]:
    """The townships of a county in the actor's sight, for a choice; none above a county."""
    if not division.is_county_level or not _in_sight(actor, division, _station_paths(actor)):
        return []
    return list(Division.objects.townships().filter(parent=division).order_by("code"))


def stations_below(actor: Actor, division: Division) -> list[Station]:
    """The stations of a county, for a choice; of a station officer's the own ones only."""
    if not division.is_county_level or not _in_sight(actor, division, _station_paths(actor)):
        return []
    stations = Station.objects.filter(county=division).order_by("pk")
    if actor.scope.station_ids:
        stations = stations.filter(pk__in=actor.scope.station_ids)
    return list(stations)


def _station_paths(actor: Actor) -> tuple[str, ...]:
    """The paths of the counties whose stations the actor works at."""
    if not actor.scope.station_ids:
        return ()
    stations = Station.objects.filter(pk__in=actor.scope.station_ids)
    return tuple(stations.order_by("pk").values_list("county__path", flat=True))


def _in_sight(actor: Actor, division: Division, station_paths: tuple[str, ...]) -> bool:
    return actor.scope.covers_path(division.path) or division.path.startswith(station_paths)
