"""Which duties an operator has, and so which pages its home offers."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.models import Operator, Sector


@dataclass(frozen=True, slots=True)
class Shows:
    """``sales``: it sells on to others than consumers; the others follow from its link."""

    sales: bool
    production: bool
    inspections: bool
    harvests: bool

    @property
    def makes_or_grows(self) -> bool:
        return self.production or self.harvests


def shows_for(operator: Operator) -> Shows:
    """Source: domain.md section 1.3."""
    makes = operator.sector in (Sector.PRODUCTION, Sector.SPECIAL)
    grows = operator.sector == Sector.FARM
    cooks_for_others = bool(operator.catering_class)
    return Shows(
        sales=makes or grows or operator.is_wholesale or cooks_for_others,
        production=makes or cooks_for_others,
        inspections=makes,
        harvests=grows,
    )
