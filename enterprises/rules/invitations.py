"""Who may invite whom: nobody above the own rank, nobody outside the own jurisdiction."""

from __future__ import annotations

from collections.abc import Iterable

from enterprises.roles import ADMIN_ROLES, BUREAU_ROLES, Role

# The level a role's jurisdiction has; the food-safety office exists at each of them.
LEVELS: dict[Role, tuple[str, ...]] = {
    Role.STATION_OFFICER: ("county", "zone"),
    Role.COUNTY_OFFICER: ("county", "zone"),
    Role.CITY_OFFICER: ("city",),
    Role.PROVINCE_OFFICER: ("province",),
    Role.TASK_FORCE: ("province",),
    Role.FOOD_SAFETY_OFFICE: ("county", "zone", "city", "province"),
}
RANKS: dict[Role, int] = {
    Role.STATION_OFFICER: 1,
    Role.FOOD_SAFETY_OFFICE: 1,
    Role.COUNTY_OFFICER: 2,
    Role.CITY_OFFICER: 3,
    Role.PROVINCE_OFFICER: 4,
    Role.TASK_FORCE: 5,
}
# The security administrator opens the others' accounts; its own is opened at installation, so
# that no administrator can make another of the same kind.
INVITABLE_ADMINS = ADMIN_ROLES - {Role.SECURITY_ADMIN}


def invitable(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles that somebody with these may invite, in the order of the table of roles."""
    held = set(roles)
    rank = max((RANKS[role] for role in held & set(RANKS)), default=0)
    # The station's and the food-safety office's people invite nobody.
    bureau = {role for role in BUREAU_ROLES if rank > 1 and RANKS[role] <= rank}
    admins = INVITABLE_ADMINS if Role.SECURITY_ADMIN in held else frozenset()
    return tuple(role for role in Role if role in bureau | admins)
