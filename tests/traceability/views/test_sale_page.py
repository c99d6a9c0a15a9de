"""The sale page: from the goods on hand, to a buyer, never more than there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from enterprises.models import Sector
from shilian import clock
from tests.builders.traceability import make_partner, make_product, partner_of
from tests.traceability.views.shop import Shop, buy, make_shop
from traceability.models import Batch, IncomingDraft, Package, Sale
from traceability.operations import holds, production, purchases
from traceability.queries import stock
from traceability.rules.production import ProductionDraft
from traceability.rules.purchases import PurchaseDraft

pytestmark = pytest.mark.django_db
URL = "/my/sales/new/"


def typed(shop: Shop, batch_id: int, **changes: Any) -> dict[str, Any]:
    filled = {
        "do": "save",
        "submit_key": str(uuid4()),
        "buyer_id": shop.supplier.pk,
        "sold_on": clock.today().isoformat(),
        "voucher_number": "S-1",
        "photo_kind": "voucher",
        "line": [str(batch_id)],
        f"lines-{batch_id}-batch_id": batch_id,
        f"lines-{batch_id}-unit": "袋",
        f"lines-{batch_id}-quantity": "4",
    }
    return filled | changes


def make_batch(shop: Shop) -> Batch:
    """Bread of the shop's own making, not yet inspected."""
    product = make_product(shop.operator, name="馒头", unit="袋", is_own_made=True)
    draft = ProductionDraft(product.pk, Decimal(50), "袋", clock.today())
    [batch] = production.record_production(
        by=shop.actor, operator=shop.operator, drafts=[draft], at=clock.now()
    )
    return batch


def test_a_sale_is_recorded_and_waits_at_a_registered_buyer() -> None:
    shop, canteen = make_shop(is_wholesale=True), make_shop(name="小学食堂")
    batch_id = buy(shop).batch_id
    buyer = partner_of(shop.operator, canteen.operator)

    response = shop.client.post(URL, typed(shop, batch_id, buyer_id=buyer.pk), follow=True)

    assert "已登记 1 条销售" in response.content.decode()
    assert IncomingDraft.objects.get(operator=canteen.operator).quantity == Decimal(4)


def test_goods_older_than_the_newest_are_found_by_their_batch_number() -> None:
    shop = make_shop()
    old = buy(shop, batch_number="L-OLD").batch
    later = PurchaseDraft(shop.product.pk, shop.supplier.pk, Decimal(1), "袋", clock.today())
    purchases.record_purchases(
        by=shop.actor, operator=shop.operator, drafts=[later] * stock.SHOWN, at=clock.now()
    )

    found = shop.client.post(URL, {"do": "look", "batch_q": "L-OLD"}).context["entry"].lines

    assert [line.number for line in found] == [old.pk]


def test_a_second_press_sells_once() -> None:
    shop = make_shop(is_wholesale=True)
    data = typed(shop, buy(shop).batch_id)

    shop.client.post(URL, data)
    shop.client.post(URL, data)

    assert Sale.objects.count() == 1


def test_more_than_is_left_is_asked_about_once_and_then_kept() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id
    data = typed(shop, batch_id, **{f"lines-{batch_id}-quantity": "11"})

    asked = shop.client.post(URL, data)
    sold_before = Sale.objects.count()
    shop.client.post(URL, data | {"confirmed": asked.context["entry"].confirm_key})

    told = asked.content.decode()
    assert "只剩10袋" in told
    assert "去补登进货" in told
    assert sold_before == 0
    assert Sale.objects.get().warnings == ["more_than_on_hand"]


def test_what_others_sold_meanwhile_is_asked_about_first() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id
    data = typed(shop, batch_id, **{f"lines-{batch_id}-quantity": "6"})
    shop.client.post(URL, data)

    asked = shop.client.post(URL, data | {"submit_key": str(uuid4())})

    assert Sale.objects.count() == 1
    assert "只剩4袋" in asked.content.decode()


def test_a_batch_without_quantity_is_not_sold() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id

    response = shop.client.post(URL, typed(shop, batch_id, **{f"lines-{batch_id}-quantity": ""}))

    assert "请在要卖的那一批后面填数量" in response.content.decode()
    assert not Sale.objects.exists()


def test_somebody_elses_batch_does_not_exist() -> None:
    shop, other = make_shop(is_wholesale=True), make_shop(name="隔壁菜店")

    response = shop.client.post(URL, typed(shop, buy(other).batch_id))

    assert response.status_code == 404
    assert not Sale.objects.exists()


