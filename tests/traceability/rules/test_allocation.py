"""First expired, first out: which batches a sale is taken from, and which are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from traceability.rules.allocation import Skipped, allocate
from traceability.rules.holds import Stop

TODAY = date(2026, 11, 10)


@dataclass(frozen=True)
class Lot:
    batch_id: int
    on_hand: Decimal = Decimal(10)
    received_on: date = TODAY
    expires_on: date | None = TODAY + timedelta(days=30)
    may_be_sold: bool = True
    stop: Stop | None = None
    is_packed: bool = False


def shared(quantity: int, *lots: Lot) -> list[tuple[int, int]]:
    found = allocate(Decimal(quantity), lots, on=TODAY)
    return [(part.batch_id, int(part.quantity)) for part in found.parts]


def test_what_expires_first_goes_first_and_what_never_expires_last() -> None:
    never = Lot(1, expires_on=None)
    late, soon = Lot(2, expires_on=TODAY + timedelta(days=9)), Lot(3, expires_on=TODAY)

    assert shared(25, never, late, soon) == [(3, 10), (2, 10), (1, 5)]


def test_of_two_that_expire_together_the_older_goes_first() -> None:
    newer, older = Lot(1), Lot(2, received_on=TODAY - timedelta(days=1))

    assert shared(12, newer, older) == [(2, 10), (1, 2)]


@pytest.mark.parametrize(
    ("shut", "why"),
    [
        (Lot(1, stop=Stop(TODAY, is_recall=False)), "已冻结"),
        (Lot(1, stop=Stop(TODAY, is_recall=True)), "已召回"),
        (Lot(1, may_be_sold=False), "还没有出厂检验合格"),
        (Lot(1, expires_on=TODAY - timedelta(days=1)), "已过保质期"),
        (Lot(1, received_on=TODAY + timedelta(days=1)), "入库比销售日期晚"),
    ],
)
def test_what_may_not_be_sold_is_skipped_and_told(shut: Lot, why: str) -> None:
    found = allocate(Decimal(12), [shut, Lot(2)], on=TODAY)

    assert [part.batch_id for part in found.parts] == [2]
    assert (found.short, found.skipped) == (Decimal(2), (Skipped(why, 1, Decimal(10)),))
    assert found.is_explained


def test_a_shortage_is_explained_only_by_as_much_as_was_skipped() -> None:
    shut = Lot(1, on_hand=Decimal(2), stop=Stop(TODAY, is_recall=False))

    assert allocate(Decimal(12), [shut, Lot(2)], on=TODAY).is_explained
    assert not allocate(Decimal(13), [shut, Lot(2)], on=TODAY).is_explained


def test_a_box_stays_whole_while_the_same_goods_lie_loose() -> None:
    box, loose = Lot(1, received_on=TODAY - timedelta(days=1), is_packed=True), Lot(2)
    sooner = Lot(3, expires_on=TODAY, is_packed=True)

    assert shared(21, box, loose, sooner) == [(3, 10), (2, 10), (1, 1)]


@pytest.mark.parametrize("on_hand", [Decimal(0), Decimal(-3)])
def test_a_batch_without_anything_left_gives_nothing(on_hand: Decimal) -> None:
    found = allocate(Decimal(1), [Lot(1, on_hand=on_hand)], on=TODAY)

    assert (found.parts, found.short, found.skipped) == ((), Decimal(1), ())


AMOUNTS = some.decimals(min_value=Decimal("0.001"), max_value=1_000, places=3)


@given(AMOUNTS, some.lists(some.tuples(AMOUNTS, some.integers(-3, 9)), max_size=8))
def test_parts_and_shortage_are_the_quantity_and_no_batch_gives_more_than_it_has(
    quantity: Decimal, drawn: list[tuple[Decimal, int]]
) -> None:
    lots = [
        Lot(number, on_hand=held, expires_on=TODAY + timedelta(days=days))
        for number, (held, days) in enumerate(drawn)
    ]

    found = allocate(quantity, lots, on=TODAY)

    assert sum(part.quantity for part in found.parts) + found.short == quantity
    assert all(0 < part.quantity <= lots[part.batch_id].on_hand for part in found.parts)
    last_days = [lots[part.batch_id].expires_on for part in found.parts]
    assert last_days == sorted(last_days)
