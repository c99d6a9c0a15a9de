"""How many of an operator's records of a month have every legal field (法定要素完整度).

The same records as in the figures of its county: purchases, sales and factory inspections.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from enterprises.models import Operator
from shilian.clock import month_of, next_month
from traceability.queries import ledger


@dataclass(frozen=True, slots=True)
class MonthCompleteness:
    """``purchases`` of all ``total`` records; ``incomplete`` counts by kind what lacks something."""

    month: date
    total: int
    purchases: int
    incomplete: dict[str, int]

    @property
    def incomplete_count(self) -> int:
        return sum(self.incomplete.values())

    @property
    def ratio(self) -> float | None:
        """Share of complete records; None in a month without any."""
        return (self.total - self.incomplete_count) / self.total if self.total else None


def month_completeness(operator: Operator, month: date) -> MonthCompleteness:
    """The operator's records of the month. Cost: three queries."""
    first = month_of(month)
    totals, incomplete = {}, {}
    for kind, day in ledger.DAY.items():
        between = {f"{day}__gte": first, f"{day}__lt": next_month(first)}
        rows: Any = ledger.MODELS[kind].objects  # type: ignore[attr-defined]
        counted = (
            rows.current()
            .filter(operator=operator, **between)
            .aggregate(total=Count("pk"), lacking=Count("pk", filter=~Q(missing=[])))
        )
        totals[kind] = counted["total"]
        if counted["lacking"]:
            incomplete[kind] = counted["lacking"]
    return MonthCompleteness(first, sum(totals.values()), totals["purchase"], incomplete)
