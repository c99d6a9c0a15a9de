from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shilian.problems import errors
from traceability.rules.goods import PaperFacts, PartnerFacts, ProductFacts
from traceability.rules.purchases import (
    PurchaseDraft,
    PurchaseFacts,
    check_each_purchase,
    check_purchases,
)

TODAY = date(2026, 5, 10)
OIL = ProductFacts(1, "花生油", "5升", "桶", shelf_life_value=18, shelf_life_unit="month")
SUPPLIER = PartnerFacts(7, "鲁花经销处", credit_code="SUPPLIER", licence_valid_until=TODAY)
FACTS = PurchaseFacts(
    operator_id=100,
    credit_code="OWN",
    products={1: OIL},
    suppliers={
        7: SUPPLIER,
        8: replace(SUPPLIER, id=8, credit_code="OWN"),
        9: replace(SUPPLIER, id=9, operator_id=100),
    },
    papers={3: PaperFacts(3, "票据", valid_until=date(2026, 5, 9))},
)
GOOD = PurchaseDraft(
    product_id=1,
    supplier_id=7,
    quantity=Decimal(2),
    unit="桶",
    purchased_on=TODAY,
    produced_on=date(2026, 1, 1),
)


def codes(**change):
    return [p.code for p in check_purchases([replace(GOOD, **change)], FACTS, today=TODAY)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"product_id": 2}, ["product_unknown"]),
        ({"supplier_id": 2}, ["supplier_unknown"]),
        ({"supplier_id": 8}, ["supplier_is_oneself"]),
        ({"supplier_id": 9}, ["supplier_is_oneself"]),
        ({"unit": "瓶"}, ["unit_differs"]),
        ({"unit": ""}, ["unit_missing"]),
        ({"produced_on": TODAY}, []),
        ({"produced_on": TODAY + timedelta(days=1)}, ["produced_in_future"]),
        ({"produced_on": date(2024, 11, 10)}, []),
        ({"produced_on": date(2024, 11, 9)}, ["already_expired"]),
        ({"batch_number": "L" * 60}, []),
        ({"batch_number": "L" * 61}, ["batch_number_too_long"]),
        ({"voucher_number": "a\x00b"}, ["voucher_number_unreadable"]),
        ({"evidence_ids": (3,)}, ["evidence_expired"]),
        ({"evidence_ids": (4,)}, ["evidence_unknown"]),
    ],
)
def test_a_purchase_is_possible_doubtful_or_impossible(change, expected):
    assert codes(**change) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, []), (-1, ["supplier_licence_expired"])])
def test_a_licence_counts_until_its_last_day(days, expected):
    until = TODAY + timedelta(days=days)
    facts = replace(FACTS, suppliers={7: replace(SUPPLIER, licence_valid_until=until)})

    problems = check_purchases([GOOD], facts, today=TODAY)

    assert [p.code for p in problems] == expected
    assert not errors(problems)


@given(
    st.lists(
        st.builds(
            lambda quantity, unit, days, row: replace(
                GOOD,
                quantity=quantity,
                unit=unit,
                purchased_on=TODAY + timedelta(days=days),
                row=row,
            ),
            st.decimals(),
            st.sampled_from(["桶", "坨", "", "KG"]),
            st.integers(-800, 30),
            st.none() | st.integers(1, 9),
        ),
        max_size=5,
    )
)
def test_any_input_is_answered_row_by_row_in_chinese(drafts):
    found = check_each_purchase(drafts, FACTS, today=TODAY)

    assert [p for each in found for p in each] == check_purchases(drafts, FACTS, today=TODAY)
    for draft, problems in zip(drafts, found, strict=True):
        assert {p.row for p in problems} <= {draft.row}
        assert all(any("\u4e00" <= c <= "\u9fff" for c in p.message) for p in problems)
