"""A county that went to another city takes nothing of its old neighbours along."""

from __future__ import annotations

from datetime import date

import pytest

from enterprises.actor import platform_actor
from enterprises.models import Division
from enterprises.operations import successions
from enterprises.roles import Role
from enterprises.rules.successions import Succession
from supervision.queries import bulletin_area, evaluation
from supervision.views.replaced import replaced_note
from tests.builders.enterprises import (
    AT,
    make_city,
    make_county,
    make_station,
    officer_of,
    station_officer_of,
)
from tests.supervision.views.bureau import signed_in

pytestmark = pytest.mark.django_db
OLD_CITY, NEW_CITY = "/370000/370100/", "/370000/371200/"


def merged() -> tuple[Division, Division]:
    """The old county and the one of another city that took it over."""
    old = make_county()
    new = make_county(code="371202", name="莱城区", city=make_city(code="371200", name="莱芜市"))
    successions.replace_divisions(
        by=platform_actor(), rows=[Succession(old.code, new.code)],
        effective_on=date(2026, 11, 1), at=AT,
    )  # fmt: skip
    return Division.objects.get(pk=old.pk), Division.objects.get(pk=new.pk)


def test_the_old_citys_bulletins_do_not_concern_the_successor() -> None:
    _, new = merged()

    actor = officer_of(new)

    assert bulletin_area.above(actor) == ["/", NEW_CITY, new.path]
    assert actor.scope.covers_path(f"{OLD_CITY}370102/")


def test_the_officer_of_the_old_county_stays_in_its_city() -> None:
    old, _ = merged()

    assert bulletin_area.above(officer_of(old)) == ["/", OLD_CITY, old.path]


def test_the_evaluation_shows_only_the_successors_own_city() -> None:
    _, new = merged()

    cities = evaluation.cities_for(officer_of(new))

    assert [city.path for city in cities] == [NEW_CITY]


def test_a_stations_officer_lies_in_the_stations_county() -> None:
    _, new = merged()
    actor = station_officer_of(make_station(county=new))

    assert bulletin_area.above(actor) == ["/", NEW_CITY, new.path]
    assert [city.path for city in evaluation.cities_for(actor)] == [NEW_CITY]


def test_the_note_links_only_what_the_viewer_may_open() -> None:
    old, new = merged()

    successor = replaced_note(officer_of(new), new)
    station = replaced_note(station_officer_of(make_station(county=new)), new)

    assert [each.url for each in successor.followed] == [
        f"/bureau/?division={old.code}&month=2026-10"
    ]
    assert successor.is_handled
    assert [(each.name, each.url) for each in station.followed] == [("历下区", "")]
    assert not station.is_handled


def test_the_page_tells_a_split_countys_officer_of_nothing_opened() -> None:
    old = make_county()
    parts = [make_county(code=f"37011{n}", name=f"{n}区") for n in (6, 7)]
    successions.replace_divisions(
        by=platform_actor(), rows=[Succession(old.code, part.code) for part in parts],
        effective_on=date(2026, 11, 1), at=AT,
    )  # fmt: skip
    client = signed_in(Role.COUNTY_OFFICER, division=old)

    page = client.get("/bureau/").content.decode()

    assert "这个区划已经撤并" in page
    assert "也已向您开放" not in page
