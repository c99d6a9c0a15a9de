"""What happened to some goods of the demonstration: a batch that went far, a failure, a return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from supervision.demonstration import catalogue as goods
from supervision.demonstration.shops import Deal, Shop, line_of
from supervision.demonstration.windows import FULL_MONTHS, Window
from traceability.models import Batch
from traceability.queries.stock import StockLine

# Batches whose number begins so go from one oil mill to every wholesaler and shop of its market.
STAR = "YZ"
STAR_FACTOR = 10
BROUGHT_BACK = Decimal(1)
# The last stretch of the full months, and the one after it.
GREAT, COMPLAINT = 2 * FULL_MONTHS - 2, 2 * FULL_MONTHS - 1


def star_among(makers: Iterable[Shop]) -> Shop | None:
    """The oil mill, of a county that joined early, whose oil goes everywhere."""
    mills = [
        maker
        for maker in makers
        if maker.plan.recipe is not None and maker.plan.recipe.output == goods.PEANUT_OIL
    ]
    return min(mills, key=lambda mill: (mill.plan.joins_in, mill.plan.county.code), default=None)


def is_great(window: Window) -> bool:
    """Whether the great batch is made now: in the second stretch of the last full month."""
    return window.number == GREAT


def is_complaint(window: Window) -> bool:
    """Whether a later test of the great batch fails now."""
    return window.number == COMPLAINT


def crop_factor(star: Shop | None, maker: Shop, window: Window) -> int:
    return STAR_FACTOR if maker is star and is_great(window) else 1


def prefix_of(star: Shop | None, maker: Shop, window: Window) -> str:
    return STAR if maker is star and is_great(window) else ""


def is_star(line: StockLine) -> bool:
    return line.batch_number.startswith(STAR)


def spread(lines: Sequence[StockLine], maker: Shop, hubs: Sequence[Shop]) -> list[Deal]:
    """The great batches in equal parts to the wholesalers of all cities; nothing of others."""
    if not lines or not is_star(lines[0]):
        return []
    return to_everybody(lines, hubs)


def to_everybody(lines: Sequence[StockLine], buyers: Sequence[Shop]) -> list[Deal]:
    """An equal part of every line for every buyer."""
    return [
        (line, buyer, part)
        for line in lines
        for buyer in buyers
        if (part := line.on_hand // (len(buyers) + 1)) > 0
    ]


def fail_star(star: Shop, window: Window) -> None:
    """A sample kept of the first great batch fails a later test, so it must come back."""
    batches = Batch.objects.filter(operator=star.operator, batch_number__startswith=STAR)
    first = batches.order_by("pk").first()
    if first is not None:
        line = line_of(first)
        star.inspect(
            [line],
            window.late(10),
            failed=[line],
            items="酸价、过氧化值（留样复检）",
            on=window.last,
        )


def fails_inspection(maker: Shop, window: Window) -> bool:
    """Sausages of town do not pass in the newest month: that batch never leaves the factory."""
    recipe = maker.plan.recipe
    return (
        window.month_number == FULL_MONTHS
        and recipe is not None
        and recipe.output == goods.SAUSAGE
        and maker.plan.is_in_town
    )


def bring_back(
    shop: Shop, arrived: Sequence[StockLine], wholesalers: Sequence[Shop], window: Window
) -> bool:
    """One unit of the first packaged goods goes back where it came from; whether there was any."""
    packaged = [line for line in arrived if line.unit != "千克" and line.on_hand > BROUGHT_BACK]
    deals = [
        (line, seller, BROUGHT_BACK) for line, seller in zip(packaged, wholesalers, strict=False)
    ]
    shop.sell(deals, [window.last], shop.moment(window.late(22)), voucher="TH")
    return bool(deals)
