"""Lines that come many at once, through whichever door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import Forbidden, OutOfScope, actor_for
from enterprises.models import Operator
from enterprises.roles import Role
from shilian.problems import Problem, Rejected
from tests.builders.enterprises import AT, give_role, make_operator, make_person, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_partner,
    make_product,
    make_purchase,
)
from traceability.models import Batch, IncomingDraft, Link, Partner, Product, Purchase
from traceability.operations import import_purchases, intake
from traceability.operations.intake import Receipt, Status
from traceability.sheets.base import Line, cells_of
from traceability.sheets.purchases import PURCHASES, read

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {
    "purchased_on": TODAY.isoformat(),
    "product_name": "特一粉",
    "specification": "25kg/袋",
    "quantity": "10",
    "unit": "袋",
    "supplier_name": "泉润粮油店",
    "voucher_number": "01",
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def line(row_no: int = 1, **changes: Any) -> Line:
    return read(cells_of(SAID | changes), row_no, TODAY)


def take(operator: Operator, *lines: Line, **more: Any) -> list[Receipt]:
    neutral = {"by": owner_of(operator), "operator": operator, "at": AT}
    return intake.take_in(PURCHASES, lines=lines, **(neutral | more))


def statuses(receipts: list[Receipt]) -> list[str]:
    return [receipt.status.value for receipt in receipts]


def codes(receipt: Receipt) -> list[str]:
    return [problem.code for problem in receipt.problems]


def test_one_bad_line_does_not_stop_the_others() -> None:
    operator = make_operator()

    receipts = take(operator, line(1), line(2, quantity="若干"), line(3, voucher_number="03"))

    assert statuses(receipts) == ["recorded", "refused", "recorded"]
    assert codes(receipts[1]) == ["quantity_not_a_number"]
    found = dict(Purchase.objects.values_list("pk", "voucher_number"))
    assert [found[receipts[n].record_id or 0] for n in (0, 2)] == ["01", "03"]


def test_with_atomic_one_bad_line_stops_all() -> None:
    operator = make_operator()

    receipts = take(operator, line(1), line(2, quantity="若干"), atomic=True)

    assert statuses(receipts) == ["refused", "refused"]
    assert [codes(receipt) for receipt in receipts] == [
        ["batch_refused"],
        ["quantity_not_a_number"],
    ]
    assert [receipt.record_id for receipt in receipts] == [None, None]
    assert not Purchase.objects.exists()
    assert not Product.objects.exists()


def test_the_same_lines_again_find_their_records() -> None:
    operator = make_operator()
    lines = [line(1, produced_on="2026-03-01"), line(2, batch_number="L2")]

    first = take(operator, *lines)
    second = take(operator, *lines)

    assert statuses(second) == ["same", "same"]
    assert [r.record_id for r in second] == [r.record_id for r in first]
    assert Purchase.objects.count() == 2


def test_another_batch_of_the_same_goods_is_another_delivery() -> None:
    operator = make_operator()

    take(operator, line(1, batch_number="L1"))
    [receipt] = take(operator, line(1, batch_number="L2"))

    assert receipt.status is Status.RECORDED


def test_a_line_told_twice_is_recorded_once() -> None:
    receipts = take(make_operator(), line(1), line(2))

    assert statuses(receipts) == ["recorded", "same"]
    assert codes(receipts[1]) == ["row_repeated"]
    assert Purchase.objects.count() == 1


def test_a_line_nobody_can_store_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = make_operator()
    real = import_purchases.purchase_uploads.record_uploaded

    def stumbling(**given: Any) -> Any:
        if any(draft.voucher_number == "05" for draft in given["drafts"]):
            raise Rejected([Problem("poison", "", "存不进去。")])
        return real(**given)

    monkeypatch.setattr(import_purchases.purchase_uploads, "record_uploaded", stumbling)
    receipts = take(operator, *(line(n, voucher_number=f"{n:02}") for n in range(1, 9)))

    assert [r.position for r in receipts if r.status is Status.REFUSED] == [4]
    assert Purchase.objects.count() == 7


def test_every_fault_of_a_line_is_told_at_once() -> None:
    """Days that the rules refuse stand beside cells that could not be read."""
    later = (TODAY + timedelta(days=1)).isoformat()

    unread, late, made = take(
        make_operator(),
        line(1, quantity="若干", purchased_on=later),
        line(2, quantity="若干"),
        line(3, quantity="若干", produced_on=later),
    )

    assert codes(unread) == ["quantity_not_a_number", "purchased_on_in_future"]
    assert [problem.row for problem in unread.problems] == [1, 1]
    assert codes(late) == ["quantity_not_a_number"]
    assert codes(made) == ["quantity_not_a_number", "produced_in_future"]
    assert not Purchase.objects.exists()


def test_what_is_entered_by_its_name_waits_for_review() -> None:
    operator, seller = make_operator(), make_operator(name="盛禾批发")

    take(
        operator,
        line(1),
        line(2, supplier_name="盛禾批发", supplier_code=seller.credit_code),
    )

    assert Product.objects.get().needs_review
    assert dict(Partner.objects.values_list("name", "needs_review")) == {
        "泉润粮油店": True,
        "盛禾批发": False,
    }


def test_a_product_is_found_by_its_barcode_before_its_name() -> None:
    operator = make_operator()
    known = make_product(operator, name="高筋粉", unit="袋", gtin="6901234567892")
    make_product(operator, name="特一粉", specification="25kg/袋", unit="袋")

    take(operator, line(1, gtin="6901234567892"))

    assert batch_of(Purchase.objects.get()).product_id == known.pk


@pytest.mark.parametrize(
    ("gtin", "code"),
    [
        ("6.90123E+12", "gtin_lossy"),
        ("6901234567890", "gtin_check_digit"),
        ("69012", "gtin_malformed"),
    ],
)
def test_a_barcode_is_never_guessed(gtin: str, code: str) -> None:
    [receipt] = take(make_operator(), line(1, gtin=gtin))

    assert (receipt.status, codes(receipt)) == (Status.REFUSED, [code])


def test_what_was_merged_is_remembered_by_its_old_name() -> None:
    operator = make_operator()
    flour = make_product(operator, name="特一粉 25公斤", specification="", unit="袋")
    mill = make_partner(operator, name="泉润粮油总店")
    make_product(
        operator,
        name="特一粉",
        specification="25kg/袋",
        unit="袋",
        is_retired=True,
        merged_into_id=flour.pk,
    )
    make_partner(operator, name="泉润粮油店", is_retired=True, merged_into_id=mill.pk)

    take(operator, line(1))

    purchase = Purchase.objects.get()
    assert (purchase.product_id, purchase.partner_id) == (flour.pk, mill.pk)


def test_a_supplier_without_its_code_is_the_only_one_of_its_name() -> None:
    operator, seller = make_operator(), make_operator()
    known = make_partner(operator, name="泉润粮油店", credit_code=seller.credit_code)

    take(operator, line(1))

    assert Purchase.objects.get().partner_id == known.pk


def announced(buyer: Operator, **facts: Any) -> tuple[IncomingDraft, Batch]:
    seller = make_operator(name="泉润粮油店")
    make_partner(buyer, name="泉润粮油店", credit_code=seller.credit_code)
    product = make_product(seller, name="特一粉", specification="25kg/袋", unit="袋")
    sold = batch_of(make_purchase(seller, product=product, quantity=Decimal(50), **facts))
    return make_incoming(buyer, seller=seller, batch=sold, quantity=Decimal(10)), sold


def test_the_arrival_of_announced_goods_closes_their_paper() -> None:
    buyer = make_operator()
    waiting, sold = announced(buyer)

    [receipt] = take(buyer, line(1, purchased_on=(TODAY - timedelta(days=1)).isoformat()))

    waiting.refresh_from_db()
    purchase = Purchase.objects.get(operator=buyer)
    assert receipt.record_id == purchase.pk
    assert (waiting.state, waiting.purchase_id, waiting.accepted_quantity) == (
        IncomingDraft.State.ACCEPTED,
        purchase.pk,
        Decimal(10),
    )
    assert (purchase.sale_id, purchase.channel) == (waiting.sale_id, owner_of(buyer).channel)
    link = Link.objects.get(child_id=purchase.batch_id)
    assert (link.parent_id, link.quantity) == (sold.pk, Decimal(10))


@pytest.mark.parametrize(
    "differs",
    [
        {"quantity": "9"},
        {"product_name": "特二粉"},
        {"purchased_on": (TODAY - timedelta(days=9)).isoformat()},
        {"batch_number": "别的批号"},
    ],
)
def test_other_goods_leave_the_paper_waiting(differs: dict[str, str]) -> None:
    buyer = make_operator()
    waiting, _ = announced(buyer, batch_number="L7")

    take(buyer, line(1, **differs))

    waiting.refresh_from_db()
    assert waiting.is_waiting
    assert Purchase.objects.get(operator=buyer).sale_id is None


def test_one_paper_is_closed_by_one_line() -> None:
    buyer = make_operator()
    announced(buyer)

    take(buyer, line(1), line(2, voucher_number="02"))

    sales = Purchase.objects.filter(operator=buyer).values_list("sale_id", flat=True)
    assert sorted(sale is None for sale in sales) == [False, True]


def test_whoever_may_not_record_brings_nothing_in() -> None:
    operator, stranger = make_operator(), make_operator()
    clerk = make_person()
    give_role(clerk, Role.COUNTY_OFFICER, division=operator.county)

    with pytest.raises(OutOfScope):
        take(operator, line(1), by=owner_of(stranger))
    with pytest.raises(Forbidden):
        take(operator, line(1), by=actor_for(clerk))

    assert not Purchase.objects.exists()


def test_many_lines_cost_as_many_queries_as_few() -> None:
    operator = make_operator()
    take(operator, line(1))
    counted = []
    for count in (2, 40):
        lines = [line(n, voucher_number=f"{count}-{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            take(operator, *lines)
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 30


def test_days_far_back_are_explained() -> None:
    [receipt] = take(make_operator(), line(1, purchased_on=date(2024, 4, 1)))

    assert codes(receipt) == ["purchased_on_too_long_ago"]
