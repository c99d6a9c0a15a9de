from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Operator
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_made_batch, make_producer
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    partner_of,
)
from tests.traceability.sheets.lines import codes_of, judge, record, told
from traceability.models import Batch, IncomingDraft, Partner, Sale
from traceability.rules.codes import public_code
from traceability.sheets.sales import SALES

pytestmark = pytest.mark.django_db
NEUTRAL: dict[str, Any] = {
    "sold_on": f"{TODAY}",
    "product_name": "特一粉",
    "quantity": "4",
    "unit": "袋",
    "buyer_name": "老王包子铺",
}


def stock_up(operator: Operator, *batches: dict[str, Any]) -> list[Batch]:
    product = make_product(operator, name="特一粉")
    return [batch_of(make_purchase(operator, product=product, **facts)) for facts in batches]


def test_a_sale_of_a_named_batch_is_recorded_and_its_buyer_waits_for_review() -> None:
    operator = make_operator()
    [batch] = stock_up(operator, {"batch_number": "a-1"})

    [id_] = record(SALES, operator, NEUTRAL | {"batch_number": "A 1".replace(" ", "-")})

    sale = Sale.objects.get(pk=id_)
    assert (sale.batch_id, sale.quantity, sale.channel) == (batch.pk, Decimal(4), "form")
    assert sale.raw == {SALES.titles[k]: str(v) for k, v in NEUTRAL.items()} | {"生产批号": "A-1"}
    buyer = Partner.objects.get(pk=sale.partner_id)
    assert (buyer.name, buyer.is_buyer, buyer.needs_review) == ("老王包子铺", True, True)


def test_without_a_batch_what_expires_first_goes_first() -> None:
    operator = make_operator()
    late, early = stock_up(
        operator,
        {"produced_on": date(2026, 10, 20), "quantity": Decimal(10)},
        {"produced_on": date(2026, 10, 1), "quantity": Decimal(3)},
    )

    record(SALES, operator, NEUTRAL | {"quantity": "5"}, NEUTRAL | {"quantity": "2"})

    taken = Sale.objects.order_by("pk").values_list("batch_id", "quantity")
    assert list(taken) == [(early.pk, 3), (late.pk, 2), (late.pk, 2)]


def test_a_public_code_names_its_batch() -> None:
    operator = make_operator()
    _, batch = stock_up(operator, {}, {})

    record(SALES, operator, NEUTRAL | {"batch_code": public_code(batch.pk, batch.token_salt)})

    assert Sale.objects.get().batch_id == batch.pk


def test_more_than_the_books_say_is_recorded_with_a_warning() -> None:
    operator = make_operator()
    stock_up(operator, {"quantity": Decimal(3)})

    [verdict] = judge(SALES, operator, NEUTRAL)

    assert told(verdict) == ("new", [("more_than_on_hand", "quantity")])


def test_a_registered_buyer_has_the_goods_waiting() -> None:
    operator, other = make_operator(), make_operator(state="activated")
    partner_of(operator, other)
    stock_up(operator, {})

    said = NEUTRAL | {"buyer_name": other.name, "buyer_code": other.credit_code}
    [id_] = record(SALES, operator, said)

    assert IncomingDraft.objects.get().sale_id == id_


def test_the_same_sheet_again_records_nothing_twice() -> None:
    operator = make_operator()
    stock_up(
        operator,
        {"produced_on": date(2026, 10, 1), "quantity": Decimal(3)},
        {"produced_on": date(2026, 10, 2), "quantity": Decimal(1)},
    )
    rows = (NEUTRAL | {"quantity": "4"},)
    [id_] = record(SALES, operator, *rows)

    [verdict] = judge(SALES, operator, *rows)

    assert told(verdict) == ("same", [("already_recorded", "")])
    assert verdict.record_id == id_
    assert Sale.objects.count() == 2


def test_another_voucher_is_another_sale() -> None:
    operator = make_operator()
    stock_up(operator, {})
    record(SALES, operator, NEUTRAL | {"voucher_number": "S-1"})

    [verdict] = judge(SALES, operator, NEUTRAL | {"voucher_number": "S-2"})

    assert verdict.is_new


