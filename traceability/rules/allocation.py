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
    @property
    def is_packed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one batch."""

    batch_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is there and may not be sold that day, for one reason in words."""

    why: str
    batches: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """``short`` is what no batch covers."""

    parts: tuple[Part, ...]
    short: Decimal
    skipped: tuple[Skipped, ...]

    @property
    def is_explained(self) -> bool:
        """Whether what was skipped would have covered what is short."""
        return self.short <= sum((each.quantity for each in self.skipped), ZERO)


def allocate(quantity: Decimal, lots: Sequence[Lot], *, on: date) -> Allocation:
    """The quantity shared out over the batches, first expired first out.

    Of goods that expire together what lies loose goes before what is boxed: a box stays whole.
    Frozen, recalled, failed and expired batches are skipped, and those that came in later.
    """
    held = [lot for lot in lots if lot.on_hand > ZERO]
    open_ = [lot for lot in held if not _why_not(lot, on)]
    parts, left = [], quantity
    for lot in sorted(open_, key=_goes_first):
        if left <= ZERO:
            break
        taken = min(left, lot.on_hand)
        parts.append(Part(lot.batch_id, taken))
        left -= taken
    return Allocation(tuple(parts), max(left, ZERO), _skipped(held, on))


def _skipped(held: Sequence[Lot], on: date) -> tuple[Skipped, ...]:
    by_reason: dict[str, list[Decimal]] = {}
    for lot in held:
        if why := _why_not(lot, on):
            by_reason.setdefault(why, []).append(lot.on_hand)
    return tuple(
        Skipped(why, len(amounts), sum(amounts, ZERO)) for why, amounts in by_reason.items()
    )


def _why_not(lot: Lot, on: date) -> str:
    """Why nothing of the batch may be sold that day; empty when it may."""
    if lot.stop is not None:
        return f"已{lot.stop.word}"
    if lot.expires_on is not None and lot.expires_on < on:
        return "已过保质期"
    if not lot.may_be_sold:
        return "还没有出厂检验合格"
    return "入库比销售日期晚" if lot.received_on > on else ""


def _goes_first(lot: Lot) -> tuple[date, bool, date, int]:
    return lot.expires_on or date.max, lot.is_packed, lot.received_on, lot.batch_id
