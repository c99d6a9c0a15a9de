"""The facts of goods, partners and papers that the rules of records look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from shilian.clock import add_months
from traceability.rules import exemptions


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """One product of the operator; ``shelf_life`` is as printed, empty when none is stated."""

    id: int
    name: str
    specification: str
    unit: str
    category: str = ""
    goods_class: str = ""
    is_farm_produce: bool = False
    is_imported: bool = False
    is_own_made: bool = False
    shelf_life: str = ""
    shelf_life_value: int | None = None
    shelf_life_unit: str = ""
    origin: str = ""
    maker_name: str = ""
    maker_operator_id: int | None = None

    def __hash__(self) -> int:
        # Uploads remember by it for every row what follows from the goods.
        return hash(self.id)

    def expires_on(self, produced_on: date | None) -> date | None:
        if produced_on is None or not self.shelf_life_value:
            return None
        return end_of_shelf_life(produced_on, self.shelf_life_value, self.shelf_life_unit)

    def needs_no_shelf_life(self, on: date) -> bool:
        """Whether none is stated and none has to be, on that day."""
        return not self.shelf_life and exemptions.needs_no_shelf_life(self.category, on=on)


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """A supplier or buyer as the operator's address book has it today."""

    id: int
    name: str
    credit_code: str = ""
    operator_id: int | None = None
    address: str = ""
    contact: str = ""
    licence_valid_until: date | None = None
    is_supplier: bool = True
    is_buyer: bool = True

    def __hash__(self) -> int:
        return hash(self.id)

    def as_on_paper(
        self, *, operator_id: int, name: str, address: str, contact: str
    ) -> PartnerFacts:
        """The same partner with the particulars that it put on its own paper."""
        return replace(self, operator_id=operator_id, name=name, address=address, contact=contact)


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """An evidence document of the operator."""

    id: int
    label: str
    valid_until: date | None = None


# Longer shelf lives are printed on nothing; the figure would run past the calendar.
LONGEST_SHELF_LIFE = {"day": 36_500, "month": 1_200, "year": 100}


@lru_cache(maxsize=8192)
def end_of_shelf_life(produced_on: date, value: int, unit: str) -> date:
    """The last day of the shelf life."""
    if unit == "day":
        return produced_on + timedelta(days=value)
    return add_months(produced_on, value * (12 if unit == "year" else 1))
