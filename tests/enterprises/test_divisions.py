from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.core.management import call_command

from enterprises.actor import platform_actor
from enterprises.models import AuditEntry, Division, Station
from enterprises.operations import divisions
from enterprises.rules.divisions import DivisionRow, paths, short_name, stations_of
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator

PROVINCE = DivisionRow("370000", "山东省", "", "province")
CITY = DivisionRow("370100", "济南市", "370000", "city", is_demonstration=True)
COUNTY = DivisionRow("370102", "历下区", "370100", "county")
STREET = DivisionRow("370102001", "解放路街道", "370102", "township")
TABLE = [PROVINCE, CITY, COUNTY, STREET]


def test_path_names_every_code_from_the_root() -> None:
    assert paths(TABLE)["370102001"] == "/370000/370100/370102/370102001/"


@pytest.mark.parametrize(
    ("township", "short"),
    [("七贤街道", "七贤"), ("堌镇", "堌镇"), ("大王镇", "大王"), ("红光类似乡级单位", "红光")],
)
def test_station_is_named_without_the_ending(township: str, short: str) -> None:
    assert short_name(township) == short


def test_rural_townships_share_a_station_two_by_two() -> None:
    rural = [DivisionRow(f"37010210{n}", f"大王{n}镇", "370102", "township") for n in range(3)]

    stations = stations_of([*TABLE, *rural])

    assert [len(station.township_codes) for station in stations] == [1, 2, 1]


def test_equal_short_names_in_a_county_stay_apart() -> None:
    twins = [
        DivisionRow("370102001", "城关街道", "370102", "township"),
        DivisionRow("370102100", "城关镇", "370102", "township"),
    ]

    assert [s.name for s in stations_of(twins)] == ["城关监管所", "城关镇监管所"]


@pytest.mark.django_db
def test_loads_the_table_once() -> None:
    divisions.load_divisions(by=platform_actor(), rows=TABLE, at=AT)
    again = divisions.load_divisions(by=platform_actor(), rows=TABLE, at=AT)

    assert (again.new_divisions_count, again.new_stations_count) == (0, 0)
    assert Division.objects.get(code="370100").is_demonstration
    assert Station.objects.get().townships.get().code == "370102001"
    assert AuditEntry.objects.filter(event="divisions_loaded").count() == 2


@pytest.mark.django_db
def test_refuses_a_row_without_its_parent() -> None:
    orphan = DivisionRow("370103001", "杆石桥街道", "370103", "township", row=9)

    with pytest.raises(Rejected) as refusal:
        divisions.load_divisions(by=platform_actor(), rows=[*TABLE, orphan], at=AT)

    assert [(p.code, p.row) for p in refusal.value.problems] == [("division_parent_wrong", 9)]
    assert not Division.objects.exists()


@pytest.mark.django_db
def test_command_loads_the_whole_province() -> None:
    call_command("load_divisions", commit=True, stdout=io.StringIO())

    counted = [Division.objects.filter(level=level).count() for level in Division.Level.values]
    assert counted == [1, 16, 136, 15, 1853]
    assert Division.objects.filter(is_demonstration=True).count() == 5
    assert Division.objects.get(code="370176").path == "/370000/370100/370176/"


@pytest.mark.django_db
def test_command_only_shows_without_commit() -> None:
    out = io.StringIO()

    call_command("load_divisions", stdout=out)

    assert "2021" in out.getvalue()
    assert not Division.objects.exists()


@pytest.mark.django_db
def test_the_table_makes_no_demonstration_city_once_operators_are_listed() -> None:
    divisions.load_divisions(by=platform_actor(), rows=TABLE, at=AT)
    make_operator(township=Division.objects.get(code="370102001"))
    changed = [replace(row, is_demonstration=False) if row == CITY else row for row in TABLE]

    renamed = [replace(row, name="历下新区") if row == COUNTY else row for row in changed]

    loaded = divisions.load_divisions(by=platform_actor(), rows=renamed, at=AT)

    assert loaded.kept_statuses == ("济南市",)
    assert Division.objects.get(code=CITY.code).is_demonstration
    assert Division.objects.get(code=COUNTY.code).name == "历下新区"


@pytest.mark.django_db
def test_the_table_says_what_the_cities_are_until_operators_are_listed() -> None:
    divisions.load_divisions(by=platform_actor(), rows=TABLE, at=AT)
    changed = [replace(row, is_demonstration=False) if row == CITY else row for row in TABLE]

    loaded = divisions.load_divisions(by=platform_actor(), rows=changed, at=AT)

    assert loaded.kept_statuses == ()
    assert not Division.objects.get(code=CITY.code).is_demonstration
