"""Changes of dated values: what waits for a second person, and what became of the rest."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Value, When

from enterprises.actor import Actor, OutOfScope
from enterprises.roles import Permission
from supervision.metrics import FOUR
from supervision.models import PROVINCE_PATH, CityStatus, ValueChange
from supervision.models.changes import ValueChangeQuerySet

RECENT = 20


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as a list prints it; ``is_own``: the viewer proposed it and may not approve it."""

    change: ValueChange
    value_text: str
    is_own: bool


def visible_changes(actor: Actor) -> ValueChangeQuerySet:
    """Those whose values the actor answers for: the task force the province's, a city its own."""
    paths = list(actor.scope.paths) if actor.may(Permission.SET_AREA_WEIGHTS) else []
    paths = [path for path in paths if path != PROVINCE_PATH]
    if actor.may(Permission.EDIT_PARAMETERS):
        paths.append(PROVINCE_PATH)
    return ValueChange.objects.filter(area_path__in=paths)


def recent_changes(actor: Actor, *, kind: str = "") -> list[ChangeRow]:
    """The changes in sight, those that wait first, then the newest. Cost: one query."""
    found = visible_changes(actor)
    if kind:
        found = found.filter(kind=kind)
    waits_first = Case(When(state=ValueChange.State.PENDING, then=Value(0)), default=Value(1))
    return [row_of(actor, each) for each in found.order_by(waits_first, "-proposed_at")[:RECENT]]


def find_change(actor: Actor, change_id: int) -> ValueChange:
    """Raises: OutOfScope when there is none that the actor answers for."""
    change = visible_changes(actor).filter(pk=change_id).first()
    if change is None:
        raise OutOfScope
    return change


def row_of(actor: Actor, change: ValueChange) -> ChangeRow:
    is_own = actor.person_id == change.proposed_by
    return ChangeRow(change=change, value_text=_value_text(change), is_own=is_own)


def _value_text(change: ValueChange) -> str:
    if change.value is not None:
        return f"{change.value.normalize():f}"
    if change.kind == ValueChange.Kind.STATUS:
        return str(CityStatus.Status(change.status).label)
    weights = change.weights
    return "、".join(f"{each.name} {weights[each.code]}" for each in FOUR if each.code in weights)
