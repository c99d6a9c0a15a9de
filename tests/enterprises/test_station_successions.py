"""Where the stations go when counties and townships are replaced, and who stands with them."""

from __future__ import annotations

from dataclasses import replace as replace_row
from datetime import date

import pytest

from enterprises.actor import actor_for, platform_actor
from enterprises.models import Division, Operator, Station
from enterprises.operations import divisions, successions
from enterprises.roles import Role
from enterprises.rules.divisions import DivisionRow
from enterprises.rules.successions import Succession
from tests.builders.enterprises import (
    AT,
    give_role,
    make_county,
    make_operator,
    make_person,
    make_station,
    make_township,
    station_officer_of,
)

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 1)


def replace(*pairs: tuple[str, str]) -> successions.Replaced:
    rows = [Succession(*pair) for pair in pairs]
    return successions.replace_divisions(by=platform_actor(), rows=rows, effective_on=FIRST, at=AT)


def test_a_station_goes_along_with_its_county_and_township() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    gone, left = make_township(), make_township(code="370116001", county=new)
    station = make_station(county=old)
    station.townships.set([gone])
    make_station(county=new, name=station.name)
    person = make_person(name="所员")
    give_role(person, Role.STATION_OFFICER, station=station)
    operator = make_operator(township=gone, station=station)

    replace((old.code, new.code), (gone.code, left.code))

    station.refresh_from_db()
    assert (station.county, station.name.startswith("历下区")) == (new, True)
    assert Operator.objects.visible_to(station_officer_of(station)).get() == operator
    assert station_officer_of(station).former == ""
    assert actor_for(person).former == ""
    assert actor_for(person).division_id == new.pk


def test_a_township_that_goes_to_another_county_leaves_the_old_countys_station() -> None:
    gone = make_township()
    left = make_township(code="370103001", county=make_county(code="370103", name="市中区"))
    station = make_station()
    station.townships.set([gone])
    make_operator(township=gone, station=station)

    replace((gone.code, left.code))

    assert Operator.objects.get().station is None
    assert set(station.townships.all()) == {gone}


def test_another_countys_station_takes_nobody_though_it_covers_the_township() -> None:
    gone = make_township()
    left = make_township(code="370103001", county=make_county(code="370103", name="市中区"))
    strange = make_station()
    strange.townships.set([left])
    make_operator(township=gone, station=strange)

    replace((gone.code, left.code))

    assert Operator.objects.get().station is None


def test_an_operator_keeps_its_station_where_the_county_goes_along() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    gone, left = make_township(), make_township(code="370116001", county=new)
    station = make_station(county=old)
    make_operator(township=gone, station=station)

    replace((gone.code, left.code), (old.code, new.code))

    assert Operator.objects.get().station == station


TABLE = [
    DivisionRow("370000", "山东省", "", "province"),
    DivisionRow("370100", "济南市", "370000", "city"),
    DivisionRow("370102", "历下区", "370100", "county"),
    DivisionRow("370102001", "解放路街道", "370102", "township"),
]
NEW_CODES = [
    DivisionRow("370116", "新设区", "370100", "county"),
    DivisionRow("370116001", "解放路街道", "370116", "township"),
]


def load(*rows: DivisionRow) -> divisions.Loaded:
    return divisions.load_divisions(by=platform_actor(), rows=rows, at=AT)


def stations() -> set[tuple[int, str, str]]:
    return {
        (each.pk, each.name, township)
        for each in Station.objects.all()
        for township in each.townships.in_use().values_list("code", flat=True)
    }


def test_the_old_station_goes_on_where_the_table_made_a_new_one() -> None:
    load(*TABLE)
    station = Station.objects.get()
    officer = station_officer_of(station)
    operator = make_operator(township=make_township(), station=station)
    load(*TABLE, *NEW_CODES)
    assert Station.objects.count() == 2

    replace(("370102", "370116"), ("370102001", "370116001"))

    assert stations() == {(station.pk, "解放路监管所", "370116001")}
    assert Operator.objects.visible_to(officer).get() == operator
    assert Station.objects.get().county_id == 370116


def test_a_new_station_that_somebody_works_in_keeps_its_township() -> None:
    load(*TABLE)
    operator = make_operator(township=make_township(), station=Station.objects.get())
    load(*TABLE, *NEW_CODES)
    staffed = Station.objects.get(county_id=370116)
    officer = station_officer_of(staffed)

    replace(("370102", "370116"), ("370102001", "370116001"))

    assert stations() == {(staffed.pk, "解放路监管所", "370116001")}
    assert Operator.objects.visible_to(officer).get() == operator
    assert Station.objects.count() == 2


def test_a_split_countys_station_goes_where_all_its_townships_go() -> None:
    old, parts = make_county(), [make_county(code=f"37011{n}", name=f"{n}区") for n in (6, 7)]
    gone = [make_township(code=f"37010200{n}", name=f"第{n}街道") for n in (1, 2, 3)]
    new = [
        make_township(code=code, name=f"新{code}街道", county=part)
        for code, part in (
            ("370116001", parts[0]),
            ("370116002", parts[0]),
            ("370117001", parts[1]),
        )
    ]
    whole, parted = (make_station(county=old, name=name) for name in ("甲监管所", "乙监管所"))
    whole.townships.set(gone[:2])
    parted.townships.set(gone[1:])
    first = make_operator(township=gone[0], station=whole)
    last = make_operator(township=gone[2], station=parted)

    replace(
        *((old.code, part.code) for part in parts),
        *((before.code, after.code) for before, after in zip(gone, new, strict=True)),
    )

    whole.refresh_from_db()
    parted.refresh_from_db()
    assert (whole.county, parted.county) == (parts[0], old)
    assert set(whole.townships.in_use()) == {new[0], new[1]}
    assert not parted.townships.in_use().exists()
    assert Operator.objects.get(pk=first.pk).station == whole
    assert Operator.objects.get(pk=last.pk).station is None


def test_the_same_table_loaded_after_a_merger_changes_nothing() -> None:
    load(*TABLE, *NEW_CODES)
    make_operator(township=make_township(), station=Station.objects.get(county_id=370102))
    replace(("370102", "370116"), ("370102001", "370116001"))
    before = stations()

    again = load(*TABLE, *NEW_CODES)

    assert (again.new_divisions_count, again.new_stations_count) == (0, 0)
    assert stations() == before
    assert Station.objects.count() == 1
    assert [each.name for each in Division.objects.counties().in_use()] == ["新设区"]


def test_a_name_that_the_table_changed_is_told_to_who_took_over() -> None:
    load(*TABLE, *NEW_CODES)
    replace(("370102", "370116"), ("370102001", "370116001"))

    load(*TABLE[:2], replace_row(TABLE[2], name="旧历下区"), TABLE[3], *NEW_CODES)

    told = Division.objects.get(code="370116").taken_over
    assert [each["name"] for each in told] == ["旧历下区"]
