"""How what went into a run is shared over what came out of it, to the last thousandth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

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
Dimension = Literal["grams", "millilitres"]

# How many grams or millilitres one unit is; the letters stand in specifications.
MEASURES: dict[str, tuple[Dimension, Decimal]] = {
    **{unit: ("grams", size) for unit, size in GRAMS.items()},
    **{unit: ("millilitres", size) for unit, size in MILLILITRES.items()},
    "g": ("grams", Decimal(1)),
    "kg": ("grams", Decimal(1_000)),
    "ml": ("millilitres", Decimal(1)),
    "l": ("millilitres", Decimal(1_000)),
}
_WORDS = "|".join(sorted(MEASURES, key=len, reverse=True))
# 500克/袋, 5L, 2.5 kg / 桶; several packs in one (24×250毫升) are left alone.
_CONTENT = re.compile(rf"(\d+(?:\.\d+)?)\s*({_WORDS})\s*(?:[/／每]\s*(\S+))?", re.IGNORECASE)
_SEVERAL = re.compile(r"[×xX*＊]\s*\d|\d\s*[×xX*＊]")


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
    """So much of a product, as it was written down; a specification may say what a unit holds."""

    quantity: Decimal
    unit: str
    specification: str = ""
    product_id: int = 0


def measured(amount: Amount) -> tuple[Dimension, Decimal] | None:
    """The amount in grams or millilitres; None when its unit and specification do not tell."""
    unit = MEASURES.get(amount.unit.lower())
    if unit is not None:
        return unit[0], amount.quantity * unit[1]
    content = _CONTENT.fullmatch(amount.specification.strip())
    if content is None or _SEVERAL.search(amount.specification):
        return None
    number, word, pack = content.groups()
    if not Decimal(number) or (pack is not None and pack != amount.unit):
        return None
    dimension, size = MEASURES[word.lower()]
    return dimension, amount.quantity * Decimal(number) * size


def in_one_measure(amounts: Sequence[Amount]) -> list[Decimal] | None:
    """The amounts all in grams or all in millilitres, or None when some cannot be put so."""
    known = [each for each in map(measured, amounts) if each is not None]
    if len(known) < len(amounts) or len({dimension for dimension, _ in known}) > 1:
        return None
    return [size for _, size in known]


def weights_of(outputs: Sequence[Amount]) -> tuple[list[Decimal], SharedBy]:
    """How much of every input each output bears, and by what that was measured."""
    is_one_unit = len({output.unit for output in outputs}) <= 1
    weighed = in_one_measure(outputs)
    # Bags of 25 kg and bags of 5 kg are both bags, and not alike.
    is_alike = len({output.specification for output in outputs}) <= 1
    if is_one_unit and (is_alike or weighed is None):
        return [output.quantity for output in outputs], SharedBy.QUANTITY
    if weighed is not None:
        return weighed, SharedBy.MEASURE
    return [Decimal(1)] * len(outputs), SharedBy.EQUALLY


def share(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The total in parts that add up to it exactly, in thousandths, by the largest remainder.

    Of equal remainders the earlier one gets the thousandth. The weights are positive.
    """
    whole = int(total / THOUSANDTH)
    # A weight may have any number of decimals: only as fractions are the shares exact.
    exact = [Fraction(weight) for weight in weights]
    every = sum(exact)
    parts = [divmod(whole * weight, every) for weight in exact]
    left = whole - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    extra = set(order[:left])
    return [Decimal(part + (place in extra)) * THOUSANDTH for place, (part, _) in enumerate(parts)]