def test_goods_not_yet_inspected_show_the_gate_and_stay() -> None:
    shop = make_shop(sector=Sector.PRODUCTION)
    batch = make_batch(shop)

    page = shop.client.get(URL).content.decode()
    refused = shop.client.post(URL, typed(shop, batch.pk))

    assert "还没有出厂检验合格" in page
    assert refused.status_code == 422
    assert not Sale.objects.exists()


def test_the_responsible_person_may_open_the_gate_with_a_reason() -> None:
    shop = make_shop(sector=Sector.PRODUCTION)
    batch = make_batch(shop)

    shop.client.post(URL, typed(shop, batch.pk, override_reason="抢险保供，检验随后补上"))

    assert Sale.objects.get().batch_id == batch.pk


def test_inspected_goods_may_be_sold() -> None:
    shop = make_shop(sector=Sector.PRODUCTION)
    batch = make_batch(shop)
    inspection = {
        "batch_id": batch.pk,
        "inspected_on": clock.today().isoformat(),
        "result": "passed",
        "certificate_number": "J-1",
    }

    passed = shop.client.post("/my/inspections/new/", inspection, follow=True)
    shop.client.post(URL, typed(shop, batch.pk))

    assert "已登记 1 条出厂检验" in passed.content.decode()
    assert Sale.objects.get().certificate_number == "J-1"


def test_a_passed_inspection_needs_its_certificate() -> None:
    shop = make_shop(sector=Sector.PRODUCTION)
    batch = make_batch(shop)
    data = {"batch_id": batch.pk, "inspected_on": clock.today().isoformat(), "result": "passed"}

    response = shop.client.post("/my/inspections/new/", data)

    assert response.status_code == 422
    assert "请填写检验合格证号" in response.content.decode()


def test_making_uses_up_what_went_in() -> None:
    shop = make_shop(sector=Sector.PRODUCTION)
    flour = buy(shop).batch_id
    bread = make_product(shop.operator, name="馒头", unit="袋", is_own_made=True)
    data = {
        "product_id": bread.pk,
        "quantity": "30",
        "produced_on": clock.today().isoformat(),
        "line": [str(flour)],
        f"lines-{flour}-batch_id": flour,
        f"lines-{flour}-quantity": "6",
    }

    response = shop.client.post("/my/production/", data, follow=True)

    assert "已登记 1 条生产" in response.content.decode()
    assert (
        "<dt>还剩</dt><dd><strong>4</strong>"
        in shop.client.get(f"/my/batches/{flour}/").content.decode()
    )


def test_a_harvest_begins_a_batch() -> None:
    farm = make_shop(sector=Sector.FARM)
    data = {
        "product_id": farm.product.pk,
        "quantity": "200",
        "harvested_on": clock.today().isoformat(),
        "origin_place": "三号棚",
    }

    farm.client.post("/my/harvests/new/", data)

    batch = Batch.objects.get(operator=farm.operator)
    assert (batch.quantity, batch.origin_place) == (Decimal(200), "三号棚")


def test_a_buyer_may_be_written_in_place() -> None:
    shop = make_shop(is_wholesale=True)
    make_partner(shop.operator, name="别家")
    new = {"buyer_id": "new", "partner-name": "幸福小饭桌"}

    shop.client.post(URL, typed(shop, buy(shop).batch_id, **new))

    assert Sale.objects.get().buyer_name == "幸福小饭桌"


def allocated(shop: Shop, what: str, amount: str, **more: Any) -> dict[int, str]:
    """What the page proposes: the quantity beside each batch."""
    data = {"do": "allocate", "fefo_what": what, "fefo_quantity": amount} | more
    entry = shop.client.post(URL, data).context["entry"]
    said = {line.number: str(line.form["quantity"].value() or "") for line in entry.lines}
    return {number: text for number, text in said.items() if text}


def test_a_sale_without_a_batch_is_shared_out_over_what_expires_first() -> None:
    shop = make_shop(is_wholesale=True)
    today = clock.today()
    fresh = buy(shop, produced_on=today).batch_id
    old = buy(shop, produced_on=today - timedelta(days=20)).batch_id

    proposed = allocated(shop, "面粉", "14")
    data = typed(shop, old, line=[str(old), str(fresh)])
    data |= {f"lines-{fresh}-batch_id": fresh, f"lines-{fresh}-unit": "袋"}
    data |= {f"lines-{id_}-quantity": text for id_, text in proposed.items()}
    shop.client.post(URL, data)

    assert proposed == {old: "10", fresh: "4"}
    assert dict(Sale.objects.values_list("batch_id", "quantity")) == {
        old: Decimal(10),
        fresh: Decimal(4),
    }


