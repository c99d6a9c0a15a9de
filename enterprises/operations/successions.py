"""Replacing divisions that were merged, split or given new codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from enterprises.actor import Actor
from enterprises.models import (
    Division,
    DivisionSuccession,
    Operator,
    RegistrationApplication,
    Station,
)
from enterprises.operations import audit, changes
from enterprises.operations.station_successions import hand_over_stations
from enterprises.roles import Permission
from enterprises.rules import successions as rules
from shilian.clock import business_day, previous_month
from shilian.problems import Rejected


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many divisions ended, and how many operators stand in another one now."""

    divisions_count: int
    operators_count: int


@transaction.atomic
def replace_divisions(
    *, by: Actor, rows: Sequence[rules.Succession], effective_on: date, at: datetime
) -> Replaced:
    """End the old divisions and let their operators and waiting applications go to the new ones.

    A division with one successor hands everybody over; one with several must be empty already.
    Paths stay, so months that are over go on counting by the old tree; records stay with the county
    that they were made in. Whoever answers for the new division answers for the old one's records,
    and whoever held an office in the old one goes on in what took it over.
    Raises: Rejected with every faulty row. Cost: a few queries a pair.
    """
    by.require(Permission.EDIT_PARAMETERS)
    held = {each.code: each for each in Division.objects.select_for_update(of=("self",))}
    problems = rules.check_successions(
        rows, _facts(held), effective_on=effective_on, today=business_day(at)
    )
    if problems:
        raise Rejected(problems)
    parts = Counter(row.old_code for row in rows)
    moved = 0
    pairs = [(held[row.old_code], held[row.new_code]) for row in rows]
    # Stations first: the operators of a township go to the one that answers for the new township.
    hand_over_stations(pairs)
    for old, new in pairs:
        DivisionSuccession.objects.create(old=old, new=new, effective_on=effective_on)
        if parts[old.code] == 1:
            moved += _hand_over(old, new)
    Division.objects.filter(code__in=parts).update(ended_on=effective_on - timedelta(days=1))
    settle_answering(Division, DivisionSuccession)
    audit.append(
        by=by, at=at, event="divisions_replaced", subject="Division", count=len(parts),
        pairs=[f"{row.old_code}>{row.new_code}" for row in rows],
        effective_on=effective_on.isoformat(), operators=moved,
    )  # fmt: skip
    return Replaced(len(parts), moved)


def settle_answering(
    division_model: type[models.Model], succession_model: type[models.Model]
) -> None:
    """Write beside each division what else its officers answer for, by all that was ever replaced.

    The models are arguments because a migration passes its own. Cost: three queries.
    """
    divisions: models.Manager[Any] = division_model._default_manager
    told = succession_model._default_manager.order_by("pk")
    pairs = told.values_list("old__path", "new__path", "effective_on")
    found = rules.answering(list(pairs))
    paths = {*found, *(path for also in found.values() for path in also)}
    concerned = divisions.filter(Q(path__in=paths) | ~Q(also_answers=[]))
    known: dict[str, Any] = {each.path: each for each in concerned}
    changed = list(known.values())
    for each in changed:
        each.also_answers = [_named(known[path]) for path in found.get(each.path, ())]
    divisions.bulk_update(changed, ["also_answers"])


def _named(division: Any) -> dict[str, str]:
    told = {"path": division.path, "code": division.code, "name": division.name}
    if division.ended_on is not None:
        told["last_day"] = division.ended_on.isoformat()
        # The month it ended in counts everybody where they stood at its end.
        effective_on = division.ended_on + timedelta(days=1)
        told["last_month"] = f"{previous_month(effective_on.replace(day=1)):%Y-%m}"
    return told


def _facts(held: dict[str, Division]) -> dict[str, rules.DivisionFacts]:
    codes = {each.pk: each.code for each in held.values()}
    busy = set(Operator.objects.values_list("division_id", flat=True).distinct())
    return {
        each.code: rules.DivisionFacts(
            code=each.code,
            name=each.name,
            level=each.level,
            parent_code=codes.get(each.parent_id or 0, ""),
            is_ended=each.ended_on is not None,
            has_operators=each.pk in busy,
        )
        for each in held.values()
    }


def _hand_over(old: Division, new: Division) -> int:
    """Let everybody listed in the old division stand in the new one; returns how many."""
    county_id = new.pk if new.is_county_level else new.parent_id
    place = {"division": new, "county_id": county_id}
    operators = Operator.objects.filter(division=old)
    # Read under lock and before the update, which would leave nobody to be found there.
    ids = list(operators.select_for_update(of=("self",)).values_list("pk", flat=True))
    moved = Operator.objects.filter(pk__in=ids)
    moved.update(division_path=new.path, **place)
    _give_to_station(moved, new, county_id)
    changes.note_changes(ids)
    waiting = RegistrationApplication.objects.filter(
        division=old, state=RegistrationApplication.State.WAITING
    )
    waiting_ids = list(waiting.values_list("pk", flat=True))
    waiting.update(**place)
    _give_to_station(RegistrationApplication.objects.filter(pk__in=waiting_ids), new, county_id)
    return len(ids)


def _give_to_station(found: models.QuerySet[Any], new: Division, county_id: int | None) -> None:
    """The new township's station takes them; without one they stay with theirs inside the county."""
    # Only a station of the county itself: its officers see everybody who is listed in it.
    inside = Station.objects.filter(townships=new, county_id=county_id)
    station = inside.order_by("pk").first()
    if station is None:
        found.exclude(station__county_id=county_id).update(station=None)
    else:
        found.update(station=station)
