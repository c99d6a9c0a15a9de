"""What every large measurement is loaded with: a province, and statements that fill tables quickly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection, connections

from enterprises.models import Division, Station
from shilian import clock
from shilian.db import ids

# As many as the province has; 2,720 stations in all.
COUNTIES, TOWNSHIPS, STATIONS = 136, 10, 20
LEVEL = Division.Level


def make_province(city_count: int = 1) -> Division:
    """A province of its own with every county, ten townships in each, and that many cities."""
    province = Division(
        id=990000, code="990000", name="测速省", level=LEVEL.PROVINCE, path="/990000/"
    )
    cities = [
        _below(province, 990100 + number, f"测速{number}市", LEVEL.CITY)
        for number in range(city_count)
    ]
    counties = [
        _below(cities[number % city_count], 991000 + number, f"测速{number}区", LEVEL.COUNTY)
        for number in range(COUNTIES)
    ]
    townships = [
        _below(county, county.pk * 1000 + number, f"测速{number}街道", LEVEL.TOWNSHIP)
        for county in counties
        for number in range(TOWNSHIPS)
    ]
    Division.objects.bulk_create([province, *cities, *counties, *townships])
    return province


def make_stations(province: Division) -> None:
    """As many stations in each county as there are on average."""
    counties = Division.objects.under([province.path]).counties().values_list("pk", flat=True)
    Station.objects.bulk_create(
        Station(id=county * 100 + number, name=f"测速{county}第{number}所", county_id=county)
        for county in counties
        for number in range(STATIONS)
    )


def first_id(month: date) -> int:
    return ids.lower_bound(clock.start_of(month))


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Make the tables' indexes after the block, in one go each: half the time of keeping them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [list(tables)],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
        try:
            yield
        finally:
            for _, definition in found:
                # Of a partitioned table, ONLY would leave its partitions without one.
                cursor.execute(definition.replace(" ON ONLY ", " ON ", 1))


def analyze(*tables: str) -> None:
    """Tell the planner what was loaded; only the tables' owner may."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def run(statement: str, *arguments: int | date, **named: Any) -> int:
    """Execute one statement; returns how many rows it wrote."""
    said: Sequence[Any] | Mapping[str, Any] | None = named or list(arguments) or None
    with connection.cursor() as cursor:
        cursor.execute(statement, said)
        return int(cursor.rowcount)


def _below(parent: Division, id_: int, name: str, level: str) -> Division:
    return Division(
        id=id_, code=str(id_), name=name, level=level, parent=parent, path=f"{parent.path}{id_}/"
    )
