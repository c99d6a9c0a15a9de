"""What an indicator is, and the one function that turns its counts into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# One tally column: its name in DivisionMonth, and how it is counted from OperatorMonth rows.
TALLIES: dict[str, str] = {
    "operator_count": "count(*) FILTER (WHERE in_scope)",
    "registered_count": "count(*) FILTER (WHERE in_scope AND activated)",
    "obliged_count": "count(*) FILTER (WHERE in_scope AND obliged)",
    "active_count": "count(*) FILTER (WHERE in_scope AND obliged AND active)",
    "quiet_count": "count(*) FILTER (WHERE in_scope AND obliged AND quiet)",
    "ten_three_count": "count(*) FILTER (WHERE in_scope AND ten_plus_three)",
    "covered_count": "count(*) FILTER (WHERE in_scope AND ten_plus_three AND covered)",
    "system_count": "coalesce(sum(system_count) FILTER (WHERE in_scope), 0)",
    "system_met_count": "coalesce(sum(system_met_count) FILTER (WHERE in_scope), 0)",
    "purchase_count": "coalesce(sum(purchase_count) FILTER (WHERE in_scope), 0)",
    "sale_count": "coalesce(sum(sale_count) FILTER (WHERE in_scope), 0)",
    "inspection_count": "coalesce(sum(inspection_count) FILTER (WHERE in_scope), 0)",
    "record_count": (
        "coalesce(sum(purchase_count + sale_count + inspection_count) FILTER (WHERE in_scope), 0)"
    ),
    "valid_count": "coalesce(sum(valid_count) FILTER (WHERE in_scope), 0)",
    "timely_count": (
        "coalesce(sum(purchase_count + sale_count + inspection_count - late_count)"
        " FILTER (WHERE in_scope), 0)"
    ),
    "complete_count": (
        "coalesce(sum(purchase_count + sale_count + inspection_count - incomplete_count)"
        " FILTER (WHERE in_scope), 0)"
    ),
    "matchable_count": "coalesce(sum(matchable_count) FILTER (WHERE in_scope), 0)",
    "unmatched_count": "coalesce(sum(unmatched_count) FILTER (WHERE in_scope), 0)",
    "closed_count": "count(*) FILTER (WHERE standing = 1)",
    "suspended_count": "count(*) FILTER (WHERE standing = 2)",
    "unreachable_count": "count(*) FILTER (WHERE standing = 3)",
}
EXCLUDED = ("closed_count", "suspended_count", "unreachable_count")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declared indicator; ``numerator`` and ``denominator`` name columns of DivisionMonth.

    ``higher_is_better`` says which way a change is good. Ranked indicators have targets.
    """

    code: str
    name: str
    numerator: str
    denominator: str
    numerator_name: str
    denominator_name: str
    formula: str
    source: str
    reviewed_on: date
    unit: str = "%"
    higher_is_better: bool = True
    is_ranked: bool = True

    def rate(self, counts: Mapping[str, int]) -> Decimal | None:
        """Numerator over denominator, 0 to 1; None ("—") when there is nothing to divide by."""
        return ratio(counts[self.numerator], counts[self.denominator])


def ratio(numerator: int, denominator: int) -> Decimal | None:
    return Decimal(numerator) / Decimal(denominator) if denominator else None


def no_counts() -> dict[str, int]:
    return dict.fromkeys(TALLIES, 0)


def add(*many: Mapping[str, int]) -> dict[str, int]:
    """Σ of several divisions' or links' counts."""
    return {column: sum(counts[column] for counts in many) for column in TALLIES}


def excluded(counts: Mapping[str, int]) -> int:
    """How many operators were left out of the denominators, for whatever reason."""
    return sum(counts[column] for column in EXCLUDED)


def select_tallies(where: str) -> str:
    """SQL that counts OperatorMonth rows into one row per leaf division, month and link.

    ``where`` filters the rows; its parameters are the caller's.
    """
    columns = ", ".join(f"{expression}::int AS {name}" for name, expression in TALLIES.items())
    return (
        f"SELECT division_id, month, sector, max(county_id) AS county_id, {columns}"
        f" FROM supervision_operatormonth WHERE {where} GROUP BY division_id, month, sector"
    )