def test_one_product_of_two_makers_is_one_thing_to_sell() -> None:
    shop = make_shop(is_wholesale=True)
    same = make_product(shop.operator, name="面粉", maker_name="另一家面粉厂")
    mine, theirs = buy(shop).batch_id, buy(shop, product_id=same.pk).batch_id

    assert allocated(shop, "面粉", "12") == {mine: "10", theirs: "2"}


def test_a_proposal_costs_a_fixed_number_of_queries(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    shop = make_shop(is_wholesale=True)
    for _ in range(9):
        buy(shop)
    allocated(shop, "面粉", "3")

    with django_assert_max_num_queries(28):
        allocated(shop, "面粉", "85")


@pytest.mark.parametrize("what", ["面粉（高筋）", "面粉(高筋)"])
def test_a_name_written_in_full_is_meant_in_either_width(what: str) -> None:
    shop = make_shop(is_wholesale=True)
    plain = make_product(shop.operator, name="面粉（高筋）", specification="", unit="袋")
    better = make_product(shop.operator, name="面粉（高筋）特级", specification="", unit="袋")
    meant = buy(shop, product_id=plain.pk).batch_id
    buy(shop, product_id=better.pk)

    assert allocated(shop, what, "3") == {meant: "3"}


def test_a_frozen_batch_is_not_proposed() -> None:
    shop = make_shop(is_wholesale=True)
    frozen, free = buy(shop), buy(shop)
    holds.hold_batches(by=shop.actor, batch_ids=[frozen.batch_id], reason="待查", at=clock.now())

    assert allocated(shop, "mf", "3") == {free.batch_id: "3"}


def test_what_is_short_because_it_is_frozen_is_not_called_unrecorded() -> None:
    shop = make_shop(is_wholesale=True)
    frozen, _ = buy(shop), buy(shop)
    holds.hold_batches(by=shop.actor, batch_ids=[frozen.batch_id], reason="待查", at=clock.now())
    data = {"do": "allocate", "fefo_what": "面粉", "fefo_quantity": "18"}

    page = shop.client.post(URL, data).content.decode()

    assert "能卖的面粉还差 8 袋：10 袋已冻结，没有动用。" in page
    assert "多半有进货没登记" not in page


def test_a_pallet_is_named_among_like_batches_and_taken_last() -> None:
    shop = make_shop(is_wholesale=True)
    loose = buy(shop).batch_id
    packed = typed(shop, loose, pack="pallet", done_on=clock.today().isoformat())
    shop.client.post("/my/runs/box/new/", packed | {f"lines-{loose}-quantity": "2"})
    pallet = Package.objects.get()

    page = shop.client.get(URL).content.decode()

    assert page.count("整托盘") == 1
    assert allocated(shop, "面粉", "9") == {loose: "8", pallet.batch_id: "1"}


def test_product_and_quantity_alone_are_proposed_before_they_are_saved() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id
    data = typed(shop, batch_id, fefo_what="面粉", fefo_quantity="12")
    data[f"lines-{batch_id}-quantity"] = ""

    page = shop.client.post(URL, data)

    assert not Sale.objects.exists()
    assert "还差 2 袋" in page.content.decode()
    assert "已按先到期先卖配好 1 批" in page.content.decode()


@pytest.mark.parametrize(
    ("what", "amount", "said"),
    [
        ("", "3", "请写要卖什么"),
        ("大象", "3", "库存里没有找到“大象”"),
        ("面粉", "x", "数量请只填数字"),
        ("面粉", "0", "数量必须大于0"),
        ("粉", "3", "有几种商品都符合“粉”"),
    ],
)
def test_what_cannot_be_proposed_is_said(what: str, amount: str, said: str) -> None:
    shop = make_shop(is_wholesale=True)
    buy(shop)
    starch = make_product(shop.operator, name="淀粉", unit="袋")
    buy(shop, product_id=starch.pk)

    page = shop.client.post(
        URL, {"do": "allocate", "fefo_what": what, "fefo_quantity": amount}
    ).content.decode()

    assert said in page


def test_a_batch_that_is_used_up_by_the_books_is_found_when_it_is_named() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop, batch_number="L-7").batch_id
    shop.client.post(URL, typed(shop, batch_id, **{f"lines-{batch_id}-quantity": "10"}))

    unasked = shop.client.get(URL).context["entry"].lines
    found = shop.client.post(URL, {"do": "look", "batch_q": "L-7"}).context["entry"].lines

    assert unasked == []
    assert [line.number for line in found] == [batch_id]
