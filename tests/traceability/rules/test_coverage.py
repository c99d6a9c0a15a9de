from __future__ import annotations

import pytest

from traceability.rules.coverage import (
    Subject,
    completeness,
    missing_fields,
    required_codes,
    required_fields,
)

SHOP = Subject("circulation", is_enterprise=True)
WHOLESALER = Subject("circulation", is_enterprise=True, is_wholesale=True)
FACTORY = Subject("production", is_enterprise=True)
STALL = Subject("circulation", is_enterprise=False)
FARM = Subject("farm", is_enterprise=True)
GOODS = {"name", "specification", "quantity", "produced_on_or_batch_number", "shelf_life"}
SUPPLIER = {"supplier_name", "supplier_address", "supplier_contact"}
BUYER = {"buyer_name", "buyer_address", "buyer_contact"}


@pytest.mark.parametrize(
    ("subject", "kind", "codes"),
    [
        # Source: domain.md sections 1.1 and 1.3; the article stands beside each row.
        (FACTORY, "purchase", GOODS | SUPPLIER | {"purchased_on", "voucher"}),  # 50
        (SHOP, "purchase", GOODS | SUPPLIER | {"purchased_on", "voucher"}),  # 53 ¶2
        (STALL, "purchase", {"name", "purchased_on", "supplier_name", "voucher"}),  # 53 ¶1
        (FACTORY, "sale", GOODS | BUYER | {"certificate_number", "sold_on", "voucher"}),  # 51
        (WHOLESALER, "sale", GOODS | BUYER | {"sold_on", "voucher"}),  # 53 ¶4
        (SHOP, "sale", set()),
        (STALL, "sale", set()),
        (FACTORY, "inspection", GOODS | {"certificate_number"}),  # 51
        (FARM, "purchase", set()),
    ],
)
def test_the_law_asks_by_subject(subject, kind, codes):
    assert set(required_codes(subject, kind)) == codes


def test_farm_produce_is_never_asked_for_specification_or_shelf_life():
    subject = SHOP.with_goods(is_farm_produce=True)

    asked = set(required_codes(subject, "purchase"))

    assert asked == {"name", "quantity", "purchased_on", "voucher"} | SUPPLIER
    assert {field.basis for field in required_fields(subject, "purchase")} == {
        "《食品安全法》第六十五条"
    }


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (FACTORY, "purchase"),
        (SHOP, "purchase"),
        (FACTORY, "sale"),
        (WHOLESALER, "sale"),
        (FACTORY, "inspection"),
    ],
)
def test_goods_that_need_no_shelf_life_are_not_asked_for_it_and_for_all_else(subject, kind):
    exempt = subject.with_goods(is_farm_produce=False, needs_no_shelf_life=True)

    asked = set(required_codes(exempt, kind))

    assert asked == set(required_codes(subject, kind)) - {"shelf_life"}


@pytest.mark.parametrize("value", ["L88", "2026-05-01"])
def test_a_date_or_a_batch_number_is_enough(value):
    values = dict.fromkeys(required_codes(SHOP, "purchase"), "x")

    assert missing_fields(SHOP, "purchase", values | {"produced_on_or_batch_number": value}) == []
    assert missing_fields(SHOP, "purchase", values | {"produced_on_or_batch_number": ""}) == [
        "produced_on_or_batch_number"
    ]


def test_completeness_names_what_is_met_and_missing_and_why():
    told = completeness(SHOP, "purchase", ["voucher"])

    assert [field.code for field in told.missing] == ["voucher"]
    assert told.missing[0].why
    assert told.ratio == pytest.approx(9 / 10)
    assert completeness(STALL, "sale", []).ratio is None
