"""Load a province's division table and the stations that answer for its townships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Division, DivisionSuccession, Operator, Station
from enterprises.operations import audit
from enterprises.operations.successions import settle_answering
from enterprises.roles import Permission
from enterprises.rules import divisions as rules
from shilian.problems import Problem, Rejected


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many divisions and stations the table has, and how many were new.

    ``kept_statuses``: names of the cities that the table calls something else than they were loaded as.
    """

    divisions_count: int
    new_divisions_count: int
    stations_count: int
    new_stations_count: int
    kept_statuses: tuple[str, ...] = ()


@transaction.atomic
def load_divisions(*, by: Actor, rows: Sequence[rules.DivisionRow], at: datetime) -> Loaded:
    """Write the table and the stations made from it; loading it again changes nothing.

    A division that left the table stays, because records may lie in it; what replaced it is told by
    ``replace_divisions``. Once operators are listed no division changes its parent, and every city
    keeps what it was loaded as: both would change the months behind.
    Raises: Rejected with every faulty row.
    Cost: a fixed number of queries.
    """
    by.require(Permission.EDIT_PARAMETERS)
    if problems := rules.check_divisions(rows) or _moved(rows):
        raise Rejected(problems)
    rows, kept_statuses = rules.keep_statuses(rows, _statuses())
    before = Division.objects.count()
    _write_divisions(rows)
    stations = rules.stations_of(rows)
    new_stations = _write_stations(stations)
    # What officers answer for is stored with names, which the table may have changed.
    settle_answering(Division, DivisionSuccession)
    loaded = Loaded(
        len(rows), Division.objects.count() - before, len(stations), new_stations, kept_statuses
    )
    audit.append(
        by=by, at=at, event="divisions_loaded", subject="Division", count=max(len(rows), 1)
    )
    return loaded


def _moved(rows: Sequence[rules.DivisionRow]) -> list[Problem]:
    """The divisions under another parent, once operators are listed. Cost: two queries."""
    if not Operator.objects.exists():
        return []
    return rules.check_parents(rows, dict(Division.objects.values_list("code", "path")))


def _statuses() -> dict[str, tuple[bool, bool]]:
    """Both flags of every city by code, once operators are listed. Cost: two queries."""
    if not Operator.objects.exists():
        return {}
    cities = Division.objects.cities().values_list("code", "is_demonstration", "is_creating")
    return {code: (demonstration, creating) for code, demonstration, creating in cities}


def _write_divisions(rows: Sequence[rules.DivisionRow]) -> None:
    paths = rules.paths(rows)
    # Parents first, so that every row finds its own.
    ordered = sorted(rows, key=lambda row: rules.LEVELS.index(row.level))
    Division.objects.bulk_create(
        [
            Division(
                id=int(row.code),
                code=row.code,
                name=row.name,
                level=row.level,
                parent_id=int(row.parent_code) if row.parent_code else None,
                path=paths[row.code],
                is_demonstration=row.is_demonstration,
                is_creating=row.is_creating,
            )
            for row in ordered
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "level", "parent", "path", "is_demonstration", "is_creating"],
    )


def _write_stations(stations: Sequence[rules.StationRow]) -> int:
    """Write the stations that are not there; how many were new.

    A county that already has stations keeps them as they are: the bureau may have changed them. One
    that was replaced gets none: its own went along with it, under the numbers that they had.
    """
    settled = set(Station.objects.values_list("county_id", flat=True).distinct())
    settled |= set(Division.objects.exclude(ended_on=None).values_list("pk", flat=True))
    taken = set(Station.objects.values_list("pk", flat=True))
    missing = [
        row for row in stations if int(row.county_code) not in settled and row.id not in taken
    ]
    Station.objects.bulk_create(
        [Station(id=row.id, name=row.name, county_id=int(row.county_code)) for row in missing]
    )
    covers = Station.townships.through
    covers.objects.bulk_create(
        [
            covers(station_id=row.id, division_id=int(code))
            for row in missing
            for code in row.township_codes
        ]
    )
    return len(missing)
