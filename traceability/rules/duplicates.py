"""Whether two records that came by different channels or systems tell of the same goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Channels by which no real record comes.
LEFT_OUT = ("system", "demo")
# How much of its base unit one of each is; what is not here is its own base.
BASE: dict[str, tuple[str, Decimal]] = {
    "吨": ("公斤", Decimal(1000)),
    "公斤": ("公斤", Decimal(1)),
    "千克": ("公斤", Decimal(1)),
    "斤": ("公斤", Decimal("0.5")),
    "两": ("公斤", Decimal("0.05")),
    "克": ("公斤", Decimal("0.001")),
    "升": ("升", Decimal(1)),
    "毫升": ("升", Decimal("0.001")),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What one record tells, as far as it matters here; ``system_id`` is None where nobody knows."""

    channel: str
    product_id: int
    partner_id: int | None
    happened_on: date
    quantity: Decimal
    unit: str
    system_id: int | None = None


def is_suspect(one: Told, other: Told) -> bool:
    """Two senders tell the same product, partner, day and amount, whatever the unit.

    Voucher and batch numbers are not asked: each sender writes its own. Records of one sender are
    never suspected here: when they are taken in, its own numbers tell them apart.
    Source: launch speech, part 4 (3), 使用其中一个即可: records from any of them count once.
    """
    return (
        are_apart(one, other)
        and one.channel not in LEFT_OUT
        and other.channel not in LEFT_OUT
        and one.partner_id is not None
        and one.partner_id == other.partner_id
        and one.product_id == other.product_id
        and one.happened_on == other.happened_on
        and amount(one) == amount(other)
    )


def are_apart(one: Told, other: Told) -> bool:
    """Whether different channels told it, or two systems that are both known."""
    if one.channel != other.channel:
        return True
    return None not in (one.system_id, other.system_id) and one.system_id != other.system_id


def amount(told: Told) -> tuple[str, Decimal]:
    """The base unit and how much of it: 20 斤 are 10 公斤."""
    unit, factor = BASE.get(told.unit, (told.unit, Decimal(1)))
    return unit, told.quantity * factor
