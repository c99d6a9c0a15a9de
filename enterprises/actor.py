"""Who is acting: built once per request, key or task; everything below a door receives it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from enterprises.roles import BUREAU_ROLES, OPERATOR_ROLES, PERMISSIONS, Permission, Role
from enterprises.scope import NOTHING, Scope

if TYPE_CHECKING:
    from enterprises.models import Division, Membership, Operator, Person


class Forbidden(Exception):
    """Inside the actor's scope, but not among the actor's permissions (403)."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        super().__init__(permission)


class OutOfScope(Exception):
    """Outside the actor's scope: to this actor the object does not exist (404)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, key or the platform itself, with roles, scope and channel.

    ``channel`` tells through which door records come: form, sheet, api, system, demo.
    ``sectors``: the links that the actor's division of the provincial bureau answers for; empty for
    everybody whose work is not divided by link. ``system_id``: the registered system whose key signed.
    ``office``: what the actor answers for, in words; empty where that is no division or station.
    ``former``: the name of the division of the office held, where it was merged or split;
    ``goes_on``: whether what took it over is open to the actor.
    """

    person_id: int | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    scope: Scope = NOTHING
    channel: str = "form"
    request_id: str = ""
    address: str = ""
    permissions: frozenset[Permission] = field(default=frozenset())
    operator_id: int | None = None
    division_id: int | None = None
    station_id: int | None = None
    sectors: frozenset[str] = frozenset()
    system_id: int | None = None
    office: str = ""
    former: str = ""
    goes_on: bool = False

    @property
    def is_anonymous(self) -> bool:
        return self.person_id is None and not self.roles

    @property
    def is_operator(self) -> bool:
        return bool(self.roles & OPERATOR_ROLES)

    @property
    def is_officer(self) -> bool:
        return bool(self.roles & BUREAU_ROLES)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission, *, on: Operator | None = None) -> None:
        """Refuse an actor that lacks the permission or does not see the operator.

        Raises: OutOfScope first (so that nothing is learnt of foreign objects), then Forbidden.
        """
        if on is not None and not self.sees(on):
            raise OutOfScope
        if permission not in self.permissions:
            raise Forbidden(permission)

    def via(self, channel: str) -> Actor:
        """The same actor, whose records come by this channel."""
        return replace(self, channel=channel)

    def sees(self, operator: Operator) -> bool:
        scope = self.scope
        return (
            operator.pk in scope.operator_ids
            or (operator.station_id is not None and operator.station_id in scope.station_ids)
            or scope.covers_path(operator.division_path)
        )


ANONYMOUS = Actor()


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles)) if roles else frozenset()


def actor_for(
    person: Person,
    *,
    acting_for: int | None = None,
    channel: str = "form",
    request_id: str = "",
    address: str = "",
) -> Actor:
    """The actor a person is, from the memberships held now.

    A person with several operators acts for ``acting_for``, or for the first; ``operator_id`` names
    it, and the roles are those held there. Cost: one query.
    """
    rows = list(
        person.memberships.current().select_related("division", "station__county").order_by("id")  # type: ignore[attr-defined]
    )
    held = [row.division for row in rows if row.division and not row.station_id]
    scope = Scope(
        paths=_paths(held),
        station_ids=tuple(row.station_id for row in rows if row.station_id),
        operator_ids=tuple(row.operator_id for row in rows if row.operator_id),
        station_paths=tuple(row.station.county.path for row in rows if row.station),
        held_paths=tuple(dict.fromkeys(each.path for each in held)),
    )
    kept = scope.operator_ids
    operator_id = acting_for if acting_for in kept else next(iter(kept), None)
    # Whoever owns one shop and helps out in another has only a clerk's rights in the other.
    roles = frozenset(Role(row.role) for row in rows if row.operator_id in (None, operator_id))
    return Actor(
        person_id=person.pk,
        name=person.name,
        roles=roles,
        scope=scope,
        channel=channel,
        request_id=request_id,
        address=address,
        permissions=permissions_of(roles),
        operator_id=operator_id,
        division_id=next((row.division_id for row in rows if row.division_id), None),
        station_id=next(iter(scope.station_ids), None),
        sectors=_sectors(rows),
        office=_office(rows),
        former=_former(rows),
        goes_on=any(each.ended_on and each.taken_over_by for each in held),
    )


def _office(rows: list[Membership]) -> str:
    station = next((row.station for row in rows if row.station), None)
    if station is not None:
        return f"{station.county.name}{station.name}"
    return next((row.division.name for row in rows if row.division), "")


def _former(rows: list[Membership]) -> str:
    # A station goes along with its county.
    held = [row.station.county if row.station else row.division for row in rows]
    return next((each.name for each in held if each and each.ended_on), "")


def _paths(held: list[Division]) -> tuple[str, ...]:
    """The divisions that the memberships cover, with those that came and went by mergers."""
    return tuple(dict.fromkeys(path for each in held for path in each.answering_paths))


def _sectors(rows: list[Membership]) -> frozenset[str]:
    """The links of the province's memberships; one for all links makes it every link."""
    held = {row.sector for row in rows if row.role == Role.PROVINCE_OFFICER}
    return frozenset() if "" in held else frozenset(held)


def actor_for_operator(operator: Operator, *, channel: str, name: str = "系统") -> Actor:
    """The platform acting for one operator: its own systems, sheets and the demonstration."""
    roles = frozenset({Role.OWNER})
    return Actor(
        name=name,
        roles=roles,
        scope=Scope(operator_ids=(operator.pk,)),
        channel=channel,
        permissions=permissions_of(roles),
        operator_id=operator.pk,
    )


def platform_actor(*, channel: str = "system") -> Actor:
    """The platform itself, for scheduled work and commands: every division, every permission."""
    return Actor(
        name="平台",
        roles=frozenset({Role.TASK_FORCE}),
        scope=Scope(paths=("/",)),
        channel=channel,
        permissions=frozenset(Permission),
    )
