"""Which made goods need a passed factory inspection before they may be sold, and since when.

Source: Food Safety Law articles 51 and 52 (a producer checks before goods leave); 小作坊 are not
enterprises and are left out by domain.md section 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class InspectionGate:
    """``goods_class`` empty means every class without a line of its own."""

    goods_class: str
    is_required: bool
    effective_from: date
    effective_to: date | None = None
    legal_basis: str = "《食品安全法》第五十一条、第五十二条"

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


GATES = (InspectionGate("", True, date(2015, 10, 1)),)


def needs_inspection(
    goods_class: str, *, is_enterprise: bool, on: date, gates: tuple[InspectionGate, ...] = GATES
) -> bool:
    """Whether a batch of this class may leave its maker only after it passed."""
    if not is_enterprise:
        return False
    in_force = {gate.goods_class: gate.is_required for gate in gates if gate.is_in_force(on)}
    return in_force.get(goods_class, in_force.get("", False))
