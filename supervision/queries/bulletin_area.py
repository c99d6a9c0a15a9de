"""What a bulletin is about: the province, one city or one county, and who may write it."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import Division
from enterprises.queries import divisions
from enterprises.roles import Permission
from supervision.models import PROVINCE_PATH

LEVEL = Division.Level


@dataclass(frozen=True, slots=True)
class BulletinArea:
    """``path`` is "/" and ``code`` empty for the whole province; ``parent`` names who is above."""

    path: str
    code: str
    name: str
    level: str
    parent: str = ""

    @property
    def is_province(self) -> bool:
        return self.path == PROVINCE_PATH

    @property
    def stored_name(self) -> str:
        """What the bulletin's row keeps: nothing for the province, whose bulletin needs no name."""
        return "" if self.is_province else self.name


def province_area() -> BulletinArea:
    """Cost: one query."""
    found = Division.objects.filter(level=LEVEL.PROVINCE).first()
    return BulletinArea(PROVINCE_PATH, "", found.name if found else "", LEVEL.PROVINCE)


def area_of(division: Division) -> BulletinArea:
    """The division as a bulletin's area. Raises: OutOfScope below the counties."""
    if division.level == LEVEL.PROVINCE:
        return BulletinArea(PROVINCE_PATH, "", division.name, LEVEL.PROVINCE)
    if division.level != LEVEL.CITY and not division.is_county_level:
        raise OutOfScope
    level = LEVEL.CITY if division.level == LEVEL.CITY else LEVEL.COUNTY
    parent = division.parent.name if division.parent else ""
    return BulletinArea(division.path, division.code, division.name, level, parent)


def area_at(path: str) -> BulletinArea:
    """The area with the stored path. Raises: OutOfScope when there is none. Cost: one query."""
    if path == PROVINCE_PATH:
        return province_area()
    division = Division.objects.select_related("parent").filter(path=path).first()
    if division is None:
        raise OutOfScope
    return area_of(division)


def own_area(actor: Actor) -> BulletinArea:
    """The area that the actor writes bulletins of.

    Raises: Forbidden for those who write none, OutOfScope for those of no city or county.
    """
    if actor.may(Permission.PREPARE_BULLETIN):
        return province_area()
    actor.require(Permission.DRAFT_AREA_BULLETIN)
    return area_of(divisions.home_division(actor))


def require_writer(actor: Actor, path: str) -> None:
    """Refuse those who may not write the bulletins of the area.

    The province's is the task force's; a city's or county's that of its own bureau and of those
    above it. Raises: OutOfScope outside the actor's sight, Forbidden without the right.
    """
    if path == PROVINCE_PATH:
        actor.require(Permission.PREPARE_BULLETIN)
    elif not actor.scope.covers_path(path):
        raise OutOfScope
    else:
        actor.require(Permission.DRAFT_AREA_BULLETIN)


def may_write(actor: Actor, path: str) -> bool:
    """The same as an answer."""
    try:
        require_writer(actor, path)
    except (Forbidden, OutOfScope):
        return False
    return True


def above(actor: Actor) -> list[str]:
    """The paths whose bulletins concern the actor: of every area that the actor lies in.

    What came to the actor's division by a merger lies elsewhere, and so do its neighbours there.
    """
    found = {PROVINCE_PATH}
    for path in actor.scope.home_paths:
        codes = [code for code in path.split("/") if code]
        found |= {"/" + "/".join(codes[:depth]) + "/" for depth in range(2, len(codes) + 1)}
    return sorted(found)
