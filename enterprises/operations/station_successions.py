"""What becomes of the stations when counties and townships are replaced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from enterprises.models import Division, Membership, Station

Pair = tuple[Division, Division]


def hand_over_stations(pairs: Sequence[Pair]) -> None:
    """Let the stations go along with their county, and take over the townships that follow theirs.

    A split county's station goes where all its townships go; if they part, it stays behind. A
    township that lies in another county now leaves its station, whose officers see one county only.
    Cost: a few queries a station and a township.
    """
    moving = _moving(pairs)
    parts = Counter(old.pk for old, _ in pairs)
    whole = [(old, new) for old, new in pairs if parts[old.pk] == 1 and not old.is_county_level]
    _clear_unused(moving, {old.pk: new for old, new in whole})
    for station, old, new in moving:
        _move(station, old, new)
    for old, new in whole:
        _cover(old, new)


def _moving(pairs: Sequence[Pair]) -> list[tuple[Station, Division, Division]]:
    """The stations of the replaced counties that go to one county, with the old and the new one."""
    counties: dict[int, list[Division]] = defaultdict(list)
    goes: dict[int, set[int | None]] = defaultdict(set)
    ended = {old.pk: old for old, _ in pairs}
    for old, new in pairs:
        if old.is_county_level:
            counties[old.pk].append(new)
        else:
            goes[old.pk].add(new.parent_id)
    found = []
    stations = Station.objects.select_for_update().filter(county_id__in=counties).order_by("pk")
    for station in stations.prefetch_related("townships"):
        parts = counties[station.county_id]
        if len(parts) > 1:
            reached = set().union(*(goes[each.pk] for each in station.townships.all()))
            parts = [part for part in parts if reached == {part.pk}]
        found += [(station, ended[station.county_id], part) for part in parts]
    return found


def _clear_unused(
    moving: Sequence[tuple[Station, Division, Division]], heirs: dict[int, Division]
) -> None:
    """Take from stations that nobody works in what a station that comes along answers for already.

    The table of divisions makes a station for every township of a new county; where the old
    county's station goes on, the made one is not needed.
    """
    arriving = [station.pk for station, _, _ in moving]
    for station, _, county in moving:
        followed = [heirs[each.pk] for each in station.townships.all() if each.pk in heirs]
        followed = [each for each in followed if each.parent_id == county.pk]
        made = Station.objects.filter(county=county, townships__in=followed).exclude(
            pk__in=arriving
        )
        for spare in filter(_is_unused, made.distinct()):
            spare.townships.remove(*followed)
            if not spare.townships.exists():
                spare.delete()


def _is_unused(station: Station) -> bool:
    """Whether nobody works in it, nothing refers to it and nobody wrote its number down."""
    links: list[Any] = [
        each for each in Station._meta.get_fields(include_hidden=True) if each.one_to_many
    ]
    return not station.phone and not any(
        link.related_model._base_manager.filter(**{link.field.name: station}).exists()
        for link in links
        if not link.related_model._meta.auto_created
    )


def _move(station: Station, old: Division, new: Division) -> None:
    """A name that the new county has already gets the old county's before it."""
    station.county = new
    if Station.objects.filter(county=new, name=station.name).exists():
        station.name = f"{old.name}{station.name}"[:60]
    station.save(update_fields=["county", "name"])
    Membership.objects.current().filter(station=station).update(division=new)


def _cover(old: Division, new: Division) -> None:
    """Where the new township has no station, those of its county that had the old one take it."""
    inside = Station.objects.filter(county_id=new.parent_id)
    if not inside.filter(townships=new).exists():
        for station in inside.filter(townships=old):
            station.townships.add(new)
