"""Goods that wait: taken in one press, taken short, refused, and what happens when one is late."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.traceability.views.shop import make_shop, send_to
from traceability.models import IncomingDraft, Purchase

pytestmark = pytest.mark.django_db
ACCEPT = "/my/incoming/accept/"


def test_one_press_takes_everything_in() -> None:
    shop = make_shop()
    waiting = [send_to(shop), send_to(shop, name="维尔康批发", quantity=7)]

    data = {"incoming": [goods.pk for goods in waiting], "submit_key": str(uuid4())}
    response = shop.client.post(ACCEPT, data, follow=True)

    assert "已登记 2 条进货" in response.content.decode()
    assert sorted(Purchase.objects.filter(operator=shop.operator).values_list("quantity")) == [
        (Decimal(4),),
        (Decimal(7),),
    ]


def test_pressing_twice_takes_in_once() -> None:
    shop = make_shop()
    data = {"incoming": [send_to(shop).pk], "submit_key": str(uuid4())}

    first = shop.client.post(ACCEPT, data)
    second = shop.client.post(ACCEPT, data)

    assert Purchase.objects.filter(operator=shop.operator).count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_nothing_ticked_is_said() -> None:
    shop = make_shop()

    response = shop.client.post(ACCEPT, {}, follow=True)

    assert "请先勾选要收的货" in response.content.decode()


def test_short_goods_need_a_reason() -> None:
    shop = make_shop()
    goods = send_to(shop)

    response = shop.client.post(f"/my/incoming/{goods.pk}/short/", {"quantity": "3"})

    assert "请写明少了的原因" in response.content.decode()
    assert not Purchase.objects.filter(operator=shop.operator).exists()


def test_short_goods_are_taken_in_as_counted() -> None:
    shop = make_shop()
    goods = send_to(shop)

    shop.client.post(f"/my/incoming/{goods.pk}/short/", {"quantity": "3", "reason": "破损一袋"})

    goods.refresh_from_db()
    assert (goods.state, goods.accepted_quantity) == ("accepted_short", Decimal(3))


def test_more_than_was_sold_is_told_at_the_quantity() -> None:
    shop = make_shop()
    goods = send_to(shop)

    response = shop.client.post(
        f"/my/incoming/{goods.pk}/short/", {"quantity": "9", "reason": "多了"}
    )

    assert response.status_code == 422
    assert response.context["form"]["quantity"].errors


@pytest.mark.parametrize(
    ("typed", "faulty"),
    [
        ({"quantity": "9", "reason": ""}, {"quantity", "reason"}),
        ({"quantity": "-1", "reason": ""}, {"quantity", "reason"}),
        ({"quantity": "三", "reason": ""}, {"quantity", "reason"}),
        ({"quantity": "9", "reason": "多了"}, {"quantity"}),
        ({"quantity": "3", "reason": ""}, {"reason"}),
        ({}, {"quantity", "reason"}),
    ],
)
def test_all_that_is_wrong_is_told_in_one_round(typed: dict[str, str], faulty: set[str]) -> None:
    shop = make_shop()
    goods = send_to(shop)

    response = shop.client.post(f"/my/incoming/{goods.pk}/short/", typed)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == faulty
    goods.refresh_from_db()
    assert goods.state == "waiting"
    assert not Purchase.objects.filter(operator=shop.operator).exists()


def test_refused_goods_go_back_with_the_reason() -> None:
    shop = make_shop()
    goods = send_to(shop)

    response = shop.client.post(
        f"/my/incoming/{goods.pk}/refuse/", {"reason": "不是我订的"}, follow=True
    )

    goods.refresh_from_db()
    assert (goods.state, goods.reason) == ("refused", "不是我订的")
    assert "已拒收" in response.content.decode()


@pytest.mark.parametrize("page", ["short", "refuse"])
def test_goods_withdrawn_meanwhile_are_said_to_be(page: str) -> None:
    shop = make_shop()
    goods = send_to(shop)
    IncomingDraft.objects.filter(pk=goods.pk).update(state="withdrawn")

    response = shop.client.post(
        f"/my/incoming/{goods.pk}/{page}/", {"quantity": "3", "reason": "破损"}, follow=True
    )

    assert "卖方已经撤回" in response.content.decode()


def test_accepting_what_was_withdrawn_is_said_and_takes_nothing() -> None:
    shop = make_shop()
    goods, other = send_to(shop), send_to(shop, name="维尔康批发")
    IncomingDraft.objects.filter(pk=goods.pk).update(state="withdrawn")

    response = shop.client.post(ACCEPT, {"incoming": [goods.pk, other.pk]}, follow=True)

    assert "卖方已经撤回这张单" in response.content.decode()
    assert not Purchase.objects.filter(operator=shop.operator).exists()


def test_somebody_elses_goods_are_not_taken() -> None:
    shop, other = make_shop(), make_shop(name="隔壁菜店")
    goods = send_to(other)

    shop.client.post(ACCEPT, {"incoming": [goods.pk]})

    goods.refresh_from_db()
    assert goods.is_waiting
    assert not Purchase.objects.filter(operator=shop.operator).exists()


def test_the_home_page_offers_what_waits() -> None:
    shop = make_shop()
    goods = send_to(shop)

    page = shop.client.get("/my/").content.decode()

    assert "有货等您收" in page
    assert f'name="incoming" value="{goods.pk}"' in page
