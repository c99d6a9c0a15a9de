"""Which goods may be packed without a stated shelf life, as reviewed and dated data.

Source: GB 7718-2011 section 4.3. GB 7718-2025 replaces it on 2027-03-16: until its own text has been
reviewed the exemptions stay, because asking for what no label says would call lawful records
incomplete; ``review_by`` is the day of that review.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "shelf_life_exemptions.json"


@dataclass(frozen=True, slots=True)
class Exemption:
    """The goods of one reviewed category need no shelf life between two dates."""

    category: str
    goods: str
    effective_from: date
    effective_to: date | None
    legal_basis: str
    review_by: date
    reviewed_on: date

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@cache
def reviewed_exemptions() -> tuple[Exemption, ...]:
    """The exemptions as they were reviewed."""
    return tuple(_exemption(row) for row in json.loads(DATA.read_text(encoding="utf-8")))


def _exemption(row: dict[str, str | None]) -> Exemption:
    until = row["effective_to"]
    return Exemption(
        category=str(row["category"]),
        goods=str(row["goods"]),
        effective_from=date.fromisoformat(str(row["effective_from"])),
        effective_to=date.fromisoformat(until) if until else None,
        legal_basis=str(row["legal_basis"]),
        review_by=date.fromisoformat(str(row["review_by"])),
        reviewed_on=date.fromisoformat(str(row["reviewed_on"])),
    )


def needs_no_shelf_life(
    category: str, *, on: date, rows: Sequence[Exemption] | None = None
) -> bool:
    """Whether goods of the category may say no shelf life on the day.

    The category decides, never the name: what is called 白酒 may hold less than 10 %vol.
    """
    if rows is None:
        return category in _exempt_categories(on)
    return any(each.category == category and each.is_in_force(on) for each in rows)


@lru_cache(maxsize=64)
def _exempt_categories(on: date) -> frozenset[str]:
    """Every row of an upload asks for the same day."""
    return frozenset(each.category for each in reviewed_exemptions() if each.is_in_force(on))
