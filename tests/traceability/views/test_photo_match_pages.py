"""A .zip of photos on its pages: matched by voucher, batch, supplier and day; what was not is said."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enterprises.models import ImportSession
from enterprises.operations import jobs
from shilian import clock
from tests.builders.traceability import make_partner, partner_of
from tests.traceability.views.shop import Shop, bake, buy, inspect, make_shop
from traceability.models import (
    Batch,
    EvidenceDocument,
    FactoryInspection,
    IncomingDraft,
    Purchase,
    Sale,
)
from traceability.operations import incoming, sales
from traceability.queries import photos
from traceability.rules.incoming import AcceptDraft
from traceability.rules.sales import SaleDraft

pytestmark = pytest.mark.django_db
PAGE = "/my/import/photos/"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def photo(shade: int = 200) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 90, 90)).save(stream, "JPEG")
    return stream.getvalue()


def archive(**contents: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for name, content in contents.items():
            book.writestr(name, content)
    return stream.getvalue()


def send(shop: Shop, **contents: bytes) -> str:
    """Upload and let the workers match; gives the page afterwards."""
    upload = SimpleUploadedFile("凭证.zip", archive(**contents))
    answer = shop.client.post(PAGE, {"archive": upload})
    assert answer.status_code == 302
    session = ImportSession.objects.latest("id")
    jobs.run_to_end(session.job_id or 0)
    return str(shop.client.get(f"{PAGE}{session.pk}/").content.decode())


def evidence_of(shop: Shop) -> list[list[int]]:
    rows = Purchase.objects.current().filter(operator=shop.operator).order_by("pk")
    return [list(row.evidence_ids) for row in rows]


@pytest.mark.parametrize(
    "name", ["P-1.jpg", "p-1(2).jpg", "B7.jpg", "票据/绿源合作社{day:%Y%m%d}.jpg"]
)
def test_a_photo_goes_to_the_record_that_its_name_means(name: str) -> None:
    shop = make_shop()
    buy(shop, batch_number="B7")

    text = send(shop, **{name.format(day=clock.today()): photo()})

    [document] = EvidenceDocument.objects.all()
    assert evidence_of(shop) == [[document.pk]]
    assert (document.kind, document.partner_id) == ("voucher", shop.supplier.pk)
    assert "对上 1 张" in text


def test_a_voucher_of_several_goods_gets_its_photo_on_each() -> None:
    shop = make_shop()
    buy(shop)
    buy(shop, batch_number="B8")

    send(shop, **{"P-1.jpg": photo()})

    [document] = EvidenceDocument.objects.all()
    assert evidence_of(shop) == [[document.pk], [document.pk]]


def test_what_matches_nothing_is_said_and_nothing_is_kept() -> None:
    shop = make_shop()
    buy(shop)

    text = send(shop, **{"IMG_2231.jpg": photo(), "说明.txt": b"hello"})

    assert "IMG_2231.jpg" in text
    assert "没有找到对应的进货、销售或出厂检验记录" in text
    assert "说明.txt" in text
    assert not EvidenceDocument.objects.exists()
    assert evidence_of(shop) == [[]]


@pytest.mark.parametrize("most", [2, 3])
def test_a_number_of_too_many_records_is_told_apart_from_none(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MOST_RECORDS", most)
    shop = make_shop()
    for number in range(3):
        buy(shop, batch_number=f"B{number}")

    text = send(shop, **{"P-1.jpg": photo()})

    assert ("分不清是哪一笔" in text) is (most < 3)
    assert evidence_of(shop) == (
        [[]] * 3 if most < 3 else [[EvidenceDocument.objects.get().pk]] * 3
    )


def sell(shop: Shop, **facts: Any) -> Sale:
    batch = Batch.objects.get(pk=buy(shop, voucher_number="").batch_id)
    buyer_id = facts.pop("buyer_id", None) or make_partner(shop.operator, name="第一小学").pk
    draft = SaleDraft(batch.pk, buyer_id, Decimal(10), "袋", clock.today(), **facts)
    [sale] = sales.record_sales(
        by=shop.actor, operator=shop.operator, drafts=[draft], at=clock.now()
    )
    return sale


@pytest.mark.parametrize("name", ["X-9.jpg", "第一小学{day:%Y%m%d}.jpg"])
def test_a_sale_gets_its_photo(name: str) -> None:
    shop = make_shop()
    sell(shop, voucher_number="X-9")

    text = send(shop, **{name.format(day=clock.today()): photo()})

    [document] = EvidenceDocument.objects.all()
    kept = Sale.objects.current().get()
    assert (kept.evidence_ids, kept.voucher_number) == ([document.pk], "X-9")
    assert "1 条销售记录" in text
    assert f"/my/sales/{kept.pk}/" in text
    assert evidence_of(shop) == [[]]


@pytest.mark.parametrize("name", ["J-1.jpg", "M-1.jpg"])
def test_an_inspection_gets_its_photo(name: str) -> None:
    shop = make_shop()
    inspect(shop, bake(shop, (buy(shop).batch_id, 1)))

    text = send(shop, **{name: photo()})

    [document] = EvidenceDocument.objects.all()
    kept = FactoryInspection.objects.current().get()
    assert (kept.evidence_ids, kept.result) == ([document.pk], "passed")
    assert document.kind == "product_certificate"
    assert "1 条出厂检验记录" in text


def test_a_sale_that_its_buyer_took_in_is_left_alone_and_the_reason_told() -> None:
    shop, buyer = make_shop(), make_shop(name="第一食堂")
    partner = partner_of(shop.operator, buyer.operator)
    sale = sell(shop, buyer_id=partner.pk, voucher_number="X-9")
    announced = IncomingDraft.objects.get(operator=buyer.operator)
    incoming.accept_incoming(
        by=buyer.actor,
        operator=buyer.operator,
        drafts=[AcceptDraft(announced.pk)],
        at=clock.now(),
    )

    text = send(shop, **{"X-9.jpg": photo()})

    assert "没对上的" in text
    assert "对方已经确认收货" in text
    assert Sale.objects.get().evidence_ids == sale.evidence_ids == []
    assert not EvidenceDocument.objects.exists()


def test_the_same_photos_again_change_nothing() -> None:
    shop = make_shop()
    buy(shop)
    send(shop, **{"P-1.jpg": photo()})
    before = Purchase.objects.count()

    text = send(shop, **{"P-1.jpg": photo()})

    assert "这张照片已经在记录上" in text
    assert Purchase.objects.count() == before


def test_another_operator_s_records_are_not_touched() -> None:
    shop, other = make_shop(), make_shop(name="别家")
    buy(other)

    text = send(shop, **{"P-1.jpg": photo()})

    assert "没有找到对应的进货、销售或出厂检验记录" in text
    assert evidence_of(other) == [[]]


def test_what_is_no_archive_is_refused_at_its_field() -> None:
    shop = make_shop()
    upload = SimpleUploadedFile("凭证.zip", b"not a zip")

    answer = shop.client.post(PAGE, {"archive": upload})

    assert answer.status_code == 422
    assert answer.context["form"]["archive"].errors
    assert not ImportSession.objects.exists()


def test_a_stranger_s_upload_is_not_there() -> None:
    shop, other = make_shop(), make_shop(name="别家")
    buy(other)
    send(other, **{"P-1.jpg": photo()})
    session = ImportSession.objects.latest("id")

    assert shop.client.get(f"{PAGE}{session.pk}/").status_code == 404


def test_the_pages_ask_little(django_assert_max_num_queries: Any) -> None:
    shop = make_shop()
    buy(shop)
    send(shop, **{"P-1.jpg": photo()})
    session = ImportSession.objects.latest("id")

    with django_assert_max_num_queries(9):
        shop.client.get(PAGE)
    with django_assert_max_num_queries(10):
        shop.client.get(f"{PAGE}{session.pk}/")
