"""How many of an operator's records of a month have every legal field (法定要素完整度)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from enterprises.models import Operator
from shilian.clock import month_of, next_month
from traceability.models import Purchase


@dataclass(frozen=True, slots=True)
class MonthCompleteness:
    month: date
    total: int
    incomplete_count: int

    @property
    def ratio(self) -> float | None:
        """Share of complete records; None in a month without any."""
        return (self.total - self.incomplete_count) / self.total if self.total else None


def month_completeness(operator: Operator, month: date) -> MonthCompleteness:
    """The operator's purchases of the month. Cost: one query."""
    first = month_of(month)
    counted = (
        Purchase.objects.current()
        .filter(operator=operator, purchased_on__gte=first, purchased_on__lt=next_month(first))
        .aggregate(total=Count("pk"), incomplete=Count("pk", filter=~Q(missing=[])))
    )
    return MonthCompleteness(first, counted["total"], counted["incomplete"])
