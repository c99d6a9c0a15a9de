"""What the passing of a day changes without any record: overdue deliveries, systems' due days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from enterprises.models import SelfBuiltSystem
from shilian import clock
from shilian.db import ids
from supervision.models import MonthFreeze
from supervision.queries.parameters import parameters_in_force
from supervision.rollups.register import mark, mark_changed
from traceability.models import IncomingDraft

DECIDED_DAYS = 3


def mark_day(*, at: datetime) -> int:
    """Mark the operators whose numbers the new day changes, in this month and the last.

    May run any number of times. Returns: how many operator-months were marked.
    """
    month = clock.month_of(clock.business_day(at))
    return mark_months([clock.previous_month(month), month], at=at)


@transaction.atomic
def mark_months(months: Sequence[date], *, at: datetime) -> int:
    """Mark what no record marks: overdue deliveries, systems, and operators without a row.

    Frozen months are left alone.
    """
    frozen = set(MonthFreeze.objects.filter(month__in=months).values_list("month", flat=True))
    count = 0
    for month in sorted(set(months) - frozen):
        pairs = _buyers(month, at=at) | _holders_of_systems(month)
        count += mark(sorted(pairs)) + mark_changed(month, at=at)
    return count


def _buyers(month: date, *, at: datetime) -> set[tuple[int, date]]:
    """Buyers with a delivery of the month that fell overdue, or was decided a short while ago."""
    today = clock.business_day(at)
    overdue = today - timedelta(days=parameters_in_force(today).unconfirmed_days)
    recent = IncomingDraft.objects.filter(
        pk__gte=ids.lower_bound(clock.start_of(month - timedelta(days=1))),
        sold_on__gte=month,
        sold_on__lt=clock.next_month(month),
    )
    waiting = recent.waiting().filter(sold_on__lt=overdue)
    decided = recent.filter(decided_at__gte=at - timedelta(days=DECIDED_DAYS))
    ids_of = waiting.values_list("operator_id", flat=True).union(
        decided.values_list("operator_id", flat=True)
    )
    return {(operator_id, month) for operator_id in ids_of}


def _holders_of_systems(month: date) -> set[tuple[int, date]]:
    holders = SelfBuiltSystem.objects.registered()
    return {
        (operator_id, month)
        for operator_id in holders.values_list("operator_id", flat=True).distinct()
    }
