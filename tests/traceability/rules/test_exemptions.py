from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from traceability.rules import exemptions
from traceability.rules.goods import ProductFacts

TODAY = date(2026, 11, 10)
LIQUOR = ProductFacts(1, "高粱白酒", "500ml/瓶", "瓶", category="strong_alcohol")
CATEGORIES = Path(exemptions.__file__).parent.parent / "data" / "goods_categories.json"


@pytest.mark.parametrize(
    ("category", "needs_none"),
    [
        # Source: GB 7718-2011 section 4.3, all five kinds, and their neighbours that are not named.
        ("strong_alcohol", True),
        ("vinegar", True),
        ("salt", True),
        ("sugar", True),
        ("msg", True),
        ("alcohol", False),
        ("condiment", False),
        ("sweets", False),
        ("honey", False),
        ("", False),
    ],
)
def test_the_category_decides(category, needs_none):
    assert exemptions.needs_no_shelf_life(category, on=TODAY) is needs_none


@pytest.mark.parametrize(
    ("day", "needs_none"),
    [
        (date(2012, 4, 19), False),
        (date(2012, 4, 20), True),
        (date(2027, 3, 15), True),
        (date(2027, 3, 16), True),
    ],
)
def test_an_exemption_holds_from_its_first_day_until_a_review_ends_it(day, needs_none):
    assert exemptions.needs_no_shelf_life("vinegar", on=day) is needs_none


@pytest.mark.parametrize(
    ("day", "needs_none"), [(date(2027, 3, 15), True), (date(2027, 3, 16), False)]
)
def test_an_exemption_that_was_ended_holds_on_its_last_day(day, needs_none):
    ended = [
        replace(row, effective_to=date(2027, 3, 15)) for row in exemptions.reviewed_exemptions()
    ]

    assert exemptions.needs_no_shelf_life("vinegar", on=day, rows=ended) is needs_none


def test_every_exemption_names_its_article_and_a_category_that_can_be_picked():
    codes = {row["code"] for row in json.loads(CATEGORIES.read_text(encoding="utf-8"))}

    for row in exemptions.reviewed_exemptions():
        assert row.category in codes
        assert row.legal_basis.startswith("GB 7718-2011")
        assert row.review_by == date(2027, 3, 16)


@pytest.mark.parametrize(
    ("product", "needs_none"),
    [
        (LIQUOR, True),
        # What is stated is kept and counted.
        (replace(LIQUOR, shelf_life="5年"), False),
        # The name says nothing: only the category does.
        (replace(LIQUOR, category="alcohol"), False),
        (replace(LIQUOR, category=""), False),
    ],
)
def test_a_product_needs_none_by_its_category(product, needs_none):
    assert product.needs_no_shelf_life(TODAY) is needs_none
