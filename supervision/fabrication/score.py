"""Scoring a month: batch after batch of operators, each committed by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from shilian import clock
from supervision.fabrication.features import features_of
from supervision.models import MonthFreeze, OperatorMonth, ScoringPass, Suspicion
from supervision.queries.parameters import parameters_in_force, radar_parameters_in_force
from supervision.rules.fabrication import Judged, judge
from supervision.rules.register import last_day

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Scored:
    """How many operators were looked at, and how many stand on the list now because of it."""

    operator_count: int = 0
    suspicion_count: int = 0

    def __add__(self, other: Scored) -> Scored:
        return Scored(
            self.operator_count + other.operator_count,
            self.suspicion_count + other.suspicion_count,
        )


def score_recent(*, at: datetime) -> Scored:
    """The running month and the one before, as far as they still move."""
    month = clock.month_of(clock.business_day(at))
    return score_month(clock.previous_month(month), at=at) + score_month(month, at=at)


def score_month(month: date, *, at: datetime, again: bool = False) -> Scored:
    """Score every operator with records in the month, unless that was done today or it is frozen.

    A run that was killed goes on after its last batch; ``again`` starts over.
    """
    if MonthFreeze.objects.filter(pk=month).exists():
        return Scored()
    _begin(month, at=at, again=again)
    done = Scored()
    while batch := _score_batch(month, at=at):
        done += batch
    return done


def _begin(month: date, *, at: datetime, again: bool) -> None:
    today = clock.business_day(at)
    row = ScoringPass.objects.filter(month=month).first()
    if row is None or row.day != today or again:
        ScoringPass.objects.update_or_create(
            month=month, defaults={"day": today, "last_operator_id": 0, "is_done": False}
        )


@transaction.atomic
def _score_batch(month: date, *, at: datetime) -> Scored | None:
    """The next operators by id; None when all were looked at."""
    row = ScoringPass.objects.select_for_update().get(pk=month)
    rows = OperatorMonth.objects.of_month(month).filter(
        operator_id__gt=row.last_operator_id, in_scope=True, last_day__gt=0
    )
    operator_ids = list(rows.order_by("operator_id").values_list("operator_id", flat=True)[:BATCH])
    if row.is_done:
        return None
    row.last_operator_id = operator_ids[-1] if operator_ids else row.last_operator_id
    row.is_done = not operator_ids
    row.save(update_fields=["last_operator_id", "is_done"])
    if not operator_ids:
        return None
    return Scored(len(operator_ids), score_operators(month, operator_ids, at=at))


@transaction.atomic
def score_operators(month: date, operator_ids: Sequence[int], *, at: datetime) -> int:
    """Put those on the list whose score is high enough, and take those off that nobody judged yet.

    What an officer decided stays as decided, with the score brought up to date.
    Returns: how many stand on the list. Cost: a fixed number of statements.
    """
    parameters = parameters_in_force(last_day(month))
    least = radar_parameters_in_force(last_day(month)).radar_suspect_score
    judged = {
        operator_id: judge(features)
        for operator_id, features in features_of(month, operator_ids, parameters=parameters).items()
    }
    found = {id_: each for id_, each in judged.items() if each.score >= least}
    stale = Suspicion.objects.waiting().filter(month=month, operator_id__in=operator_ids)
    stale.exclude(operator_id__in=found).delete()
    _write(month, found, at)
    return len(found)


def _write(month: date, found: dict[int, Judged], at: datetime) -> None:
    places = OperatorMonth.objects.of_month(month).filter(operator_id__in=found)
    Suspicion.objects.bulk_create(
        [
            Suspicion(
                operator_id=operator_id,
                division_id=division_id,
                county_id=county_id,
                month=month,
                score=found[operator_id].score,
                signals=list(found[operator_id].signals),
                scored_at=at,
            )
            for operator_id, division_id, county_id in places.values_list(
                "operator_id", "division_id", "county_id"
            )
        ],
        update_conflicts=True,
        unique_fields=["operator", "month"],
        update_fields=["division_id", "county_id", "score", "signals", "scored_at"],
        batch_size=1_000,
    )
