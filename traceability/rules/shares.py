"""How what went into a run is shared over what came out of it, to the last thousandth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NONE = Decimal(0)
THOUSANDTH = Decimal("0.001")
# Grams and millilitres in a unit of trade. 斤 and 两 are the market's: half a kilogram, 50 grams.
GRAMS = {
    "吨": Decimal(1_000_000),
    "千克": Decimal(1_000),
    "公斤": Decimal(1_000),
    "斤": Decimal(500),
    "两": Decimal(50),
    "克": Decimal(1),
    "毫克": THOUSANDTH,
}
MILLILITRES = {"升": Decimal(1_000), "毫升": Decimal(1)}


class SharedBy(StrEnum):
    """By what the shares were measured; ``label`` is what the user is told."""

    label: str

    def __new__(cls, value: str, label: str) -> SharedBy:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    QUANTITY = "quantity", "按各产出的数量占比分摊"
    MEASURE = "measure", "各产出换算成同一单位后，按占比分摊"
    EQUALLY = "equally", "各产出的单位不能换算，平均分摊"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity in a unit."""

    quantity: Decimal
    unit: str


def in_one_measure(amounts: Sequence[Amount]) -> list[Decimal] | None:
    """The amounts in grams or millilitres, or None when some cannot be put so."""
    for table in (GRAMS, MILLILITRES):
        if all(amount.unit in table for amount in amounts):
            return [amount.quantity * table[amount.unit] for amount in amounts]
    return None


def weights_of(outputs: Sequence[Amount]) -> tuple[list[Decimal], SharedBy]:
    """How much of every input each output bears, and by what that was measured."""
    if len({output.unit for output in outputs}) <= 1:
        return [output.quantity for output in outputs], SharedBy.QUANTITY
    measured = in_one_measure(outputs)
    if measured is not None:
        return measured, SharedBy.MEASURE
    return [Decimal(1)] * len(outputs), SharedBy.EQUALLY


def share(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The total in parts that add up to it exactly, in thousandths, by the largest remainder.

    Of equal remainders the earlier one gets the thousandth. The weights are positive.
    """
    whole = int(total / THOUSANDTH)
    # Weights have three decimals at most: in whole numbers the shares are exact.
    scaled = [int(weight * 1_000_000) for weight in weights]
    every = sum(scaled)
    parts = [divmod(whole * weight, every) for weight in scaled]
    left = whole - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    extra = set(order[:left])
    return [Decimal(part + (place in extra)) * THOUSANDTH for place, (part, _) in enumerate(parts)]
