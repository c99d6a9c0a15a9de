"""Typed builders with neutral defaults; name the one fact that matters in the test."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from django.db.models import Q

from enterprises.actor import Actor, actor_for
from enterprises.models import (
    Division,
    Membership,
    Operator,
    OperatorKind,
    OperatorState,
    Person,
    Sector,
    Station,
)
from enterprises.roles import Role
from enterprises.rules.credit_codes import check_character

AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
_numbers = count(1)
Level = Division.Level


def credit_code(number: int | None = None) -> str:
    """A valid credit code that no other call has made."""
    first17 = f"91370102MA{next(_numbers) if number is None else number:07d}"
    return first17 + check_character(first17)


def make_division(*, code: str, name: str, level: str, parent: Division | None = None) -> Division:
    return _standing(code) or _make(code, name, level, parent)


def make_province() -> Division:
    return make_division(code="370000", name="山东省", level=Level.PROVINCE)


def make_city(*, code: str = "370100", name: str = "济南市") -> Division:
    return _standing(code) or _make(code, name, Level.CITY, make_province())


def make_county(
    *, code: str = "370102", name: str = "历下区", city: Division | None = None
) -> Division:
    return _standing(code) or _make(code, name, Level.COUNTY, city or make_city())


def make_township(
    *, code: str | None = None, name: str = "解放路街道", county: Division | None = None
) -> Division:
    code = code or f"{county.code if county else '370102'}001"
    return _standing(code) or _make(code, name, Level.TOWNSHIP, county or make_county())


def _standing(code: str) -> Division | None:
    """The division that an earlier call made, with those above it. Cost: one query."""
    return Division.objects.select_related("parent__parent__parent").filter(pk=int(code)).first()


def _make(code: str, name: str, level: str, parent: Division | None) -> Division:
    path = f"{parent.path if parent else '/'}{code}/"
    return Division.objects.create(
        id=int(code), code=code, name=name, level=level, parent=parent, path=path
    )


def make_station(*, county: Division | None = None, name: str = "解放路监管所") -> Station:
    county = county or make_county()
    station, _ = Station.objects.get_or_create(
        county=county, name=name, defaults={"id": county.pk * 1000 + next(_numbers)}
    )
    return station


def make_operator(
    *,
    name: str = "",
    township: Division | None = None,
    station: Station | None = None,
    sector: Sector = Sector.CIRCULATION,
    kind: OperatorKind = OperatorKind.ENTERPRISE,
    state: OperatorState = OperatorState.ACTIVATED,
    code: str | None = None,
    **facts: object,
) -> Operator:
    township = township or make_township()
    assert township.parent is not None
    number = next(_numbers)
    dates = {
        "listed_at": AT,
        "activated_at": None if state == OperatorState.LISTED else AT,
        "using_at": AT if state == OperatorState.USING else None,
    }
    contact = {
        "address": "解放路1号",
        "contact_name": "张三",
        "contact_phone": f"138{number:08d}",
    }
    return Operator.objects.create(
        name=name or f"第{number}商店",
        credit_code=code or credit_code(),
        sector=sector,
        kind=kind,
        division=township,
        county=township.parent,
        division_path=township.path,
        station=station,
        state=state,
        **(dates | contact | facts),  # type: ignore[arg-type]
    )


def make_person(*, login: str = "", name: str = "王五", password: str | None = None) -> Person:
    person = Person(login=login or f"person{next(_numbers)}", name=name, created_at=AT)
    if password is None:
        person.set_unusable_password()
    else:
        person.set_password(password)
    person.save()
    return person


def give_role(
    person: Person,
    role: Role,
    *,
    division: Division | None = None,
    station: Station | None = None,
    operator: Operator | None = None,
) -> Membership:
    return Membership.objects.create(
        person=person,
        role=role,
        division=division or (station.county if station else None),
        station=station,
        operator=operator,
        granted_at=AT,
    )


def owner_of(operator: Operator) -> Actor:
    """The actor of a person who owns the operator."""
    held = Membership.objects.filter(Q(operator=operator, role=Role.OWNER)).first()
    person = held.person if held else make_person(name="店主")
    if held is None:
        give_role(person, Role.OWNER, operator=operator)
    return actor_for(person)


def officer_of(division: Division, role: Role = Role.COUNTY_OFFICER) -> Actor:
    person = make_person(name="监管员")
    give_role(person, role, division=division)
    return actor_for(person)


def station_officer_of(station: Station) -> Actor:
    person = make_person(name="所员")
    give_role(person, Role.STATION_OFFICER, station=station)
    return actor_for(person)
