"""Months that look made up, as the county reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enterprises.actor import Actor, OutOfScope
from shilian.db.spelling import part_of
from supervision.models import MonthFreeze, Suspicion
from supervision.models.suspicions import SuspicionQuerySet
from supervision.rules.fabrication import BY_CODE

ORDER = "-score,-id"


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal as the page tells it."""

    name: str
    score: int
    weight: int
    points: int
    seen: str


def list_suspicions(
    actor: Actor,
    *,
    month: date | None = None,
    state: str = "",
    county_id: int | None = None,
    search: str = "",
) -> SuspicionQuerySet:
    """The suspicions in the actor's sight, for a keyset page or an export."""
    found = Suspicion.objects.visible_to(actor).select_related(
        "operator", "operator__county", "operator__division", "operator__station"
    )
    wanted = {"month": month, "state": state, "county_id": county_id}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    return found.filter(part_of("operator__name", search)) if search else found


def find_suspicion(actor: Actor, suspicion_id: int) -> Suspicion:
    """Raises: OutOfScope when it does not exist for the actor. Cost: one query."""
    rows = Suspicion.objects.visible_to(actor).select_related(
        "operator", "operator__county", "operator__division", "operator__station"
    )
    found = rows.filter(pk=suspicion_id).first()
    if found is None:
        raise OutOfScope
    return found


def signal_rows(suspicion: Suspicion) -> list[SignalRow]:
    """The signals that spoke, the loudest first, in words."""
    return [
        SignalRow(
            BY_CODE[each["code"]].name,
            each["score"],
            BY_CODE[each["code"]].weight,
            each["points"],
            each["seen"],
        )
        for each in suspicion.signals
        if each["code"] in BY_CODE
    ]


def is_frozen(month: date) -> bool:
    """Whether the month's figures rest. Cost: one query."""
    return MonthFreeze.objects.filter(pk=month).exists()
