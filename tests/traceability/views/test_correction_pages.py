"""The pages that put records right: inspections, what was made, what was grown, sales, purchases."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from enterprises.models import AuditEntry, Sector
from shilian import clock
from tests.builders.traceability import make_partner, make_product
from tests.traceability.views.shop import Shop, bake, buy, inspect, make_shop
from traceability import labels
from traceability.models import Batch, BatchRevision, FactoryInspection, Link, Purchase, Run, Sale
from traceability.operations import production, sales
from traceability.rules.production import HarvestDraft
from traceability.rules.sales import SaleDraft

pytestmark = pytest.mark.django_db
TODAY = clock.today().isoformat()


def make_factory() -> Shop:
    return make_shop(sector=Sector.PRODUCTION)


def photo() -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(drawn, "JPEG")
    return SimpleUploadedFile("票据.jpg", drawn.getvalue(), "image/jpeg")


def test_an_inspection_is_corrected_from_its_page() -> None:
    shop = make_factory()
    inspection = inspect(shop, bake(shop))
    page = f"/my/inspections/{inspection.pk}/"
    data = {
        "result": "passed",
        "certificate_number": "J-2",
        "inspected_on": TODAY,
        "reason": "证号写错",
    }

    offered = f"{page}correct/" in shop.client.get(page).content.decode()
    answer = shop.client.post(f"{page}correct/", data)

    inspection.refresh_from_db()
    new = FactoryInspection.objects.current().get()
    assert (offered, answer.status_code) == (True, 302)
    assert (new.certificate_number, new.supersedes_id) == ("J-2", inspection.pk)
    assert (inspection.state, inspection.reason) == ("superseded", "证号写错")


def test_all_that_is_wrong_with_an_inspection_is_told_at_once() -> None:
    shop = make_factory()
    inspection = inspect(shop, bake(shop))
    data = {"result": "passed", "inspected_on": "2020-01-01", "voucher_number": "9" * 61}

    answer = shop.client.post(f"/my/inspections/{inspection.pk}/correct/", data)

    told = answer.context["form"].errors
    assert set(told) == {"reason", "voucher_number", "certificate_number", "inspected_on"}
    assert FactoryInspection.objects.count() == 1


def test_a_run_is_corrected_with_its_materials() -> None:
    shop = make_factory()
    flour, oil = buy(shop).batch_id, buy(shop).batch_id
    bread = bake(shop, (flour, 6))
    page = f"/my/batches/{bread.pk}/"
    shown = shop.client.get(f"{page}correct/").context["materials"].inputs
    data = {
        "quantity": "45",
        "produced_on": TODAY,
        "batch_number": "M-2",
        "production_line": "二号线",
        "reason": "原料记错",
        "line": [flour, oil],
        f"lines-{flour}-batch_id": flour,
        f"lines-{flour}-quantity": "",
        f"lines-{oil}-batch_id": oil,
        f"lines-{oil}-quantity": "7",
    }

    answer = shop.client.post(f"{page}correct/", data, follow=True)

    bread.refresh_from_db()
    link = Link.objects.get(child_id=bread.pk)
    assert (shown[0].number, shown[0].form["quantity"].value()) == (flour, "6")
    assert (link.parent_id, link.quantity) == (oil, Decimal(7))
    assert (bread.quantity, bread.batch_number) == (Decimal(45), "M-2")
    assert "批号 M-1" in answer.content.decode()
    assert "原料记错" in answer.content.decode()
    again = shop.client.get(f"{page}correct/").context["form"]
    assert again["production_line"].value() == Run.objects.get().line == "二号线"


def test_all_that_is_wrong_with_a_run_is_told_at_once() -> None:
    shop = make_factory()
    flour = buy(shop).batch_id
    bread = bake(shop, (flour, 6))
    data = {
        "quantity": "x",
        "produced_on": "2020-01-01",
        "batch_number": "9" * 61,
        "line": [flour],
        f"lines-{flour}-batch_id": flour,
        f"lines-{flour}-quantity": "0",
    }

    answer = shop.client.post(f"/my/batches/{bread.pk}/correct/", data)

    told = answer.context["form"].errors
    assert set(told) == {"__all__", "quantity", "produced_on", "batch_number", "reason"}
    assert any("数量必须大于0" in text for text in told["__all__"])
    assert not BatchRevision.objects.exists()


def test_a_batch_is_voided_from_its_page() -> None:
    shop = make_factory()
    flour = buy(shop).batch_id
    bread = bake(shop, (flour, 6))

    answer = shop.client.post(
        f"/my/batches/{bread.pk}/void/", {"reason": "重复登记"}, follow=True
    ).content.decode()

    bread.refresh_from_db()
    assert bread.state == "voided"
    assert "这一批已经作废：重复登记" in answer
    assert f"/my/batches/{bread.pk}/labels/" not in answer
    assert f"/my/batches/{bread.pk}/correct/" not in answer


def test_a_batch_in_use_says_what_to_do_first() -> None:
    shop = make_factory()
    bread = bake(shop)
    inspect(shop, bread)

    answer = shop.client.post(f"/my/batches/{bread.pk}/void/", {"reason": "重复登记"})

    bread.refresh_from_db()
    assert (answer.status_code, bread.state) == (422, "current")
    assert "请先作废那条检验记录" in answer.content.decode()


def test_bought_goods_are_put_right_on_their_purchase() -> None:
    shop = make_factory()
    bought = buy(shop).batch_id

    assert shop.client.get(f"/my/batches/{bought}/correct/").status_code == 404
    assert shop.client.post(f"/my/batches/{bought}/void/", {"reason": "错"}).status_code == 404
    assert (
        f"/my/batches/{bought}/void/"
        not in shop.client.get(f"/my/batches/{bought}/").content.decode()
    )


def test_a_harvest_is_corrected_from_its_page() -> None:
    shop = make_shop(sector=Sector.FARM)
    draft = HarvestDraft(shop.product.pk, Decimal(500), "袋", clock.today(), origin_place="历下区")
    [crop] = production.record_harvests(
        by=shop.actor, operator=shop.operator, drafts=[draft], at=clock.now()
    )
    data = {
        "quantity": "480",
        "harvested_on": TODAY,
        "origin_place": "章丘区",
        "reason": "称重看错",
    }

    answer = shop.client.post(f"/my/batches/{crop.pk}/correct/", data)

    crop.refresh_from_db()
    assert answer.status_code == 302
    assert (crop.quantity, crop.origin_place) == (Decimal(480), "章丘区")
    assert BatchRevision.objects.get().before["batch"]["origin_place"] == "历下区"


def release(shop: Shop, batch: Batch) -> Sale:
    """Sold before its inspection, on the responsible person's word."""
    buyer = make_partner(shop.operator)
    [sale] = sales.record_sales(
        by=shop.actor,
        operator=shop.operator,
        drafts=[SaleDraft(batch.pk, buyer.pk, Decimal(4), "袋", clock.today())],
        at=clock.now(),
        override_reason="保供急用",
    )
    return sale


