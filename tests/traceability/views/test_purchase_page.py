"""The purchase page: what it asks, keeps, refuses and records."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.models import OperatorKind
from shilian import clock
from tests.builders.traceability import make_partner, make_product
from tests.traceability.views.shop import Shop, buy, make_paper, make_shop
from traceability.models import Partner, Product, Purchase

pytestmark = pytest.mark.django_db
URL = "/my/purchases/new/"


def typed(shop: Shop, **changes: Any) -> dict[str, Any]:
    """The page filled in well; ``changes`` are written over it."""
    filled = {
        "do": "save",
        "submit_key": str(uuid4()),
        "supplier_id": shop.supplier.pk,
        "purchased_on": clock.today().isoformat(),
        "voucher_number": "P-7",
        "photo_kind": "voucher",
        "line": ["0"],
        "lines-0-product_id": shop.product.pk,
        "lines-0-quantity": "12.5",
        "lines-0-unit": "袋",
        "lines-0-produced_on": clock.today().isoformat(),
    }
    return filled | changes


def test_records_and_leads_to_what_was_saved() -> None:
    shop = make_shop()

    response = shop.client.post(URL, typed(shop), follow=True)

    purchase = Purchase.objects.get(operator=shop.operator)
    assert (purchase.quantity, purchase.supplier_name) == (Decimal("12.5"), "绿源合作社")
    assert "已登记 1 条进货" in response.content.decode()
    assert "data-shilian-draft-done" in response.content.decode()


def test_a_second_press_records_nothing_more_and_leads_to_the_same_page() -> None:
    shop = make_shop()
    data = typed(shop)

    first = shop.client.post(URL, data)
    second = shop.client.post(URL, data)

    assert Purchase.objects.filter(operator=shop.operator).count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_full_width_digits_are_understood_and_what_was_typed_is_kept() -> None:
    shop = make_shop()

    shop.client.post(URL, typed(shop, **{"lines-0-quantity": "１２．５\u200b"}))

    purchase = Purchase.objects.get(operator=shop.operator)
    assert purchase.quantity == Decimal("12.5")
    assert purchase.raw == {"quantity": "１２．５\u200b"}


def test_several_lines_are_recorded_together_or_not_at_all() -> None:
    shop = make_shop()
    other = make_product(shop.operator, name="大米")
    more = {
        "line": ["0", "4"],
        "lines-4-product_id": other.pk,
        "lines-4-quantity": "0",
        "lines-4-unit": "袋",
    }

    response = shop.client.post(URL, typed(shop, **more))

    assert response.status_code == 422
    assert "大米：数量必须大于0" in response.content.decode()
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("lines-0-quantity", "", "请填写数量"),
        ("lines-0-quantity", "很多", "数量请只填数字"),
        ("lines-0-quantity", "-3", "数量必须大于0"),
        ("lines-0-quantity", "1.2345", "数量最多3位小数"),
        ("lines-0-unit", "坨坨", "不认识单位"),
        ("lines-0-produced_on", "昨天", "日期没看懂"),
        ("purchased_on", "", "请选择进货日期"),
        ("supplier_id", "", "请点一下从谁那儿进的货"),
        ("line", [], "请点一下进的什么货"),
    ],
)
def test_tells_each_fault_at_its_field_and_writes_nothing(
    field: str, value: Any, sentence: str
) -> None:
    shop = make_shop()

    response = shop.client.post(URL, typed(shop, **{field: value}))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Purchase.objects.exists()


def test_impossible_dates_are_told_where_they_stand() -> None:
    shop = make_shop()
    tomorrow = clock.today() + timedelta(days=1)

    response = shop.client.post(URL, typed(shop, purchased_on=tomorrow.isoformat()))

    assert "还没有到" in response.content.decode()
    assert not Purchase.objects.exists()


def test_a_warning_is_asked_about_once_and_then_kept() -> None:
    shop = make_shop()
    late = make_partner(
        shop.operator, name="旧证商行", licence_valid_until=clock.today() - timedelta(days=1)
    )
    data = typed(shop, supplier_id=late.pk)

    asked = shop.client.post(URL, data)
    assert not Purchase.objects.exists()
    key = asked.context["entry"].confirm_key
    shop.client.post(URL, data | {"confirmed": key})

    assert "确认无误，保存" in asked.content.decode()
    assert Purchase.objects.get().warnings == ["supplier_licence_expired"]


def test_a_new_supplier_is_written_with_the_record() -> None:
    shop = make_shop()
    new = {
        "supplier_id": "new",
        "partner-name": "海边水产店",
        "partner-contact_phone": "13812345678",
    }

    shop.client.post(URL, typed(shop, **new))

    partner = Partner.objects.get(operator=shop.operator, name="海边水产店")
    assert partner.is_supplier
    assert Purchase.objects.get().partner_id == partner.pk


def test_a_refused_record_leaves_no_new_supplier_behind() -> None:
    shop = make_shop()
    new = {"supplier_id": "new", "partner-name": "海边水产店", "lines-0-quantity": "0"}

    response = shop.client.post(URL, typed(shop, **new))

    assert "海边水产店" in response.content.decode()
    assert not Partner.objects.filter(name="海边水产店").exists()


def test_a_faulty_new_supplier_is_told_in_place() -> None:
    shop = make_shop()

    response = shop.client.post(
        URL,
        typed(shop, supplier_id="new", **{"partner-name": "海边", "partner-contact_phone": "无"}),
    )

    assert response.status_code == 422
    assert "联系电话请填手机号" in response.content.decode()


def test_a_new_product_joins_the_page_and_nothing_typed_is_lost() -> None:
    shop = make_shop()
    new = {"do": "new_product", "product-name": "小米", "product-unit": "斤"}

    response = shop.client.post(URL, typed(shop, **new))

    assert Product.objects.filter(operator=shop.operator, name="小米").exists()
    page = response.content.decode()
    assert "12.5" in page
    assert [line.product.name for line in response.context["entry"].lines] == ["面粉", "小米"]


def test_products_are_found_by_name_initials_or_barcode() -> None:
    shop = make_shop()
    make_product(shop.operator, name="花生油", pinyin="hsy", gtin="6901234567892")

    for text in ("花生", "hs", "6901234567892"):
        response = shop.client.post(URL, {"do": "look", "product_q": text})
        assert [row.name for row in response.context["entry"].products] == ["花生油"]


def test_a_fragment_is_answered_alone_and_names_the_address_to_come_back_to() -> None:
    shop = make_shop()
    headers = {"HX-Request": "true", "HX-Target": "lines"}

    response = shop.client.post(URL, {"add": shop.product.pk}, headers=headers)

    page = response.content.decode()
    assert "<html" not in page
    again = shop.client.get(response.headers["HX-Replace-Url"])
    assert [line.product.name for line in again.context["entry"].lines] == ["面粉"]


def test_a_repeat_is_filled_in_with_todays_date() -> None:
    shop = make_shop()
    last = buy(shop, purchased_on=clock.today() - timedelta(days=2), batch_number="B7")

    response = shop.client.get(URL, {"repeat": last.pk})

    entry = response.context["entry"]
    assert entry.supplier_id == shop.supplier.pk
    assert entry.head["purchased_on"].value() == clock.today()
    assert [line.form["quantity"].value() for line in entry.lines] == ["10"]


def test_the_last_batch_is_taken_over_when_the_person_says_so() -> None:
    shop = make_shop()
    last = buy(shop, batch_number="B7")
    data = typed(shop, **{"lines-0-same_batch": "on", "lines-0-produced_on": ""})

    shop.client.post(f"{URL}?repeat={last.pk}", data)

    purchase = Purchase.objects.order_by("-pk").select_related("batch")[0]
    assert (purchase.batch.batch_number, purchase.missing) == ("B7", [])


def test_a_suppliers_valid_papers_are_offered_ticked() -> None:
    shop = make_shop()
    paper = make_paper(shop)
    make_paper(shop, sha256="1" * 64, valid_until=clock.today() - timedelta(days=1))

    response = shop.client.get(URL, {"supplier": shop.supplier.pk})

    entry = response.context["entry"]
    assert [row.pk for row in entry.papers] == [paper.pk]
    assert entry.ticked_papers == {paper.pk}


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_written() -> None:
    shop = make_shop()
    fake = SimpleUploadedFile("票.jpg", b"MZ not a photo", content_type="image/jpeg")

    response = shop.client.post(URL, typed(shop, photos=fake))

    assert response.status_code == 422
    assert response.context["entry"].head["photos"].errors
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("field", ["supplier_id", "lines-0-product_id"])
def test_somebody_elses_things_do_not_exist(field: str) -> None:
    shop, other = make_shop(), make_shop(name="隔壁菜店")
    foreign = {"supplier_id": other.supplier.pk, "lines-0-product_id": other.product.pk}

    response = shop.client.post(URL, typed(shop, **{field: foreign[field]}))

    assert response.status_code == 404
    assert not Purchase.objects.exists()


def test_a_lost_session_keeps_the_half_filled_form() -> None:
    shop = make_shop()
    data = typed(shop)

    sent_away = Client().post(URL, data)
    back = shop.client.get(unquote(sent_away.headers["Location"].split("next=", 1)[1]))

    assert sent_away.headers["Location"].startswith("/login/?next=/my/purchases/new/")
    assert back.status_code == 200
    assert not Purchase.objects.exists()


def test_the_kept_form_is_filled_in_again_without_complaints() -> None:
    shop = make_shop()
    kept = typed(shop, **{"lines-0-quantity": "12.5"}) | {"kept": "1"}

    response = shop.client.get(URL, kept)

    entry = response.context["entry"]
    assert entry.supplier_id == shop.supplier.pk
    assert [line.form["quantity"].value() for line in entry.lines] == ["12.5"]
    assert not entry.has_faults


def test_only_what_the_law_asks_of_a_stall_is_asked_first() -> None:
    stall = make_shop(kind=OperatorKind.STALL)
    factory = make_shop()

    asked = []
    for shop in (stall, factory):
        response = shop.client.post(URL, {"add": shop.product.pk})
        asked.append(response.context["entry"].lines[0].asks_date)

    assert asked == [False, True]
