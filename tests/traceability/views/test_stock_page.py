"""The stock page: what is left, what ends soon, what the books cannot explain."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from shilian import clock
from tests.traceability.views.shop import Shop, buy, make_shop
from traceability.models import Batch
from traceability.operations import holds
from traceability.queries import stock_book

pytestmark = pytest.mark.django_db
URL = "/my/stock/"


def expires(shop: Shop, days_left: int) -> Batch:
    batch = Batch.objects.get(pk=buy(shop).batch_id)
    last = clock.today() + timedelta(days=days_left)
    Batch.objects.filter(pk=batch.pk).update(expires_on=last)
    return batch


def test_every_batch_says_what_is_left_and_what_is_wrong_with_it() -> None:
    shop = make_shop()
    expires(shop, -1)
    expires(shop, 1)
    held = buy(shop)
    holds.hold_batches(by=shop.actor, batch_ids=[held.batch_id], reason="待查", at=clock.now())

    page = shop.client.get(URL).content.decode()

    assert "有 1 批已过保质期" in page
    assert "有 1 批快到保质期" in page
    assert "还有 1 天" in page
    assert "已冻结" in page
    assert page.count("<strong>10</strong> 袋") == 3


def test_a_filter_and_a_search_narrow_the_list_and_its_sheet() -> None:
    shop = make_shop()
    ended = expires(shop, -1)
    buy(shop, batch_number="L-7")

    listed = shop.client.get(f"{URL}?state=expired").context["rows"]
    found = shop.client.get(f"{URL}?q=L-7").context["rows"]
    sheet = shop.client.get(f"{URL}export/?state=expired").content
    rows = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))

    assert [line.row.batch_id for line in listed] == [ended.pk]
    assert [line.row.batch_number for line in found] == ["L-7"]
    assert rows[0][-2:] == ("账上还剩", "提示")
    assert rows[1][-2:] == (10, "已过期")


def test_pages_follow_each_other_and_a_damaged_cursor_begins_at_the_top() -> None:
    shop = make_shop()
    drafts = [buy(shop).batch_id for _ in range(stock_book.PAGE + 1)]

    first = shop.client.get(URL).context
    second = shop.client.get(URL, {"cursor": first["page_of"].older}).context
    back = shop.client.get(URL, {"cursor": second["page_of"].newer}).context
    damaged = shop.client.get(URL, {"cursor": "x"}).context

    assert [line.row.batch_id for line in second["rows"]] == drafts[-1:]
    assert first["rows"] == back["rows"] == damaged["rows"]


def test_the_sheet_to_count_by_has_room_for_the_count() -> None:
    shop = make_shop()
    buy(shop)

    page = shop.client.get(f"{URL}print/?q={quote('面粉')}").content.decode()

    assert "库存盘点表" in page
    assert "实盘" in page
    assert "共 1 批" in page


def test_somebody_elses_goods_are_not_there() -> None:
    shop = make_shop()
    own, other = buy(shop), buy(make_shop(name="隔壁粮店"))

    page = shop.client.get(URL).content.decode()

    assert f"/{own.batch_id}/" in page
    assert f"/{other.batch_id}/" not in page


def test_the_first_page_tells_what_ends_soon() -> None:
    shop = make_shop()
    expires(shop, 1)
    expires(shop, 300)

    page = shop.client.get("/my/").content.decode()

    assert "快到期的货" in page
    assert page.count("还剩 10 袋") == 1


def test_goods_that_end_soon_cost_the_first_page_a_fixed_number_of_queries(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    shop = make_shop()
    for days in range(12):
        expires(shop, days)
    shop.client.get("/my/")

    with django_assert_max_num_queries(19):
        shop.client.get("/my/")