@pytest.mark.parametrize(
    ("quantity", "override", "status"),
    [("4", "", 302), ("3", "", 302), ("5", "", 422), ("5", "保供追加", 302)],
)
def test_a_sale_let_out_before_its_inspection_is_corrected(
    quantity: str, override: str, status: int
) -> None:
    shop = make_factory()
    sale = release(shop, bake(shop))
    data = {"quantity": quantity, "sold_on": TODAY, "reason": "数量记错"}

    answer = shop.client.post(f"/my/sales/{sale.pk}/correct/", data | {"override_reason": override})

    current = Sale.objects.current().get()
    assert answer.status_code == status
    assert current.quantity == (Decimal(quantity) if status == 302 else Decimal(4))
    if override:
        entry = AuditEntry.objects.get(event="sale_corrected")
        assert entry.details["override_reason"] == override


def test_a_correction_of_a_sale_asks_to_confirm_its_warnings() -> None:
    shop = make_shop(is_wholesale=True)
    product = make_product(shop.operator, name="豆腐", shelf_life_value=1, shelf_life_unit="day")
    batch = buy(shop, product_id=product.pk, produced_on=clock.today().replace(year=2020)).batch
    buyer = make_partner(shop.operator)
    [sale] = sales.record_sales(
        by=shop.actor,
        operator=shop.operator,
        drafts=[SaleDraft(batch.pk, buyer.pk, Decimal(4), "袋", clock.today())],
        at=clock.now(),
    )
    data = {"quantity": "3", "sold_on": TODAY, "reason": "数量记错"}

    asked = shop.client.post(f"/my/sales/{sale.pk}/correct/", data)
    unchanged = Sale.objects.get().quantity
    key = asked.context["confirm_key"]
    answer = shop.client.post(f"/my/sales/{sale.pk}/correct/", data | {"confirmed": key})

    assert (asked.status_code, unchanged) == (200, Decimal(4))
    assert "已经过期" in asked.content.decode()
    assert answer.status_code == 302


