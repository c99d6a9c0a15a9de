"""When goods are near the end of their shelf life (临期), as reviewed and dated data.

Source: Anti-Food-Waste Law article 12 (near-expiry goods are kept apart and marked). No law names
the days; the tiers are those that shops commonly use, and never more than a share of the shelf life.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

DATA = Path(__file__).parent.parent / "data" / "shelf_life_warnings.json"
Freshness = Literal["", "near", "expired"]


@dataclass(frozen=True, slots=True)
class WarningTier:
    """Goods that keep ``from_days`` or longer are near their end ``before_days`` before it.

    Never earlier than in the last of ``one_part_in`` equal parts of the shelf life.
    """

    from_days: int
    before_days: int
    one_part_in: int
    effective_from: date
    effective_to: date | None
    legal_basis: str
    reviewed_on: date

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@cache
def reviewed_tiers() -> tuple[WarningTier, ...]:
    """The tiers as they were reviewed, the longest shelf life first."""
    rows = [_tier(row) for row in json.loads(DATA.read_text(encoding="utf-8"))]
    return tuple(sorted(rows, key=lambda tier: -tier.from_days))


def _tier(row: dict[str, str | int | None]) -> WarningTier:
    until = row["effective_to"]
    return WarningTier(
        from_days=int(row["from_days"] or 0),
        before_days=int(row["before_days"] or 0),
        one_part_in=int(row["one_part_in"] or 1),
        effective_from=date.fromisoformat(str(row["effective_from"])),
        effective_to=date.fromisoformat(str(until)) if until else None,
        legal_basis=str(row["legal_basis"]),
        reviewed_on=date.fromisoformat(str(row["reviewed_on"])),
    )


def tiers_on(day: date) -> tuple[WarningTier, ...]:
    """The tiers in force on the day, the longest shelf life first."""
    return tuple(tier for tier in reviewed_tiers() if tier.is_in_force(day))


def warned_days(shelf_days: int, tiers: Sequence[WarningTier]) -> int:
    """How many days before its last day such goods are near their end. Units: days."""
    for tier in tiers:
        if shelf_days >= tier.from_days:
            return min(tier.before_days, shelf_days // tier.one_part_in)
    return 0


def longest_warning(tiers: Sequence[WarningTier]) -> int:
    """No goods are near their end earlier than this. Units: days."""
    return max((tier.before_days for tier in tiers), default=0)


def freshness(begins_on: date, expires_on: date | None, *, today: date) -> Freshness:
    """Whether the goods are past their last day or near it; ``begins_on`` is when they were made."""
    if expires_on is None:
        return ""
    if expires_on < today:
        return "expired"
    warned = warned_days((expires_on - begins_on).days, tiers_on(today))
    return "near" if (expires_on - today).days <= warned else ""


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of the days that are known."""
    return min((day for day in days if day is not None), default=None)
