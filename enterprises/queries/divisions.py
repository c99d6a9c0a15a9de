"""Divisions and stations as pages name them: jurisdictions, choices, the way up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Station

PLATFORM = "平台管理"


def jurisdiction_name(actor: Actor) -> str:
    """What the actor answers for, in words."""
    return actor.office or (PLATFORM if actor.person_id else "")


def division_in_sight(actor: Actor, code: str) -> Division:
    """The division with the code, which the actor or the actor's station answers for.

    Raises: OutOfScope for any other, whether it exists or not.
    """
    found = Division.objects.filter(code=code) if code.isdecimal() else Division.objects.none()
    division = found.select_related("parent").first()
    if division is None or not _in_sight(actor, division):
        raise OutOfScope
    return division


@dataclass(frozen=True, slots=True)
class Sight:
    """The paths that an actor answers for, so that a page links to nothing that is not there."""

    paths: tuple[str, ...]

    @property
    def is_everything(self) -> bool:
        # As in the scoped querysets: a path of one code or none covers every division there is.
        return any(path.count("/") <= 2 for path in self.paths)

    def covers(self, path: str) -> bool:
        """Whether the actor may open the division itself."""
        return self.is_everything or path.startswith(self.paths)

    def touches(self, path: str) -> bool:
        """Whether the actor may open the division or a part of it."""
        return self.covers(path) or any(own.startswith(path) for own in self.paths)


def sight_of(actor: Actor) -> Sight:
    return Sight((*actor.scope.paths, *actor.scope.station_paths))


def paths_of(codes: Iterable[str]) -> dict[str, str]:
    """The path of each division by its code. Cost: one query."""
    return dict(Division.objects.filter(code__in=set(codes)).values_list("code", "path"))


def home_division(actor: Actor) -> Division:
    """The division the actor's pages start with: the widest of the scope, a station's county.

    Raises: OutOfScope when the actor answers for no division.
    """
    paths = actor.scope.paths or actor.scope.station_paths
    if not paths:
        raise OutOfScope
    # Of equally wide ones the first: what stands comes before what it took over.
    widest = min(paths, key=len)
    divisions = Division.objects.select_related("parent")
    if widest == "/":
        return divisions.filter(parent=None).earliest("pk")
    return divisions.get(path=widest)


def ancestors_within(actor: Actor, division: Division) -> list[Division]:
    """The way from the top of the actor's sight down to the division, itself included.

    Cost: at most one query, none for the actor's own division.
    """
    if actor.scope.paths == (division.path,):
        return [division]
    codes = [code for code in division.path.split("/") if code]
    above = Division.objects.filter(code__in=codes).order_by("path")
    return [step for step in above if _in_sight(actor, step)]


def townships_below(actor: Actor, division: Division) -> list[Division]:
    """The townships of a county in the actor's sight, for a choice; none above a county."""
    if not division.is_county_level or not _in_sight(actor, division):
        return []
    return list(Division.objects.townships().filter(parent=division).order_by("code"))


def stations_below(actor: Actor, division: Division) -> list[Station]:
    """The stations of a county, for a choice; of a station officer's the own ones only."""
    if not division.is_county_level or not _in_sight(actor, division):
        return []
    stations = Station.objects.filter(county=division).order_by("pk")
    if actor.scope.station_ids:
        stations = stations.filter(pk__in=actor.scope.station_ids)
    return list(stations)


def _in_sight(actor: Actor, division: Division) -> bool:
    scope = actor.scope
    return scope.covers_path(division.path) or division.path.startswith(scope.station_paths)
