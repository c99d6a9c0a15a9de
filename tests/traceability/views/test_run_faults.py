"""What is wrong with a run or a movement stands at the top of its page and at its field."""

from __future__ import annotations

import pytest

from shilian import clock
from tests.builders.traceability import make_product
from tests.traceability.views.shop import buy, make_shop
from tests.traceability.views.test_run_pages import moved, outputs, typed
from traceability.models import Batch, Run, StockMovement

pytestmark = pytest.mark.django_db


def test_every_fault_is_told_in_one_round_and_nothing_is_written() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    form = typed((batch, "x"), done_on="") | outputs({"quantity": ""}, {"quantity": "-1"})
    form |= {"out-0-batch_number": "A"}

    response = shop.client.post("/my/runs/split/new/", form)

    page = response.content.decode()
    assert response.status_code == 422
    for said in ("请选择日期", "数量请只填数字", "请填写数量", "数量必须大于0"):
        assert said in page
    assert not Run.objects.exists()


def test_a_fault_of_what_went_in_is_told_at_its_batch() -> None:
    shop = make_shop()
    first, second = buy(shop).batch_id, buy(shop).batch_id
    form = typed((first, "1"), (second, "0")) | {"batch_number": "M"}

    response = shop.client.post("/my/runs/merge/new/", form)

    inputs = {part.number: part.form for part in response.context["materials"].inputs}
    assert response.status_code == 422
    assert [str(text) for text in inputs[second].non_field_errors()] == [
        "数量必须大于0，请按实际数量填写。"
    ]
    assert not inputs[first].errors
    assert not response.context["form"].errors
    assert [fault.text for fault in response.context["entry"]["faults"]] == [
        "面粉：数量必须大于0，请按实际数量填写。"
    ]
    assert not Run.objects.exists()


def test_a_fault_of_what_left_is_told_at_its_batch() -> None:
    shop = make_shop()
    first, second = buy(shop).batch_id, buy(shop).batch_id
    form = moved((first, "1"), (second, "0"), kind="destruction")

    response = shop.client.post("/my/movements/new/", form)

    inputs = {part.number: part.form for part in response.context["materials"].inputs}
    assert response.status_code == 422
    assert list(inputs[second].errors) == ["quantity"]
    assert not inputs[first].errors
    assert [fault.target for fault in response.context["entry"]["faults"]] == [
        f"id_lines-{second}-quantity"
    ]
    assert not StockMovement.objects.exists()


def test_an_unreadable_part_is_no_part_of_a_sum() -> None:
    shop = make_shop()
    batch = buy(shop).batch_id
    form = typed((batch, "9")) | outputs({"quantity": "4"}, {"quantity": "六"})

    response = shop.client.post("/my/runs/split/new/", form)

    assert [(fault.text, fault.target) for fault in response.context["entry"]["faults"]] == [
        ("第 2 批：数量请只填数字，例如 25 或 12.5。", "id_out-1-quantity")
    ]
    assert "一共5袋" not in response.content.decode()
    assert not Run.objects.exists()


def test_a_material_that_cannot_be_read_stands_in_the_summary_of_a_production() -> None:
    shop = make_shop(sector="production")
    batch = buy(shop).batch_id
    bread = make_product(shop.operator, unit="袋", is_own_made=True)
    form = typed((batch, "六"), produced_on=clock.today().isoformat(), product_id=bread.pk)

    response = shop.client.post("/my/production/", form | {"quantity": "10"})

    assert response.status_code == 422
    assert f'<a href="#id_lines-{batch}-quantity">面粉：数量请只填数字' in response.content.decode()
    assert not Batch.objects.filter(product_id=bread.pk).exists()
