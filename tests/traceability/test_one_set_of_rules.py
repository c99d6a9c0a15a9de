"""Whatever the door, a fault has one code: the page's form, the sheet's cell, the API's receipt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from shilian.problems import Problem
from tests.builders.enterprises import AT, owner_of
from tests.builders.production import inspection_draft, make_made_batch, make_producer
from tests.builders.systems import SignedClient, make_system
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    sale_draft,
)
from tests.traceability.sheets.lines import codes_of
from tests.traceability.views.shop import make_shop
from traceability.models import Partner, Product
from traceability.operations import inspections, sales
from traceability.sheets.base import find_kind

pytestmark = pytest.mark.django_db
PRODUCT: dict[str, Any] = {"name": "特一粉", "unit": "袋"}
PARTNER: dict[str, Any] = {"name": "泉润粮油店", "roles": "供货者"}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shilian.clock.now", lambda: AT)


def by_api(operator: Any, kind: str, said: dict[str, Any]) -> set[str]:
    """The error codes of the receipt of one uploaded item."""
    client = SignedClient(make_system(operator))
    answer = client.post(f"/api/v1/{kind}", {"items": [{"external_id": "1"} | said]})
    [receipt] = answer.json()["receipts"]
    assert receipt["status"] == "refused", receipt
    return {each["code"] for each in receipt["problems"] if each.get("severity") != "warning"}


def by_form(client: Client, address: str, said: dict[str, Any]) -> set[str]:
    """The codes of the faults that the page shows at its fields."""
    answer = client.post(address, said)
    assert answer.status_code == 422
    faults = answer.context["form"].errors.as_data().values()
    return {fault.code for errors in faults for fault in errors}


def by_sheet(operator: Any, kind: str, said: dict[str, Any]) -> set[str]:
    return {code for code, _ in codes_of(find_kind(kind), operator, said)}


def errors_of(found: list[Problem]) -> set[str]:
    return {each.code for each in found if not each.is_warning}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"unit": "麻"}, "unit_unknown"),
        ({"gtin": "123"}, "gtin_malformed"),
        ({"gtin": "6901234567890"}, "gtin_check_digit"),
        ({"maker_credit_code": "9137"}, "credit_code_malformed"),
    ],
)
def test_a_faulty_product_is_refused_alike(said: dict[str, Any], code: str) -> None:
    shop = make_shop()

    page = by_form(shop.client, "/my/products/new/", PRODUCT | said)

    assert page == by_sheet(shop.operator, "products", PRODUCT | said) == {code}
    assert by_api(shop.operator, "products", PRODUCT | said) == {code}
    assert not Product.objects.filter(name="特一粉").exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"credit_code": "9137"}, "credit_code_malformed"),
        ({"contact_phone": "问老李"}, "phone_malformed"),
        ({"licence_number": "SC123"}, "licence_number_malformed"),
    ],
)
def test_a_faulty_partner_is_refused_alike(said: dict[str, Any], code: str) -> None:
    shop = make_shop()
    typed = {"name": "泉润粮油店", "is_supplier": "on", "contact_phone": "13900000000"}

    page = by_form(shop.client, "/my/partners/new/", typed | said)

    assert page == by_sheet(shop.operator, "partners", PARTNER | said) == {code}
    assert by_api(shop.operator, "partners", PARTNER | said) == {code}
    assert not Partner.objects.filter(name="泉润粮油店").exists()


@pytest.mark.parametrize(
    ("facts", "said", "code"),
    [
        ({"quantity": Decimal(0)}, {"quantity": "0"}, "quantity_not_positive"),
        ({"quantity": Decimal("0.0001")}, {"quantity": "0.0001"}, "quantity_too_precise"),
        ({"unit": "箱"}, {"unit": "箱"}, "unit_differs_from_batch"),
        ({"batch_id": 1}, {"batch_number": "没有"}, "batch_unknown"),
        (
            {"sold_on": TODAY.replace(day=1)},
            {"sold_on": f"{TODAY.replace(day=1)}"},
            "sold_before_received",
        ),
    ],
)
def test_a_faulty_sale_is_refused_alike(
    facts: dict[str, Any], said: dict[str, Any], code: str
) -> None:
    operator = make_producer()
    product = make_product(operator, name="特一粉")
    batch = batch_of(make_purchase(operator, product=product, batch_number="A-1"))
    buyer = make_partner(operator, name="老王包子铺")
    typed = {
        "sold_on": f"{TODAY}",
        "product_name": "特一粉",
        "batch_number": "A-1",
        "quantity": "4",
        "unit": "袋",
        "buyer_name": "老王包子铺",
    }

    page = sales.preview_sales(
        by=owner_of(operator), operator=operator, drafts=[sale_draft(batch, buyer, **facts)], at=AT
    )

    assert errors_of(page) == by_sheet(operator, "sales", typed | said) == {code}
    assert by_api(operator, "sales", typed | said) == {code}


@pytest.mark.parametrize(
    ("facts", "said", "code"),
    [
        ({"result": "?"}, {"result": "大概"}, "result_unknown"),
        ({"certificate_number": ""}, {"certificate_number": ""}, "certificate_number_missing"),
        ({"batch_id": 1}, {"batch_number": "没有"}, "batch_unknown"),
        (
            {"inspected_on": TODAY.replace(day=1)},
            {"inspected_on": f"{TODAY.replace(day=1)}"},
            "inspected_before_production",
        ),
    ],
)
def test_a_faulty_inspection_is_refused_alike(
    facts: dict[str, Any], said: dict[str, Any], code: str
) -> None:
    operator = make_producer()
    batch = make_made_batch(operator)
    typed = {
        "inspected_on": f"{TODAY}",
        "product_name": batch.name,
        "batch_number": "L-1",
        "result": "合格",
        "certificate_number": "HG-1",
    }

    page = inspections.preview_inspections(
        by=owner_of(operator), operator=operator, drafts=[inspection_draft(batch, **facts)], at=AT
    )

    assert errors_of(page) == by_sheet(operator, "inspections", typed | said) == {code}
    assert by_api(operator, "inspections", typed | said) == {code}
