"""The balance before its operator: three lists, their sheet, and what is said of them."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from shilian import clock
from tests.traceability.views.shop import bake, buy, make_shop

pytestmark = pytest.mark.django_db
URL = "/my/balance/"


@pytest.mark.parametrize("kind", ["product", "batch", "run"])
def test_each_list_opens_and_leaves_as_a_sheet(kind: str) -> None:
    shop = make_shop(sector="production")
    bake(shop, (buy(shop).batch_id, 6))

    page = shop.client.get(f"{URL}?kind={kind}").content.decode()
    sheet = shop.client.get(f"{URL}export/?kind={kind}").content
    rows = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))

    assert "馒头" in page
    assert "馒头" in [row[0] for row in rows]
    assert rows[0][-1] == "提示"


def test_only_what_is_remarkable() -> None:
    shop = make_shop(is_wholesale=True)
    batch_id = buy(shop).batch_id
    data = {
        "do": "save",
        "submit_key": str(uuid4()),
        "buyer_id": shop.supplier.pk,
        "sold_on": clock.today().isoformat(),
        "photo_kind": "voucher",
        "line": [str(batch_id)],
        f"lines-{batch_id}-batch_id": batch_id,
        f"lines-{batch_id}-unit": "袋",
        f"lines-{batch_id}-quantity": "13",
    }

    before = shop.client.get(f"{URL}?flagged=yes").content.decode()
    key = shop.client.post("/my/sales/new/", data).context["entry"].confirm_key
    shop.client.post("/my/sales/new/", data | {"confirmed": key})
    after = shop.client.get(f"{URL}?flagged=yes").content.decode()

    assert "没有要核对的" in before
    assert "出的比进的多3袋" in after


@pytest.mark.parametrize(
    "query", ["since=x&until=y&kind=z&cursor=q&product=-1", "since=2026-12-01&until=2020-01-01"]
)
def test_a_damaged_address_shows_a_page(query: str) -> None:
    assert make_shop().client.get(f"{URL}?{query}").status_code == 200


def test_the_period_is_told_and_turned_when_it_is_the_wrong_way_round() -> None:
    shop = make_shop()
    today = clock.today()

    first = shop.client.get(URL).context["form"]
    turned = shop.client.get(f"{URL}?since=2026-03-05&until=2026-02-01").context["form"]

    assert (first["since"].value(), first["until"].value()) == (
        today.replace(day=1).isoformat(),
        today.isoformat(),
    )
    assert (turned["since"].value(), turned["until"].value()) == ("2026-02-01", "2026-03-05")
