"""Products, partners, papers and imports: an operator's own books on its pages."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enterprises.models import ImportSession
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.traceability.views.shop import buy, make_paper, make_shop
from traceability.models import EvidenceDocument, Partner, Product, Purchase, QuietMonth

pytestmark = pytest.mark.django_db


def photo(name: str = "许可证.png") -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stream, "PNG")
    return SimpleUploadedFile(name, stream.getvalue(), content_type="image/png")


def test_a_product_is_entered_once_and_changed_later() -> None:
    shop = make_shop()
    data = {"name": "挂面", "unit": "袋", "specification": "1kg/袋"}

    shop.client.post("/my/products/new/", data)
    product = Product.objects.get(operator=shop.operator, name="挂面")
    shop.client.post(f"/my/products/{product.pk}/", data | {"storage": "阴凉干燥"})

    product.refresh_from_db()
    assert (product.storage, product.pinyin) == ("阴凉干燥", "gm")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "请填写品名"),
        ("unit", "坨坨", "不认识单位"),
        ("gtin", "6901234567890", "条码最后一位不对"),
        ("shelf_life_value", "abc", "保质期请只填数字"),
    ],
)
def test_a_faulty_product_is_told_at_its_field(field: str, value: str, sentence: str) -> None:
    shop = make_shop()
    data = {"name": "挂面", "unit": "袋", "shelf_life_unit": "day"} | {field: value}

    response = shop.client.post("/my/products/new/", data)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Product.objects.filter(name="挂面").exists()


def test_a_retired_product_is_listed_no_more() -> None:
    shop = make_shop()

    page = shop.client.post(f"/my/products/{shop.product.pk}/retire/", follow=True)

    assert "以后不再列出“面粉”" in page.content.decode()
    assert not page.context["products"]


def test_a_partner_keeps_its_papers_beside_it() -> None:
    shop = make_shop()
    make_paper(shop)

    page = shop.client.get(f"/my/partners/{shop.supplier.pk}/").content.decode()

    assert "JY13701020000001" in page


def test_a_partner_needs_a_role() -> None:
    shop = make_shop()

    response = shop.client.post("/my/partners/new/", {"name": "谁家"})

    assert response.status_code == 422
    assert not Partner.objects.filter(name="谁家").exists()


def test_a_photo_becomes_a_paper_with_its_expiry() -> None:
    shop = make_shop()
    until = clock.today() + timedelta(days=200)
    data = {
        "photos": photo(),
        "kind": "licence",
        "partner_id": shop.supplier.pk,
        "valid_until": until.isoformat(),
    }

    shop.client.post("/my/papers/new/", data)

    paper = EvidenceDocument.objects.get(operator=shop.operator)
    assert (paper.partner_id, paper.valid_until) == (shop.supplier.pk, until)
    assert shop.client.get(f"/my/papers/{paper.pk}/").status_code == 200


def test_a_paper_without_photo_is_refused() -> None:
    shop = make_shop()

    response = shop.client.post("/my/papers/new/", {"kind": "licence"})

    assert "请拍一张照片" in response.content.decode()
    assert not EvidenceDocument.objects.exists()


def test_a_photo_taken_with_a_purchase_is_kept_with_it() -> None:
    shop = make_shop()
    data = {
        "do": "save",
        "supplier_id": shop.supplier.pk,
        "purchased_on": clock.today().isoformat(),
        "photos": [photo("一.png")],
        "photo_kind": "voucher",
        "line": ["0"],
        "lines-0-product_id": shop.product.pk,
        "lines-0-quantity": "3",
        "lines-0-unit": "袋",
        "lines-0-batch_number": "B1",
    }

    shop.client.post("/my/purchases/new/", data)

    purchase = Purchase.objects.get(operator=shop.operator)
    assert purchase.evidence_ids == [EvidenceDocument.objects.get().pk]
    assert purchase.missing == []


def test_papers_that_lapse_soon_may_be_asked_for() -> None:
    shop = make_shop()
    soon = make_paper(shop, valid_until=clock.today() + timedelta(days=5))
    make_paper(shop, sha256="1" * 64, valid_until=clock.today() + timedelta(days=300))

    page = shop.client.get("/my/papers/", {"state": "expiring"})

    assert [row.pk for row in page.context["papers"]] == [soon.pk]


@pytest.mark.parametrize(
    ("name", "content"), [("台账.xlsx", b"\x89PNG\r\n\x1a\n"), ("台账.xlsx", b"")]
)
def test_a_file_that_is_no_sheet_is_refused(name: str, content: bytes) -> None:
    shop = make_shop()
    sheet = SimpleUploadedFile(name, content)
    data = {"kind": "purchases", "sheet": sheet, "month": "2026-04"}

    response = shop.client.post("/my/import/", data)

    assert response.status_code == 422
    assert response.context["form"]["sheet"].errors
    assert not ImportSession.objects.exists()


def test_a_clerk_records_but_does_not_import() -> None:
    shop = make_shop()
    clerk = build.make_person(name="店员")
    build.give_role(clerk, Role.CLERK, operator=shop.operator)
    buy(shop)
    shop.client.force_login(clerk)

    assert shop.client.get("/my/ledger/").status_code == 200
    assert shop.client.get("/my/import/").status_code == 403
    assert "导入台账表格" not in shop.client.get("/my/more/").content.decode()


def test_a_person_with_two_shops_switches_between_them() -> None:
    shop, second = make_shop(), make_shop(name="二店")
    build.give_role(shop.person, Role.OWNER, operator=second.operator)

    before = shop.client.get("/my/").content.decode()
    shop.client.post("/account/operator/", {"operator": second.operator.pk})

    assert "当前店铺" in before
    assert shop.client.get("/my/").context["operator"].pk == second.operator.pk


def test_a_month_without_purchases_may_be_declared() -> None:
    shop = make_shop()

    page = shop.client.post("/my/quiet/", follow=True).content.decode()

    assert "已声明本月没有进货" in page
    assert QuietMonth.objects.get().operator_id == shop.operator.pk


def test_a_month_with_purchases_is_not_quiet() -> None:
    shop = make_shop()
    buy(shop)

    page = shop.client.post("/my/quiet/", follow=True).content.decode()

    assert "已经有进货记录" in page
    assert not QuietMonth.objects.exists()
