"""Why a chain stops at a batch, as far as its own papers tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class DeadEnd(StrEnum):
    """``label`` is what an officer reads."""

    label: str

    def __new__(cls, value: str, label: str) -> DeadEnd:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    # Downstream.
    UNCONFIRMED = "unconfirmed", "购货者还没有确认收货"
    REFUSED = "refused", "购货者拒收，货退回本处"
    OUTSIDE_PROVINCE = "outside_province", "去向或来源在省外"
    UNREGISTERED = "unregistered", "往来单位没有在平台注册"
    DESTROYED = "destroyed", "已销毁"
    SENT_BACK = "sent_back", "已退货给供货者"
    LOST = "lost", "已报损"
    CONSUMERS = "consumers", "零售或供餐给消费者，无须逐笔登记去向"
    IN_STOCK = "in_stock", "没有销售记录，可能仍在库"
    NO_SALE = "no_sale", "久无销售记录，去向不明"
    # Upstream.
    GROWN = "grown", "在这里种植养殖，是源头"
    NO_INPUTS = "no_inputs", "生产没有登记投料"
    NO_PURCHASE = "no_purchase", "没有进货记录"
    NOT_SOLD_HERE = "not_sold_here", "供货者已注册，但没有对应的销售记录"

    @property
    def is_suspicious(self) -> bool:
        """Whether somebody should have written more than they did."""
        return self in _SUSPICIOUS


_SUSPICIOUS = frozenset(
    {DeadEnd.NO_SALE, DeadEnd.NO_INPUTS, DeadEnd.NO_PURCHASE, DeadEnd.NOT_SOLD_HERE}
)
# Food that a maker or wholesaler still holds after a month should show at least one sale.
STOCK_DAYS = 30
# What somebody made, split or boxed, or took back, came out of something.
HANDLED = frozenset({"made", "repacked", "packed", "returned"})
WITH_CONSUMERS = frozenset({"catering", "circulation", "special"})


@dataclass(frozen=True, slots=True)
class Holder:
    """The link of the chain at which the batch's holder works."""

    sector: str
    is_wholesale: bool


@dataclass(frozen=True, slots=True)
class Sold:
    """To whom a batch was sold, of the sales that hold. None of them led to a buyer's batch."""

    waiting: bool = False
    refused: bool = False
    outside_province: bool = False
    unregistered: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """How much of a batch was destroyed, sent back or lost, by the records that hold."""

    destroyed: Decimal = Decimal(0)
    sent_back: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    def took_all(self, quantity: Decimal) -> bool:
        return 0 < quantity <= self.destroyed + self.sent_back + self.lost


NOTHING_MOVED = Moved()


@dataclass(frozen=True, slots=True)
class Bought:
    """From whom a batch came, by its purchase record."""

    outside_province: bool = False
    registered: bool = False


def downward(
    holder: Holder,
    sold: Sold,
    *,
    quantity: Decimal,
    received_on: date,
    expires_on: date | None,
    today: date,
    moved: Moved = NOTHING_MOVED,
) -> DeadEnd:
    """Why nothing is known of where the batch went.

    What was destroyed, sent back or lost explains the end only when nothing is left to explain.
    """
    is_all_gone = moved.took_all(quantity)
    for happened, end in (
        (sold.waiting, DeadEnd.UNCONFIRMED),
        (sold.outside_province, DeadEnd.OUTSIDE_PROVINCE),
        (sold.unregistered, DeadEnd.UNREGISTERED),
        (sold.refused, DeadEnd.REFUSED),
        (is_all_gone and moved.destroyed > 0, DeadEnd.DESTROYED),
        (is_all_gone and moved.sent_back > 0, DeadEnd.SENT_BACK),
        (is_all_gone, DeadEnd.LOST),
        (holder.sector in WITH_CONSUMERS and not holder.is_wholesale, DeadEnd.CONSUMERS),
    ):
        if happened:
            return end
    is_fresh = today <= received_on + timedelta(days=STOCK_DAYS)
    is_good = expires_on is None or today <= expires_on
    return DeadEnd.IN_STOCK if is_fresh and is_good else DeadEnd.NO_SALE


def upward(origin_kind: str, bought: Bought | None) -> DeadEnd:
    """Why nothing is known of where the batch came from; ``bought`` is None without a purchase."""
    if origin_kind == "grown":
        return DeadEnd.GROWN
    if origin_kind in HANDLED:
        return DeadEnd.NO_INPUTS
    if bought is None:
        return DeadEnd.NO_PURCHASE
    if bought.registered:
        return DeadEnd.NOT_SOLD_HERE
    return DeadEnd.OUTSIDE_PROVINCE if bought.outside_province else DeadEnd.UNREGISTERED
