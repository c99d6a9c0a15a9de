"""The filler: takes marks that records left behind and recomputes those operators' months.

A mark is deleted in the transaction that writes the new rows, so killing the process at any moment
loses nothing and counts nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic

from django.db import connection, transaction
from django.db.models import F

from enterprises.operations import changes
from shilian.clock import business_day, month_of, previous_month
from supervision.models import MonthFreeze, OperatorMonth
from supervision.radar.run import mark_operators
from supervision.rollups.register import mark, mark_changed, mark_missing
from supervision.rollups.replace import lock_numbers, replace_rows
from supervision.rollups.rows import compute_rows
from traceability.models import MonthMark

# A larger batch touches each division's tallies less often; this one stays below 60 MB.
BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Filled:
    """What one call did; ``frozen_count`` are operators whose month no longer moves."""

    mark_count: int = 0
    row_count: int = 0
    frozen_count: int = 0

    def __add__(self, other: Filled) -> Filled:
        return Filled(
            self.mark_count + other.mark_count,
            self.row_count + other.row_count,
            self.frozen_count + other.frozen_count,
        )


@transaction.atomic
def fill(*, at: datetime, limit: int = BATCH, month: date | None = None) -> Filled:
    """Take up to ``limit`` marks, of one month if named, and bring their numbers up to date.

    Cost: a fixed number of statements for each month touched.
    """
    lock_numbers()
    marks = _take_marks(limit, month)
    operators: dict[date, set[int]] = defaultdict(set)
    for operator_id, of in marks:
        operators[of].add(operator_id)
    frozen = set(MonthFreeze.objects.filter(month__in=operators).values_list("month", flat=True))
    done = Filled(mark_count=len(marks))
    for of, wanted in sorted(operators.items()):
        if of not in frozen:
            _open_month(of, at=at)
        done += _count_late(of, wanted) if of in frozen else refill(of, sorted(wanted), at=at)
    # Also those of a frozen month: its figures rest, but a chain mended late is mended.
    mark_operators(sorted(set().union(*operators.values())))
    return done


def _open_month(month: date, *, at: datetime) -> None:
    """A month of long ago that nobody counted gets its whole register, not only who recorded in it.

    This month and the last are opened by ``follow_register`` and ``mark_day``.
    """
    is_old = month < previous_month(month_of(business_day(at)))
    if is_old and not OperatorMonth.objects.of_month(month).exists():
        mark_changed(month, at=at)


def fill_all(*, at: datetime, month: date | None = None, seconds: float | None = None) -> Filled:
    """Fill batch after batch, each committed by itself, until no mark or time is left."""
    until = monotonic() + seconds if seconds is not None else None
    done = Filled()
    while until is None or monotonic() < until:
        now = fill(at=at, month=month)
        done += now
        if not now.mark_count:
            break
    return done


@transaction.atomic
def follow_register(*, at: datetime, month: date) -> int:
    """Mark the operators whose entry in the register changed; the month is the current one.

    Whoever was listed late is marked in the earlier months as well, as far as they still move.
    A month without any row is opened with the whole register, and each night ``mark_day`` compares
    all of it.
    Returns: how many operators were marked. Cost: at most six queries, and what changed.
    """
    if OperatorMonth.objects.of_month(month).exists():
        if changed := changes.take_changes():
            mark_missing(changed, before=month)
        return mark([(operator_id, month) for operator_id in changed])
    # The first rows may be on their way: while marks wait, nothing is given twice.
    return 0 if MonthMark.objects.exists() else mark_changed(month, at=at)


def refill(month: date, operator_ids: Sequence[int], *, at: datetime) -> Filled:
    """Recompute these operators' rows of the month; the caller holds the lock."""
    rows = compute_rows(month, operator_ids, at=at)
    replace_rows(month, operator_ids, rows)
    return Filled(row_count=len(rows))


def _take_marks(limit: int, month: date | None) -> list[tuple[int, date]]:
    """Delete the oldest marks. Their records are read by later statements, so none is missed."""
    of_month = "WHERE month = %s" if month else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM traceability_monthmark WHERE id IN (SELECT id FROM traceability_monthmark"
            f" {of_month} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
            " RETURNING operator_id, month",
            [month, limit] if month else [limit],
        )
        return list(cursor.fetchall())


def _count_late(month: date, operator_ids: set[int]) -> Filled:
    """A frozen month does not move; it only remembers that something came afterwards."""
    MonthFreeze.objects.filter(pk=month).update(
        late_mark_count=F("late_mark_count") + len(operator_ids)
    )
    return Filled(frozen_count=len(operator_ids))
