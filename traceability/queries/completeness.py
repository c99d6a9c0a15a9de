"""How many of an operator's records of a month have every legal field (法定要素完整度).

The same records as in the figures of its county: purchases, sales and factory inspections.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Value

from enterprises.models import Operator
from shilian.clock import month_of, next_month
from traceability.queries import ledger
from traceability.queries.ledger import Kind

KINDS: tuple[Kind, ...] = ("purchase", "sale", "inspection")


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
    """The operator's records of the month. Cost: one query."""
    first = month_of(month)
    # In one statement: the first page asks at every visit. A kind without records has no row.
    counted, *others = (_counted(operator, kind, first) for kind in KINDS)
    found = {row["kind"]: row for row in counted.union(*others, all=True)}
    return MonthCompleteness(
        first,
        total=sum(row["total"] for row in found.values()),
        purchases=found["purchase"]["total"] if "purchase" in found else 0,
        incomplete={kind: row["lacking"] for kind, row in found.items() if row["lacking"]},
    )


def _counted(operator: Operator, kind: Kind, first: date) -> Any:
    day = ledger.DAY[kind]
    between = {f"{day}__gte": first, f"{day}__lt": next_month(first)}
    rows: Any = ledger.MODELS[kind].objects  # type: ignore[attr-defined]
    named = rows.current().filter(operator=operator, **between).values(kind=Value(kind))
    return named.annotate(total=Count("pk"), lacking=Count("pk", filter=~Q(missing=[]))).order_by()