def test_a_photo_is_added_where_the_voucher_was_lacking(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path
    shop = make_shop()
    bought = buy(shop, voucher_number="")
    page = f"/my/purchases/{bought.pk}/correct/"
    reason = shop.client.get(f"{page}?fill=1").context["form"]["reason"].value()
    data = {
        "quantity": "10",
        "unit": "袋",
        "purchased_on": TODAY,
        "produced_on": clock.today().replace(day=1).isoformat(),
        "reason": reason,
        "photo_kind": "voucher",
        "photos": photo(),
    }

    answer = shop.client.post(page, data)

    new = Purchase.objects.current().get()
    assert (answer.status_code, "voucher" in bought.missing) == (302, True)
    assert (len(new.evidence_ids), new.missing) == (1, [])


def typed_purchase(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "do": "save",
        "submit_key": str(uuid4()),
        "supplier_id": shop.supplier.pk,
        "purchased_on": TODAY,
        "photo_kind": "voucher",
        "line": ["0"],
        "lines-0-product_id": shop.product.pk,
        "lines-0-quantity": "10",
        "lines-0-unit": "袋",
    } | changes


def test_a_purchase_tells_all_its_faults_at_once() -> None:
    shop = make_shop()
    data = typed_purchase(
        shop,
        voucher_number="9" * 61,
        purchased_on="2020-01-01",
        **{"lines-0-quantity": "0", "lines-0-unit": "呱"},
    )

    entry = shop.client.post("/my/purchases/new/", data).context["entry"]

    assert set(entry.head.errors) == {"voucher_number", "purchased_on"}
    assert set(entry.lines[0].form.errors) == {"quantity", "unit"}
    assert not Purchase.objects.exists()


def test_a_new_supplier_and_the_goods_tell_their_faults_together() -> None:
    shop = make_shop()
    data = typed_purchase(
        shop,
        supplier_id="new",
        **{"partner-contact_phone": "12", "lines-0-quantity": "0"},
    )

    entry = shop.client.post("/my/purchases/new/", data).context["entry"]

    assert set(entry.picker.form.errors) == {"name", "contact_phone"}
    assert set(entry.lines[0].form.errors) == {"quantity"}
    assert not Purchase.objects.exists()


def test_a_sale_tells_all_its_faults_at_once() -> None:
    shop = make_shop(is_wholesale=True)
    batch = buy(shop).batch_id
    data = {
        "do": "save",
        "sold_on": "",
        "photo_kind": "voucher",
        "voucher_number": "9" * 61,
        "line": [batch],
        f"lines-{batch}-batch_id": batch,
        f"lines-{batch}-unit": "袋",
        f"lines-{batch}-quantity": "0",
    }

    entry = shop.client.post("/my/sales/new/", data).context["entry"]

    assert set(entry.head.errors) == {"voucher_number", "sold_on", "buyer_id"}
    assert set(entry.lines[0].form.errors) == {"quantity"}
    assert not Sale.objects.exists()


@pytest.mark.parametrize("url", ["/my/production/", "/my/harvests/new/"])
def test_making_and_harvest_tell_all_their_faults_at_once(url: str) -> None:
    shop = make_factory()
    product = make_product(shop.operator, name="馒头", is_own_made=True)
    data = {"product_id": product.pk, "quantity": "0", "batch_number": "9" * 61}

    form = shop.client.post(url, data).context["form"]

    assert set(form.errors) >= {"quantity", "batch_number"}
    assert any(name in form.errors for name in ("produced_on", "harvested_on"))
    assert not Batch.objects.exists()


def test_an_inspection_entry_tells_all_its_faults_at_once() -> None:
    shop = make_factory()
    bake(shop)
    data = {"result": "passed", "inspected_on": "2020-01-01", "items": "长" * 201}

    form = shop.client.post("/my/inspections/new/", data).context["form"]

    assert set(form.errors) == {"batch_id", "items", "certificate_number", "inspected_on"}


@pytest.mark.parametrize("text", ["面粉", "mf", "L-OLD", "code"])
@pytest.mark.parametrize("url", ["/my/sales/new/", "/my/production/"])
def test_any_batch_in_stock_is_found(url: str, text: str) -> None:
    shop = make_factory()
    wanted = buy(shop, batch_number="L-OLD").batch
    other = make_product(shop.operator, name="白糖", pinyin="bt")
    buy(shop, product_id=other.pk)
    data = {"do": "look", "batch_q": labels.code_of(wanted) if text == "code" else text}

    context = shop.client.post(url, data).context

    lines = context["materials"].inputs if "materials" in context else context["entry"].lines
    assert [line.number for line in lines] == [wanted.pk]


def test_the_corrections_of_a_batch_cost_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    shop = make_factory()
    bread = bake(shop, (buy(shop).batch_id, 6))

    with django_assert_max_num_queries(22):
        shop.client.get(f"/my/batches/{bread.pk}/correct/")
    with django_assert_max_num_queries(14):
        shop.client.get(f"/my/batches/{bread.pk}/void/")


def test_a_repeat_without_its_voucher_says_so_before_and_after() -> None:
    shop = make_shop()
    last = buy(shop, voucher_number="")
    data = typed_purchase(shop, **{"lines-0-same_batch": "on"})

    before = shop.client.get(f"/my/purchases/new/?repeat={last.pk}").content.decode()
    after = shop.client.post(
        f"/my/purchases/new/?repeat={last.pk}", data, follow=True
    ).content.decode()

    new = Purchase.objects.exclude(pk=last.pk).get()
    assert "这次的票据还没有" in before
    assert f"/my/purchases/{new.pk}/correct/?fill=1#id_photos" in after


def test_what_the_law_asks_of_a_supplier_is_marked_so() -> None:
    page = make_shop().client.get("/my/purchases/new/").content.decode()

    assert page.count("法定，建议填") == 2
