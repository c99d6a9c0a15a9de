"""Which batches a sale without a named batch is taken from: what expires first goes first.

Source: Food Safety Law article 54 (stock is checked and cleared of what is past its shelf life).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from traceability.rules.holds import Stop

ZERO = Decimal(0)


class Lot(Protocol):
    """One batch of the product and what is left of it."""

    @property
    def batch_id(self) -> int: ...
    @property
    def on_hand(self) -> Decimal: ...
    @property
    def received_on(self) -> date: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def may_be_sold(self) -> bool: ...
    @property
    def stop(self) -> Stop | None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one batch."""

    batch_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """``short`` is what no batch covers; ``skipped`` counts batches that may not be sold that day."""

    parts: tuple[Part, ...]
    short: Decimal
    skipped: int


def allocate(quantity: Decimal, lots: Sequence[Lot], *, on: date) -> Allocation:
    """The quantity shared out over the batches, first expired first out.

    Frozen, recalled, failed and expired batches are skipped, and those that came in later.
    """
    held = [lot for lot in lots if lot.on_hand > ZERO]
    open_ = [lot for lot in held if _may_go(lot, on)]
    parts, left = [], quantity
    for lot in sorted(open_, key=_goes_first):
        if left <= ZERO:
            break
        taken = min(left, lot.on_hand)
        parts.append(Part(lot.batch_id, taken))
        left -= taken
    return Allocation(tuple(parts), max(left, ZERO), len(held) - len(open_))


def _may_go(lot: Lot, on: date) -> bool:
    is_good = lot.expires_on is None or lot.expires_on >= on
    return is_good and lot.received_on <= on and lot.may_be_sold and lot.stop is None


def _goes_first(lot: Lot) -> tuple[date, date, int]:
    return lot.expires_on or date.max, lot.received_on, lot.batch_id
