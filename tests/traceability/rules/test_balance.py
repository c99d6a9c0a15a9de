"""What balances and what somebody should look into, at every limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from traceability.rules import balance
from traceability.rules.balance import check_run, check_stock, share_out
from traceability.rules.shares import Amount, measured

TODAY = date(2026, 11, 10)


def amount(quantity: str, unit: str, specification: str = "", product_id: int = 0) -> Amount:
    return Amount(Decimal(quantity), unit, specification, product_id)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (amount("2", "千克"), ("grams", 2000)),
        (amount("2", "公斤", "散装"), ("grams", 2000)),
        (amount("3", "斤"), ("grams", 1500)),
        (amount("1.5", "吨"), ("grams", 1_500_000)),
        (amount("10", "袋", "500克/袋"), ("grams", 5000)),
        (amount("10", "袋", "2.5kg"), ("grams", 25_000)),
        (amount("2", "桶", "5L/桶"), ("millilitres", 10_000)),
        (amount("2", "升"), ("millilitres", 2000)),
        (amount("10", "箱", "500克/袋"), None),
        (amount("10", "箱", "24×250毫升"), None),
        (amount("10", "箱", "250毫升×24"), None),
        (amount("10", "箱", "大号"), None),
        (amount("10", "袋"), None),
    ],
)
def test_an_amount_is_measured_where_unit_or_specification_tells(given, said) -> None:
    assert measured(given) == (None if said is None else (said[0], Decimal(said[1])))


@pytest.mark.parametrize(
    ("inputs", "outputs", "share"),
    [
        ([amount("10", "千克")], [amount("12", "袋", "500克/袋")], "0.6000"),
        ([amount("1", "千克"), amount("2", "斤")], [amount("3", "千克")], "1.5000"),
        ([amount("10", "千克")], [amount("4", "千克"), amount("5", "斤")], "0.6500"),
        ([amount("10", "袋", "大号")], [amount("9", "袋", "大号")], "0.9000"),
        ([amount("10", "袋", "大号")], [amount("4", "袋", "大号")] * 2, "0.8000"),
        ([amount("10", "袋", "大号")], [amount("9", "袋", "小号")], None),
        ([amount("100", "个", product_id=1)], [amount("300", "个", product_id=2)], None),
        ([amount("9", "个"), amount("9", "个", product_id=2)], [amount("9", "个")], None),
        ([amount("10", "千克", product_id=1)], [amount("9", "千克", product_id=2)], "0.9000"),
        ([amount("10", "千克"), amount("2", "升")], [amount("9", "千克")], None),
        ([amount("10", "千克")], [amount("4", "千克"), amount("5", "个")], None),
        ([amount("10", "升")], [amount("9", "千克")], None),
        ([], [amount("9", "千克")], None),
        ([amount("9", "千克")], [], None),
        ([amount("0", "千克")], [amount("9", "千克")], None),
    ],
)
def test_output_is_compared_with_input_only_in_one_measure(inputs, outputs, share) -> None:
    assert share_out(inputs, outputs) == (None if share is None else Decimal(share))


@pytest.mark.parametrize(
    ("process", "share", "codes"),
    [
        ("split", "1.0000", []),
        ("split", "1.0001", ["output_too_high"]),
        ("split", "0.9700", []),
        ("split", "0.9699", ["output_too_low"]),
        ("repack", "0.9500", []),
        ("repack", "0.9499", ["output_too_low"]),
        ("transformation", "2.0000", []),
        ("transformation", "2.0001", ["output_too_high"]),
        ("transformation", "0.1999", ["output_too_low"]),
        ("aggregation", "9", []),
    ],
)
def test_a_run_is_remarkable_beyond_the_tolerance_of_its_process(process, share, codes) -> None:
    tolerance = balance.tolerance_for(process, "", on=TODAY)

    assert [flag.code for flag in check_run(Decimal(share), tolerance)] == codes


def test_a_class_has_its_own_line_and_none_counts_before_its_day() -> None:
    oil = balance.tolerance_for("transformation", "K07_OIL", on=TODAY)
    other = balance.tolerance_for("transformation", "K99", on=TODAY)

    assert oil is not None
    assert other is not None
    assert (oil.highest, other.goods_class) == (Decimal("1.02"), "")
    assert balance.tolerance_for("transformation", "", on=date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"closing": "-0.001"}, ["negative_stock"]),
        ({"closing": "0"}, []),
        ({"negative_batches": 1}, ["negative_batches"]),
        ({"closing": "-1", "negative_batches": 1}, ["negative_stock"]),
        ({"lost": "3"}, []),
        ({"lost": "3.001"}, ["loss_too_high"]),
        ({"available": "0", "lost": "3"}, []),
    ],
)
def test_a_stock_is_remarkable_when_it_is_negative_or_much_was_lost(facts, codes) -> None:
    neutral = {"available": "100", "lost": "0", "closing": "50", "negative_batches": 0}
    told = neutral | facts

    found = check_stock(
        unit="袋",
        available=Decimal(told["available"]),
        lost=Decimal(told["lost"]),
        closing=Decimal(told["closing"]),
        negative_batches=int(told["negative_batches"]),
        tolerance=balance.tolerance_for("storage", "", on=TODAY),
    )

    assert [flag.code for flag in found] == codes


def test_every_tolerance_names_its_basis_its_review_and_a_sensible_range() -> None:
    rows = balance.reviewed_tolerances()

    assert all(row.legal_basis and row.note and row.reviewed_on for row in rows)
    assert all(0 < row.lowest <= row.highest for row in rows)
    assert {row.process for row in rows if not row.goods_class} == {
        "transformation",
        "split",
        "merge",
        "repack",
        "storage",
    }
