"""Load a province's division table and the stations that answer for its townships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Division, Station
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules import divisions as rules
from shilian.problems import Rejected


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many divisions and stations the table has, and how many were new."""

    divisions_count: int
    new_divisions_count: int
    stations_count: int
    new_stations_count: int


@transaction.atomic
def load_divisions(*, by: Actor, rows: Sequence[rules.DivisionRow], at: datetime) -> Loaded:
    """Write the table and the stations made from it; loading it again changes nothing.

    A division that left the table stays, because records may lie in it.
    Raises: Rejected with every faulty row.
    Cost: a fixed number of queries.
    """
    by.require(Permission.EDIT_PARAMETERS)
    if problems := rules.check_divisions(rows):
        raise Rejected(problems)
    before = Division.objects.count()
    _write_divisions(rows)
    stations = rules.stations_of(rows)
    new_stations = _write_stations(stations)
    loaded = Loaded(len(rows), Division.objects.count() - before, len(stations), new_stations)
    audit.append(
        by=by, at=at, event="divisions_loaded", subject="Division", count=max(len(rows), 1)
    )
    return loaded


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

    A county that already has stations keeps them as they are: the bureau may have changed them.
    """
    settled = set(Station.objects.values_list("county_id", flat=True).distinct())
    missing = [row for row in stations if int(row.county_code) not in settled]
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
