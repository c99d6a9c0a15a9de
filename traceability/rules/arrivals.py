"""Which purchase of an uploaded ledger is the arrival of goods that a registered seller announced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shilian.text import normalise

# Goods sold in the evening are often entered on the next days.
DAYS_APART = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Announced:
    """Goods that wait for the buyer's answer, as the seller's paper describes them."""

    incoming_id: int
    seller_operator_id: int
    name: str
    specification: str
    gtin: str
    batch_number: str
    produced_on: date | None
    quantity: Decimal
    unit: str
    sold_on: date


@dataclass(frozen=True, slots=True)
class Delivered:
    """Goods received from a registered seller, as the buyer's ledger describes them."""

    name: str
    specification: str
    gtin: str
    batch_number: str
    produced_on: date | None
    quantity: Decimal
    unit: str
    purchased_on: date


def best_match(delivered: Delivered, announced: Iterable[Announced]) -> Announced | None:
    """The announced goods that these are: product, quantity, batch and a day close by.

    What one side leaves out does not tell them apart; of several the nearest day counts.
    """
    found = [goods for goods in announced if _is_same(delivered, goods)]
    return min(
        found,
        key=lambda goods: (abs(goods.sold_on - delivered.purchased_on), goods.incoming_id),
        default=None,
    )


def _is_same(delivered: Delivered, announced: Announced) -> bool:
    return (
        delivered.quantity == announced.quantity
        and delivered.unit == announced.unit
        and abs(announced.sold_on - delivered.purchased_on) <= DAYS_APART
        and _is_same_product(delivered, announced)
        and _agree(delivered.batch_number, announced.batch_number)
        and _agree(delivered.produced_on, announced.produced_on)
    )


def _is_same_product(delivered: Delivered, announced: Announced) -> bool:
    if delivered.gtin and announced.gtin:
        return delivered.gtin == announced.gtin
    same_name = normalise(delivered.name) == normalise(announced.name)
    return same_name and _agree(delivered.specification, announced.specification)


def _agree(one: object, other: object) -> bool:
    return not one or not other or one == other
