"""Runs, boxes, losses and returns as a person at the pages records them."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import Operator
from shilian import clock
from tests.builders.enterprises import make_operator
from tests.builders.runs import SSCC
from tests.builders.traceability import make_product, partner_of
from tests.traceability.operations.test_returns import send_back, sold
from tests.traceability.views.shop import Shop, buy, make_shop
from traceability.models import (
    Batch,
    IncomingDraft,
    Link,
    Package,
    ReturnedGoods,
    Run,
    RunOutput,
    StockMovement,
)
from traceability.operations import incoming, sales
from traceability.rules.codes import public_code
from traceability.rules.incoming import AcceptDraft
from traceability.rules.sales import SaleDraft

pytestmark = pytest.mark.django_db


def typed(*batches: tuple[int, str], **changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {
        "do": "save",
        "submit_key": str(uuid4()),
        "done_on": clock.today().isoformat(),
        "line": [str(batch) for batch, _ in batches],
    }
    for batch, quantity in batches:
        filled |= {f"lines-{batch}-batch_id": batch, f"lines-{batch}-quantity": quantity}
    return filled | changes


def outputs(*lines: dict[str, Any]) -> dict[str, Any]:
    filled: dict[str, Any] = {"rows": 3}
    for place, line in enumerate(lines):
        filled |= {f"out-{place}-{name}": value for name, value in line.items()}
    return filled


def test_a_run_of_two_outputs_is_recorded_with_its_line() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    bread = make_product(shop.operator, unit="袋", is_own_made=True)
    cake = make_product(shop.operator, unit="袋", is_own_made=True)
    form = typed((batch, "4")) | outputs(
        {"product_id": bread.pk, "quantity": "3"}, {"product_id": cake.pk, "quantity": "1"}
    )
    response = shop.client.post("/my/runs/several/new/", form, follow=True)

    page = response.content.decode()
    assert "已登记 2 条产出" in page
    assert sorted(Link.objects.filter(parent_id=batch).values_list("quantity", flat=True)) == [
        Decimal(1),
        Decimal(3),
    ]
    assert Run.objects.get().kind == "transformation"


def test_more_lines_can_be_asked_for_and_what_was_typed_stays() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    form = typed((batch, "4"), do="more") | outputs({"quantity": "3", "batch_number": "B-9"})

    page = shop.client.post("/my/runs/split/new/", form).content.decode()

    assert 'name="rows" value="4"' in page
    assert 'value="B-9"' in page
    assert 'name="out-3-quantity"' in page


def test_a_batch_is_split_and_the_parts_are_shown_on_its_page() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    form = typed((batch, "4")) | outputs({"quantity": "3"}, {"quantity": "1"})

    shop.client.post("/my/runs/split/new/", form)

    page = shop.client.get(f"/my/batches/{batch}/").content.decode()
    assert "用它做成、拆成、装成了什么" in page
    part = Batch.objects.filter(origin_kind="repacked").first()
    assert part is not None
    page = shop.client.get(f"/my/batches/{part.pk}/").content.decode()
    assert "从哪一批来" in page
    assert "作废这次的 2 批" in page
    shop.client.post(f"/my/batches/{part.pk}/void-run/", {"reason": "拆错了"})
    assert set(Batch.objects.filter(origin_kind="repacked").values_list("state")) == {("voided",)}


def test_the_line_of_an_ordinary_production_is_kept() -> None:
    shop = make_shop(sector="production")
    batch = buy(shop).batch_id
    bread = make_product(shop.operator, unit="袋", is_own_made=True)
    form = {
        "do": "save",
        "submit_key": str(uuid4()),
        "produced_on": clock.today().isoformat(),
        "product_id": bread.pk,
        "quantity": "10",
        "production_line": "二号线",
        "line": [str(batch)],
        f"lines-{batch}-batch_id": batch,
        f"lines-{batch}-quantity": "4",
    }

    shop.client.post("/my/production/", form)

    assert Run.objects.get().line == "二号线"
    assert RunOutput.objects.get().run_id == Run.objects.get().pk


def test_a_box_is_found_by_its_number_also_where_it_was_sold_to() -> None:
    seller, buyer = make_shop(is_wholesale=True), make_shop(name="小卖部")
    batch = buy(seller).batch_id
    form = typed((batch, "4"), pack="box", sscc=f"(00){SSCC}")

    seller.client.post("/my/runs/box/new/", form)

    package = Package.objects.get()
    assert package.sscc == SSCC
    found = seller.client.get("/my/boxes/", {"q": f"00{SSCC}"})
    assert found.headers["Location"] == f"/my/batches/{package.batch_id}/"
    assert "箱里装了什么" in seller.client.get(found.headers["Location"]).content.decode()
    assert SSCC in seller.client.get("/my/boxes/").content.decode()

    assert buyer.client.get("/my/boxes/", {"q": SSCC}).status_code == 200
    theirs = sell(seller, buyer, package.batch_id)
    found = buyer.client.get("/my/boxes/", {"q": SSCC})
    assert found.headers["Location"] == f"/my/batches/{theirs}/"


def sell(seller: Shop, buyer: Shop, batch_id: int) -> int:
    """The buyer's batch of two of the seller's goods."""
    draft = SaleDraft(
        batch_id=batch_id,
        buyer_id=partner_of(seller.operator, buyer.operator).pk,
        quantity=Decimal(2),
        unit="袋",
        sold_on=clock.today(),
        voucher_number="S-1",
    )
    sales.record_sales(by=seller.actor, operator=seller.operator, drafts=[draft], at=clock.now())
    waiting = IncomingDraft.objects.get(operator=buyer.operator)
    [purchase] = incoming.accept_incoming(
        by=buyer.actor, operator=buyer.operator, drafts=[AcceptDraft(waiting.pk)], at=clock.now()
    )
    return purchase.batch_id


@pytest.mark.parametrize(("sscc", "said"), [("123", "是18位数字"), (f"{SSCC[:-1]}8", "校验位不对")])
def test_a_wrong_box_number_is_told_at_its_field(sscc: str, said: str) -> None:
    shop = make_shop()
    form = typed((buy(shop).batch_id, "4"), pack="box", sscc=sscc)

    response = shop.client.post("/my/runs/box/new/", form)

    assert said in response.content.decode()
    assert not Package.objects.exists()


def moved(*batches: tuple[int, str], **changes: Any) -> dict[str, Any]:
    form = {"kind": "loss", "cause": "搬运时破损", "moved_on": clock.today().isoformat()}
    return typed(*batches) | form | changes


def test_a_loss_is_recorded_listed_and_voided() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id

    response = shop.client.post("/my/movements/new/", moved((batch, "4")), follow=True)

    assert "已登记 1 条出库" in response.content.decode()
    movement = StockMovement.objects.get()
    assert "搬运时破损" in shop.client.get("/my/movements/").content.decode()
    assert "搬运时破损" in shop.client.get(f"/my/batches/{batch}/").content.decode()
    assert "作废" in shop.client.get(f"/my/movements/{movement.pk}/").content.decode()
    shop.client.post(f"/my/movements/{movement.pk}/void/", {"reason": "找到了"})
    movement.refresh_from_db()
    assert (movement.state, movement.reason) == ("voided", "找到了")
    page = shop.client.get(f"/my/movements/{movement.pk}/").content.decode()
    assert "这条记录已作废：找到了" in page


def test_a_loss_without_goods_cause_or_kind_is_told() -> None:
    shop = make_shop()
    buy(shop)

    response = shop.client.post("/my/movements/new/", moved(kind="", cause=""))

    page = response.content.decode()
    assert response.status_code == 422
    for said in ("请选“损耗”“销毁”或“退货”", "请填写原因", "请在要登记的那批后面填数量"):
        assert said in page
    assert not StockMovement.objects.exists()


def test_more_than_is_there_is_asked_about_once() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    form = moved((batch, "100000"))

    page = shop.client.post("/my/movements/new/", form).content.decode()
    assert "账上只剩" in page
    assert not StockMovement.objects.exists()
    confirmed = page.split('name="confirmed" value="')[1].split('"')[0]
    shop.client.post("/my/movements/new/", form | {"confirmed": confirmed})

    assert StockMovement.objects.get().warnings == ["more_than_on_hand"]


def test_a_return_waits_at_the_seller_who_takes_it_back() -> None:
    seller, buyer = make_shop(is_wholesale=True), make_shop(name="小卖部")
    theirs = sell(seller, buyer, buy(seller).batch_id)

    buyer.client.post("/my/movements/new/", moved((theirs, "2"), kind="return"))

    returned = ReturnedGoods.objects.get()
    assert "小卖部" in seller.client.get("/my/returns/").content.decode()
    assert "有 1 批退货等您确认" in seller.client.get("/my/").content.decode()
    take = f"/my/returns/{returned.pk}/take/"
    assert "少收原因" in seller.client.post(take, {"quantity": "1"}).content.decode()
    seller.client.post(take, {"quantity": "1", "reason": "少了一袋"})
    returned.refresh_from_db()
    assert (returned.state, returned.reason) == ("accepted_short", "少了一袋")
    page = seller.client.get(f"/my/batches/{returned.received_batch_id}/").content.decode()
    assert "小卖部" in page
    assert "少了一袋" in seller.client.get("/my/returns/answered/").content.decode()
    assert seller.client.get(take).headers["Location"] == "/my/returns/answered/"
    page = buyer.client.get(f"/my/movements/{returned.movement_id}/").content.decode()
    assert "少了一袋" in page


def test_a_mistaken_take_back_is_undone_at_the_page(django_assert_max_num_queries: Any) -> None:
    seller, buyer = make_shop(is_wholesale=True), make_shop(name="小卖部")
    theirs = sell(seller, buyer, buy(seller).batch_id)
    buyer.client.post("/my/movements/new/", moved((theirs, "2"), kind="return"))
    returned = ReturnedGoods.objects.get()
    seller.client.post(f"/my/returns/{returned.pk}/take/", {"quantity": "2"})
    returned.refresh_from_db()
    void = f"/my/returns/{returned.pk}/void/"
    batch = f"/my/batches/{returned.received_batch_id}/"

    assert void in seller.client.get("/my/returns/answered/").content.decode()
    assert void in seller.client.get(batch).content.decode()
    with django_assert_max_num_queries(9):
        assert "重新等您确认" in seller.client.get(void).content.decode()
    assert seller.client.post(void, {"reason": ""}).status_code == 422
    answer = seller.client.post(void, {"reason": "点错了"}, follow=True).content.decode()

    assert "重新等您确认" in answer
    returned.refresh_from_db()
    assert returned.is_waiting
    assert "没有收回" in seller.client.post(void, {"reason": "点错了"}).content.decode()
    assert "点错了" in seller.client.get(batch).content.decode()


def test_a_return_is_refused_with_a_reason() -> None:
    seller, buyer = make_shop(is_wholesale=True), make_shop(name="小卖部")
    theirs = sell(seller, buyer, buy(seller).batch_id)
    buyer.client.post("/my/movements/new/", moved((theirs, "2"), kind="return"))
    refuse = f"/my/returns/{ReturnedGoods.objects.get().pk}/refuse/"

    assert seller.client.post(refuse, {"reason": ""}).status_code == 422
    seller.client.post(refuse, {"reason": "不是我卖的货"})

    assert ReturnedGoods.objects.get().state == "refused"
    assert StockMovement.objects.get().returned_quantity == 2


def fill(shop: Shop, buyer: Operator, count: int) -> None:
    """So many boxes, losses and returned goods."""
    for _ in range(count):
        batch = buy(shop).batch_id
        shop.client.post("/my/runs/box/new/", typed((batch, "1"), pack="box"))
        shop.client.post("/my/movements/new/", moved((batch, "1")))
        _, theirs = sold(shop.operator, buyer)
        send_back(buyer, theirs, 2)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("movements", {"种类": "损耗", "品名": "面粉", "数量": 1, "原因": "搬运时破损"}),
        ("returns", {"退货者": "幸福饭店", "数量": 2, "退货原因": "包装破损", "状态": "待确认"}),
        ("boxes", {"种类": "箱", "品名": "面粉", "数量": 1, "里面几批": 1}),
    ],
)
def test_the_lists_leave_as_sheets(name: str, told: dict[str, Any]) -> None:
    shop = make_shop(is_wholesale=True)
    fill(shop, make_operator(name="幸福饭店"), 1)

    sheet = shop.client.get(f"/my/{name}/export/")

    heads, *rows = load_workbook(io.BytesIO(sheet.content)).active.iter_rows(values_only=True)
    [row] = [dict(zip(heads, row, strict=True)) for row in rows if row[2] is not None]
    assert {head: row[head] for head in told} == told


def test_the_pages_cost_the_same_however_much_there_is() -> None:
    shop, buyer = make_shop(is_wholesale=True), make_operator()
    fill(shop, buyer, 2)
    box = Package.objects.first().batch_id
    urls = {
        "/my/movements/": 9,
        "/my/boxes/": 11,
        "/my/returns/": 9,
        "/my/runs/several/new/": 15,
        "/my/runs/box/new/": 16,
        "/my/movements/new/": 14,
        f"/my/batches/{box}/": 26,
    }

    few = {url: queries_of(shop, url) for url in urls}
    fill(shop, buyer, 18)
    many = {url: queries_of(shop, url) for url in urls}

    assert {url: count for url, count in many.items() if count > few[url]} == {}
    assert {url: count for url, count in many.items() if count > urls[url]} == {}


def queries_of(shop: Shop, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert shop.client.get(url).status_code == 200
    return len(found)


def test_the_buttons_of_a_batch_lead_to_a_form_with_it() -> None:
    shop = make_shop()
    batch = Batch.objects.get(pk=buy(shop).batch_id)
    code = public_code(batch.pk, batch.token_salt)

    page = shop.client.get(f"/my/runs/split/new/?kept=1&batch_q={code}").content.decode()

    assert f'name="lines-{batch.pk}-quantity"' in page


def test_a_scanned_box_is_offered_where_goods_are_picked() -> None:
    shop = make_shop(is_wholesale=True)
    batch = buy(shop).batch_id
    shop.client.post("/my/runs/box/new/", typed((batch, "4"), pack="box", sscc=SSCC))
    box = Package.objects.get().batch_id

    for url in ("/my/sales/new/", "/my/movements/new/", "/my/runs/box/new/"):
        page = shop.client.post(url, {"do": "look", "batch_q": f"00{SSCC}"}).content.decode()
        assert f'name="lines-{box}-quantity"' in page
        assert f'name="lines-{batch}-quantity"' not in page
    assert (
        "没有找到"
        in shop.client.post(
            "/my/sales/new/", {"do": "look", "batch_q": "376104250021234569"}
        ).content.decode()
    )
