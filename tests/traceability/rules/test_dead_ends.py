from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.models import Sector
from traceability.rules import dead_ends
from traceability.rules.dead_ends import (
    NOTHING_MOVED,
    Bought,
    DeadEnd,
    Holder,
    Moved,
    Sold,
)

TODAY = date(2026, 11, 10)
MAKER, WHOLESALER = Holder("production", False), Holder("circulation", True)
SHOP, CANTEEN = Holder("circulation", False), Holder("catering", False)
NOTHING = Sold()


def end(holder, sold, *, received_on=TODAY, expires_on=None, moved=NOTHING_MOVED):
    return dead_ends.downward(
        holder,
        sold,
        quantity=Decimal(10),
        received_on=received_on,
        expires_on=expires_on,
        today=TODAY,
        moved=moved,
    )


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (Moved(destroyed=Decimal(10)), DeadEnd.DESTROYED),
        (Moved(sent_back=Decimal(10)), DeadEnd.SENT_BACK),
        (Moved(lost=Decimal(11)), DeadEnd.LOST),
        (Moved(Decimal(2), Decimal(3), Decimal(5)), DeadEnd.DESTROYED),
        (Moved(Decimal(2), Decimal(3), Decimal("4.999")), DeadEnd.IN_STOCK),
    ],
)
def test_what_left_otherwise_explains_the_end_when_nothing_is_left(moved, expected):
    assert end(MAKER, NOTHING, moved=moved) == expected
    assert end(MAKER, replace(NOTHING, waiting=True), moved=moved) == DeadEnd.UNCONFIRMED
    assert not expected.is_suspicious


@pytest.mark.parametrize(
    ("holder", "sold", "expected"),
    [
        (MAKER, replace(NOTHING, waiting=True), DeadEnd.UNCONFIRMED),
        (MAKER, replace(NOTHING, refused=True), DeadEnd.REFUSED),
        (MAKER, replace(NOTHING, outside_province=True), DeadEnd.OUTSIDE_PROVINCE),
        (MAKER, replace(NOTHING, unregistered=True), DeadEnd.UNREGISTERED),
        (MAKER, replace(NOTHING, waiting=True, outside_province=True), DeadEnd.UNCONFIRMED),
        (SHOP, replace(NOTHING, unregistered=True), DeadEnd.UNREGISTERED),
        (SHOP, NOTHING, DeadEnd.CONSUMERS),
        (CANTEEN, NOTHING, DeadEnd.CONSUMERS),
        (MAKER, NOTHING, DeadEnd.IN_STOCK),
        (WHOLESALER, NOTHING, DeadEnd.IN_STOCK),
    ],
)
def test_the_first_reason_that_holds_is_told(holder, sold, expected):
    assert end(holder, sold) == expected


@pytest.mark.parametrize(("age", "expected"), [(30, DeadEnd.IN_STOCK), (31, DeadEnd.NO_SALE)])
def test_a_wholesaler_who_sold_nothing_for_a_month_is_suspicious(age, expected):
    found = end(WHOLESALER, NOTHING, received_on=TODAY - timedelta(days=age))

    assert found == expected
    assert found.is_suspicious == (age == 31)


@pytest.mark.parametrize(("left", "expected"), [(0, DeadEnd.IN_STOCK), (-1, DeadEnd.NO_SALE)])
def test_goods_past_their_date_are_no_stock(left, expected):
    assert end(MAKER, NOTHING, expires_on=TODAY + timedelta(days=left)) == expected


@pytest.mark.parametrize(
    ("origin_kind", "bought", "expected"),
    [
        ("grown", None, DeadEnd.GROWN),
        ("made", None, DeadEnd.NO_INPUTS),
        ("purchased", None, DeadEnd.NO_PURCHASE),
        ("purchased", Bought(registered=True), DeadEnd.NOT_SOLD_HERE),
        ("purchased", Bought(outside_province=True), DeadEnd.OUTSIDE_PROVINCE),
        ("purchased", Bought(), DeadEnd.UNREGISTERED),
    ],
)
def test_upwards_the_purchase_tells(origin_kind, bought, expected):
    assert dead_ends.upward(origin_kind, bought) == expected


def test_every_end_is_told_in_words():
    assert all(end.label for end in DeadEnd)


def test_the_links_of_the_chain_are_those_of_the_operators():
    assert set(Sector.values) >= dead_ends.WITH_CONSUMERS
