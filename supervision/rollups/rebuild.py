"""Computing a month from nothing, and proving that the filled one equals it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from enterprises.models import Division, Operator
from enterprises.models.operators import OperatorQuerySet
from shilian.clock import next_month
from supervision.metrics.base import TALLIES
from supervision.models import AreaMonth, DivisionDay, DivisionMonth, MonthFreeze, OperatorMonth
from supervision.rollups import areas, replace
from supervision.rollups.fill import BATCH, refill
from supervision.rollups.replace import DAY_COUNTS, DAY_KEY, MONTH_KEY, Tally
from supervision.rollups.rows import COLUMNS, compute_rows
from supervision.rules.months import month_text


class MonthIsFrozen(Exception):
    """A frozen month is never computed anew; a correction is a new revision of its bulletin."""

    def __init__(self, month: date) -> None:
        super().__init__(f"{month_text(month)}已冻结，数据不再变动。")


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not what it should be; None where a row is missing or too many."""

    table: str
    key: tuple[Any, ...]
    stored: tuple[Any, ...] | None
    fresh: tuple[Any, ...] | None


def rebuild(month: date, *, at: datetime, division: Division | None = None) -> int:
    """Compute every operator's row of the month again, then the sums of the divisions.

    Each batch commits by itself; a second run after a crash starts over and ends the same.
    Returns: how many rows the month has in the division. Raises: MonthIsFrozen.
    """
    if MonthFreeze.objects.filter(pk=month).exists():
        raise MonthIsFrozen(month)
    count = 0
    for operator_ids in _batches(division):
        with transaction.atomic():
            replace.lock_numbers()
            count += refill(month, operator_ids, at=at).row_count
    rebuild_tallies(month)
    return count


@transaction.atomic
def rebuild_tallies(month: date) -> None:
    """Sum the month's rows up again, whatever the tallies held."""
    replace.lock_numbers()
    last = next_month(month) - timedelta(days=1)
    DivisionMonth.objects.filter(month=month).delete()
    DivisionDay.objects.filter(day__gte=month, day__lte=last).delete()
    _write(DivisionMonth, replace.month_tallies("month = %s", [month]), MONTH_KEY, tuple(TALLIES))
    areas.sum_up([month])
    _write(DivisionDay, replace.day_tallies("m.month = %s", [month]), DAY_KEY, DAY_COUNTS)


@transaction.atomic
def compare(month: date, *, at: datetime) -> list[Difference]:
    """Every stored row that differs from one computed afresh; empty when all is well.

    Marks that are still waiting show as differences: fill first.
    """
    replace.lock_numbers()
    found: list[Difference] = []
    for operator_ids in _batches(None):
        fresh = {
            (row.operator_id,): row.values() for row in compute_rows(month, operator_ids, at=at)
        }
        stored = {
            (row[0],): row
            for row in OperatorMonth.objects.of_month(month)
            .filter(operator_id__in=operator_ids)
            .values_list(*COLUMNS)
        }
        found += _differences("operator_month", stored, fresh)
    return found + _tally_differences(month)


def _tally_differences(month: date) -> list[Difference]:
    last = next_month(month) - timedelta(days=1)
    months = DivisionMonth.objects.filter(month=month).values_list(*MONTH_KEY, *TALLIES)
    above = AreaMonth.objects.filter(month=month).values_list(*areas.KEY, *TALLIES)
    days = DivisionDay.objects.filter(day__gte=month, day__lte=last)
    return [
        *_differences(
            "division_month",
            _nonzero(months, len(MONTH_KEY)),
            replace.month_tallies("month = %s", [month]),
        ),
        *_differences(
            "area_month",
            _nonzero(above, len(areas.KEY)),
            replace.area_tallies("month = %s", [month]),
        ),
        *_differences(
            "division_day",
            _nonzero(days.values_list(*DAY_KEY, *DAY_COUNTS), len(DAY_KEY)),
            replace.day_tallies("m.month = %s", [month]),
        ),
    ]


def _nonzero(rows: Any, key_size: int) -> Tally:
    # An operator that moved away leaves a row of zeros behind, which says the same as none.
    return {row[:key_size]: row[key_size:] for row in rows if any(row[key_size:])}


def _differences(
    table: str, stored: dict[Any, tuple[Any, ...]], fresh: dict[Any, tuple[Any, ...]]
) -> list[Difference]:
    return [
        Difference(table, key, stored.get(key), fresh.get(key))
        for key in sorted(stored.keys() | fresh.keys())
        if stored.get(key) != fresh.get(key)
    ]


def _write(model: Any, tally: Tally, keys: tuple[str, ...], counts: tuple[str, ...]) -> None:
    names = (*keys, *counts)
    model.objects.bulk_create(
        [model(**dict(zip(names, key + values, strict=True))) for key, values in tally.items()],
        batch_size=1_000,
    )


def count_operators(division: Division | None) -> int:
    """How many operators a rebuild would look at."""
    return _operators(division).count()


def _operators(division: Division | None) -> OperatorQuerySet:
    operators = Operator.objects.all()
    if division is not None:
        operators = operators.filter(division_path__startswith=division.path)
    return operators


def _batches(division: Division | None) -> Iterator[list[int]]:
    """Every operator's id, in batches by id; whoever has a row is an operator."""
    operators = _operators(division).order_by("pk")
    last = 0
    while batch := list(operators.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]
