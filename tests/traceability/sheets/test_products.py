from __future__ import annotations

from typing import Any

import pytest

from tests.builders.enterprises import make_operator
from tests.builders.traceability import make_product
from tests.traceability.sheets.lines import codes_of, judge, record, told
from traceability.models import Product
from traceability.sheets.products import PRODUCTS

pytestmark = pytest.mark.django_db
NEUTRAL: dict[str, Any] = {"name": "特一粉", "specification": "25kg/袋", "unit": "袋"}


def test_a_product_is_entered_with_all_that_its_row_says() -> None:
    operator = make_operator()

    [id_] = record(
        PRODUCTS,
        operator,
        NEUTRAL
        | {
            "category": "粮食加工品",
            "gtin": "6901234567892",
            "shelf_life": "12个月",
            "is_imported": "否",
            "is_own_made": "是",
        },
    )

    product = Product.objects.get(pk=id_)
    assert (product.category_id, product.gtin) == ("grain_products", "6901234567892")
    assert (product.shelf_life_value, product.shelf_life_unit) == (12, "month")
    assert (product.is_imported, product.is_own_made) == (False, True)


def test_what_a_row_leaves_out_stays_as_it_was() -> None:
    operator = make_operator()
    make_product(
        operator, name="特一粉", specification="25kg/袋", gtin="6901234567892", storage="冷藏"
    )

    record(PRODUCTS, operator, NEUTRAL | {"storage": "常温"})

    product = Product.objects.get()
    assert (product.gtin, product.storage) == ("6901234567892", "常温")
    assert (product.shelf_life_value, product.shelf_life_unit) == (12, "month")


def test_a_product_that_is_listed_just_so_is_told() -> None:
    operator = make_operator()
    product = make_product(operator, name="特一粉", specification="25kg/袋")

    [verdict] = judge(PRODUCTS, operator, NEUTRAL)

    assert told(verdict) == ("same", [("already_recorded", "")])
    assert verdict.record_id == product.pk


def test_a_product_that_stands_there_twice_is_entered_once() -> None:
    first, second = judge(PRODUCTS, make_operator(), NEUTRAL, NEUTRAL | {"storage": "常温"})

    assert told(first) == ("new", [])
    assert told(second) == ("skipped", [("row_repeated", "")])
    assert "第3行" in second.problems[0].message


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"name": ""}, [("name_missing", "name")]),
        ({"name": "粉" * 80}, []),
        ({"name": "粉" * 81}, [("name_too_long", "name")]),
        ({"unit": ""}, [("unit_missing", "unit")]),
        ({"unit": "麻"}, [("unit_unknown", "unit")]),
        ({"category": "没有这一类"}, [("category_unknown", "category")]),
        ({"gtin": "6901234567890"}, [("gtin_check_digit", "gtin")]),
        ({"gtin": "6.90123E+12"}, [("gtin_lossy", "gtin")]),
        ({"maker_credit_code": "9137"}, [("credit_code_malformed", "maker_credit_code")]),
        ({"is_imported": "也许"}, [("flag_unclear", "is_imported")]),
    ],
)
def test_a_fault_is_told_at_its_column(said: Any, expected: Any) -> None:
    operator = make_operator()

    assert codes_of(PRODUCTS, operator, NEUTRAL | said) == expected
    assert not Product.objects.exists()


def test_where_goods_come_from_may_be_said_in_words() -> None:
    verdicts = judge(
        PRODUCTS,
        make_operator(),
        NEUTRAL | {"name": "甲", "is_imported": "国产", "is_own_made": "自制"},
        NEUTRAL | {"name": "乙", "is_imported": "进口", "is_own_made": "外购"},
    )

    said = [(each.draft.is_imported, each.draft.is_own_made) for each in verdicts]
    assert said == [(False, True), (True, False)]
