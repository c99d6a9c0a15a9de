"""One small province with one person in every role, and the things that addresses may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from enterprises.models import Person
from enterprises.roles import Role
from tests.builders import enterprises as build

ACTORS = (
    "anonymous",
    "owner",
    "clerk",
    "other_owner",
    "station",
    "county",
    "neighbour",
    "city",
    "province",
    "task_force",
    "food_safety",
    "vendor",
    "system_admin",
    "security_admin",
    "audit_admin",
)


@dataclass(slots=True)
class World:
    """``people`` by actor name (None: nobody signed in); ``things`` by the name of an argument."""

    people: dict[str, Person | None] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    """Cost: some forty inserts; nothing is shared between tests."""
    province = build.make_province()
    city = build.make_city()
    county = build.make_county()
    neighbour = build.make_county(code="370103", name="市中区")
    township = build.make_township()
    station = build.make_station()
    operator = build.make_operator(name="老张粮油店", township=township, station=station)
    other = build.make_operator(name="隔壁菜店", township=township, station=station)
    world = World({"anonymous": None})
    for name, role, facts in (
        ("owner", Role.OWNER, {"operator": operator}),
        ("clerk", Role.CLERK, {"operator": operator}),
        ("other_owner", Role.OWNER, {"operator": other}),
        ("station", Role.STATION_OFFICER, {"station": station}),
        ("county", Role.COUNTY_OFFICER, {"division": county}),
        ("neighbour", Role.COUNTY_OFFICER, {"division": neighbour}),
        ("city", Role.CITY_OFFICER, {"division": city}),
        ("province", Role.PROVINCE_OFFICER, {"division": province}),
        ("task_force", Role.TASK_FORCE, {"division": province}),
        ("food_safety", Role.FOOD_SAFETY_OFFICE, {"division": county}),
        ("vendor", Role.VENDOR_SUPPORT, {}),
        ("system_admin", Role.SYSTEM_ADMIN, {}),
        ("security_admin", Role.SECURITY_ADMIN, {}),
        ("audit_admin", Role.AUDIT_ADMIN, {}),
    ):
        person = build.make_person(login=f"matrix_{name}", name="人员")
        build.give_role(person, role, **facts)
        world.people[name] = person
    world.things = {
        "operator_id": operator.pk,
        "foreign_id": 999,
        "division_code": county.code,
        "county_id": county.pk,
        "station_id": station.pk,
    }
    return world