def test_two_rows_alike_are_one_sale() -> None:
    operator = make_operator()
    stock_up(operator, {})

    first, second = judge(SALES, operator, NEUTRAL, NEUTRAL)

    assert (first.outcome, second.outcome) == ("new", "skipped")
    assert [each.code for each in second.problems] == ["row_repeated"]


def test_goods_that_are_not_found_hide_no_other_fault() -> None:
    operator = make_operator()
    tomorrow = f"{TODAY + timedelta(days=1)}"
    said = NEUTRAL | {"product_name": "没有这种", "sold_on": tomorrow}

    assert codes_of(SALES, operator, said) == [
        ("batch_unknown", "batch_number"),
        ("sold_on_in_future", "sold_on"),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sold_on": ""}, [("sold_on_missing", "sold_on")]),
        ({"sold_on": "昨天"}, [("sold_on_unreadable", "sold_on")]),
        ({"sold_on": "2030-01-01"}, [("sold_on_in_future", "sold_on")]),
        ({"sold_on": "2026-10-01"}, [("sold_before_received", "sold_on")]),
        ({"product_name": ""}, [("product_name_missing", "product_name")]),
        ({"product_name": "不卖的"}, [("batch_unknown", "batch_number")]),
        ({"batch_number": "没有"}, [("batch_unknown", "batch_number")]),
        ({"batch_code": "0" * 26}, [("batch_unknown", "batch_number")]),
        ({"quantity": "若干"}, [("quantity_not_a_number", "quantity")]),
        ({"quantity": "0"}, [("quantity_not_positive", "quantity")]),
        ({"quantity": "0.001"}, []),
        ({"quantity": "0.0001"}, [("quantity_too_precise", "quantity")]),
        ({"unit": "箱"}, [("unit_differs_from_batch", "unit")]),
        ({"buyer_name": ""}, [("buyer_name_missing", "buyer_name")]),
        ({"buyer_code": "9137"}, [("credit_code_malformed", "buyer_code")]),
        ({"voucher_number": "1" * 61}, [("voucher_number_too_long", "voucher_number")]),
    ],
)
def test_a_fault_is_told_at_its_column(said: Any, expected: Any) -> None:
    operator = make_operator()
    stock_up(operator, {"batch_number": "A-1"})

    row = NEUTRAL | {"batch_number": "A-1"} | said
    if said.keys() & {"product_name", "batch_code"}:
        row.pop("batch_number")

    assert codes_of(SALES, operator, row) == expected
    assert not Sale.objects.exists()


def test_goods_of_several_sizes_ask_which() -> None:
    operator = make_operator()
    stock_up(operator, {})
    make_purchase(operator, product=make_product(operator, name="特一粉", specification="5kg"))

    assert codes_of(SALES, operator, NEUTRAL) == [("product_ambiguous", "specification")]
    assert codes_of(SALES, operator, NEUTRAL | {"specification": "5kg"}) == []


def test_what_was_not_inspected_does_not_go_out() -> None:
    operator = make_producer()
    batch = make_made_batch(operator)
    said = NEUTRAL | {"product_name": batch.name}

    assert codes_of(SALES, operator, said) == [("nothing_on_hand", "batch_number")]
    named = said | {"batch_number": "L-1"}
    assert codes_of(SALES, operator, named) == [("inspection_not_passed", "batch_number")]


def test_a_row_refused_at_the_last_moment_leaves_nothing() -> None:
    operator = make_operator()
    stock_up(operator, {})
    verdicts = judge(SALES, operator, NEUTRAL)
    Batch.objects.update(state="voided")

    with pytest.raises(Rejected) as caught:
        SALES.record(owner_of(operator), operator, verdicts, AT)

    assert [(each.code, each.row) for each in caught.value.problems] == [("batch_unknown", 3)]
    assert not Sale.objects.exists()
    assert not Partner.objects.filter(name="老王包子铺").exists()


def test_many_rows_take_no_more_queries_than_few() -> None:
    operator = make_operator()
    stock_up(operator, {"quantity": Decimal(1000)})
    make_partner(operator, name="老王包子铺")

    def asked(count: int) -> int:
        rows = [NEUTRAL | {"voucher_number": f"S-{number}"} for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            judge(SALES, operator, *rows)
        return len(queries)

    assert asked(40) == asked(2) <= 18
