"""A delivery that another channel has told: the line says so, whichever door it comes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Operator
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import TODAY, make_partner, make_product
from traceability.models import Purchase, Sale
from traceability.operations import intake
from traceability.operations.other_channels import CODE
from traceability.sheets.base import Line, SheetKind, cells_of, find_kind
from traceability.sheets.purchases import PURCHASES
from traceability.sheets.sales import SALES

pytestmark = pytest.mark.django_db
BOUGHT: dict[str, Any] = {
    "purchased_on": TODAY.isoformat(),
    "product_name": "白菜",
    "quantity": "10",
    "unit": "公斤",
    "supplier_name": "泉润粮油店",
}
SOLD: dict[str, Any] = {
    "sold_on": TODAY.isoformat(),
    "product_name": "白菜",
    "quantity": "4",
    "unit": "公斤",
    "buyer_name": "食堂",
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def shop() -> Operator:
    operator = make_operator()
    make_partner(operator, name="泉润粮油店")
    make_partner(operator, name="食堂", is_buyer=True)
    make_product(operator, name="白菜", specification="", unit="公斤")
    return operator


def take(
    kind: SheetKind, operator: Operator, said: dict[str, Any], channel: str, **changes: Any
) -> list[str]:
    """The codes of what the receipt of one line tells."""
    by = replace(owner_of(operator), channel=channel)
    lines = [kind.read(cells_of(said | changes), 1, TODAY)]
    [receipt] = intake.take_in(kind, by=by, operator=operator, lines=lines, at=AT)
    assert receipt.status == intake.Status.RECORDED
    return [problem.code for problem in receipt.problems]


@pytest.mark.parametrize(
    ("channel", "changes", "is_told"),
    [
        ("api", {"voucher_number": "02"}, True),
        ("form", {"voucher_number": "02"}, True),
        ("market", {"voucher_number": "02"}, False),
        ("demo", {"voucher_number": "02"}, False),
        ("api", {"quantity": "11"}, False),
        ("api", {"supplier_name": "别家"}, False),
        ("api", {"product_name": "萝卜"}, False),
        ("api", {"purchased_on": (AT.date().replace(day=1)).isoformat()}, False),
    ],
)
def test_what_another_channel_has_told_is_said_at_once(
    shop: Operator, channel: str, changes: dict[str, Any], is_told: bool
) -> None:
    take(PURCHASES, shop, BOUGHT, "market")

    codes = take(PURCHASES, shop, BOUGHT, channel, **changes)

    assert (CODE in codes) is is_told
    assert Purchase.objects.count() == 2


def test_a_channels_export_speaks_for_its_channel(shop: Operator) -> None:
    take(PURCHASES, shop, BOUGHT, "market")

    codes = take(find_kind("purchases@market"), shop, BOUGHT, "sheet", voucher_number="02")

    assert CODE not in codes


def test_a_sale_is_compared_by_the_product_of_its_batch(shop: Operator) -> None:
    take(PURCHASES, shop, BOUGHT, "market")
    take(SALES, shop, SOLD, "market")

    codes = take(SALES, shop, SOLD, "api", voucher_number="02")

    assert CODE in codes
    assert Sale.objects.count() == 2


def test_another_shops_records_say_nothing(shop: Operator) -> None:
    take(PURCHASES, make_operator(), BOUGHT, "market")

    assert CODE not in take(PURCHASES, shop, BOUGHT, "api")


def lines_of(count: int) -> list[Line]:
    return [
        PURCHASES.read(cells_of(BOUGHT | {"voucher_number": str(number)}), number, TODAY)
        for number in range(1, count + 1)
    ]


def test_one_door_is_not_asked_about_twice(shop: Operator) -> None:
    by = replace(owner_of(shop), channel="api")

    def asked(count: int) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            intake.look_over(PURCHASES, by=by, operator=shop, lines=lines_of(count), at=AT)
        return [query["sql"] for query in seen if "channel" in query["sql"]]

    assert (len(asked(2)), len(asked(40))) == (1, 0)


def test_of_two_doors_the_first_learns_as_well(shop: Operator) -> None:
    take(PURCHASES, shop, BOUGHT, "api")
    assert CODE in take(PURCHASES, shop, BOUGHT, "market", voucher_number="02")

    codes = take(PURCHASES, shop, BOUGHT, "api", voucher_number="03")

    assert CODE in codes


def test_the_sheets_preview_tells_of_it(shop: Operator) -> None:
    take(PURCHASES, shop, BOUGHT, "market")
    lines = lines_of(3)

    judged = intake.look_over(
        PURCHASES, by=replace(owner_of(shop), channel="sheet"), operator=shop, lines=lines, at=AT
    )

    assert [[problem.code for problem in item.problems] for item in judged] == [[CODE]] * 3
    assert {problem.row for item in judged for problem in item.problems} == {1, 2, 3}
