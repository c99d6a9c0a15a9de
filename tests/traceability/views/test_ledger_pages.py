"""The ledger: found again, put right, taken out, printed."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from shilian import clock
from tests.builders.traceability import make_product
from tests.traceability.views.shop import buy, make_shop, send_to
from traceability.models import Purchase, RecordState

pytestmark = pytest.mark.django_db


def test_records_are_found_by_name_and_month() -> None:
    shop = make_shop()
    buy(shop)
    buy(shop, product_id=make_product(shop.operator, name="大米").pk)

    found = shop.client.get("/my/ledger/", {"q": "大米", "month": f"{clock.today():%Y-%m}"})

    assert [row.name for row in found.context["rows"]] == ["大米"]


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13"])
def test_a_month_that_cannot_be_is_left_out_of_the_list(month: str) -> None:
    response = make_shop().client.get("/my/ledger/", {"month": month})

    assert response.status_code == 200


@pytest.mark.parametrize("page", ["purchase/print/", "purchase/export/"])
@pytest.mark.parametrize("asked", [{"month": "9999-12"}, {"month": "五月"}, {"complete": "half"}])
def test_nothing_leaves_under_a_filter_that_makes_no_sense(
    page: str, asked: dict[str, str]
) -> None:
    shop = make_shop()
    buy(shop)

    response = shop.client.get(f"/my/ledger/{page}", asked | {"q": "花生"}, follow=True)

    assert response.redirect_chain == [("/my/ledger/purchase/?q=%E8%8A%B1%E7%94%9F", 302)]
    assert "没有导出：" in response.content.decode()
    assert not AuditEntry.objects.filter(event__contains="export").exists()


def test_only_the_incomplete_may_be_asked_for() -> None:
    shop = make_shop()
    buy(shop)
    lacking = buy(shop, voucher_number="")

    found = shop.client.get("/my/ledger/", {"complete": "no"})

    assert [row.url for row in found.context["rows"]] == [f"/my/purchases/{lacking.pk}/"]


def test_long_ledgers_are_paged_by_key() -> None:
    shop = make_shop()
    for days in range(23):
        buy(shop, purchased_on=clock.today() - timedelta(days=days), produced_on=None)

    first = shop.client.get("/my/ledger/")
    second = shop.client.get("/my/ledger/", {"cursor": first.context["page_of"].older})
    back = shop.client.get("/my/ledger/", {"cursor": second.context["page_of"].newer})

    assert [len(page.context["rows"]) for page in (first, second)] == [20, 3]
    assert back.context["rows"] == first.context["rows"]


def test_a_damaged_cursor_shows_the_first_page() -> None:
    shop = make_shop()
    buy(shop)

    assert shop.client.get("/my/ledger/", {"cursor": "x:y:z"}).status_code == 200


def test_the_record_says_what_it_lacks_and_why() -> None:
    shop = make_shop()
    purchase = buy(shop, voucher_number="")

    page = shop.client.get(f"/my/purchases/{purchase.pk}/").content.decode()

    assert "还缺 1 项" in page
    assert "相关凭证" in page
    assert "《食品安全法》第五十三条" in page


def correction(**changes: str) -> dict[str, str]:
    today = clock.today().isoformat()
    filled = {"quantity": "8", "unit": "袋", "purchased_on": today, "produced_on": today}
    return filled | {"voucher_number": "P-1", "reason": "数量记错了"} | changes


def test_a_correction_stands_beside_the_first_record() -> None:
    shop = make_shop()
    purchase = buy(shop)

    shop.client.post(f"/my/purchases/{purchase.pk}/correct/", correction())

    purchase.refresh_from_db()
    current = Purchase.objects.get(state=RecordState.CURRENT)
    assert (purchase.state, current.quantity) == ("superseded", Decimal(8))
    page = shop.client.get(f"/my/purchases/{current.pk}/").content.decode()
    assert "更正经过" in page
    assert "数量记错了" in page


def test_a_voided_record_says_so_with_when_and_by_whom() -> None:
    shop = make_shop()
    purchase = buy(shop)

    shop.client.post(f"/my/purchases/{purchase.pk}/void/", {"reason": "记重了"})

    response = shop.client.get(f"/my/purchases/{purchase.pk}/")
    page, entry = response.content.decode(), AuditEntry.objects.get(event="purchase_voided")
    assert "这条记录已作废：记重了" in page
    assert "张老板作废 · 记重了" in page
    assert [step["at"] for step in response.context["history"]] == [
        Purchase.objects.get().recorded_at,
        entry.at,
    ]


@pytest.mark.parametrize("form", ["correct", "void"])
def test_the_form_of_a_corrected_record_leads_to_the_latest_at_once(form: str) -> None:
    shop = make_shop()
    first = buy(shop)
    shop.client.post(f"/my/purchases/{first.pk}/correct/", correction())
    second = Purchase.objects.current().get()
    shop.client.post(f"/my/purchases/{second.pk}/correct/", correction(quantity="7"))
    latest = Purchase.objects.current().get()

    page = shop.client.get(f"/my/purchases/{first.pk}/{form}/", follow=True)

    assert page.redirect_chain == [(f"/my/purchases/{latest.pk}/", 302)]
    assert "已经更正过，这是最新的一条" in page.content.decode()


@pytest.mark.parametrize("form", ["correct", "void"])
def test_the_form_of_a_voided_record_leads_back_at_once(form: str) -> None:
    shop = make_shop()
    purchase = buy(shop)
    shop.client.post(f"/my/purchases/{purchase.pk}/void/", {"reason": "记重了"})

    page = shop.client.get(f"/my/purchases/{purchase.pk}/{form}/", follow=True)

    assert page.redirect_chain == [(f"/my/purchases/{purchase.pk}/", 302)]
    assert "不能再更正或作废" in page.content.decode()


@pytest.mark.parametrize(("field", "value"), [("reason", ""), ("quantity", "0")])
def test_a_faulty_correction_changes_nothing(field: str, value: str) -> None:
    shop = make_shop()
    purchase = buy(shop)

    response = shop.client.post(
        f"/my/purchases/{purchase.pk}/correct/", correction(**{field: value})
    )

    assert response.status_code == 422
    assert Purchase.objects.get().state == RecordState.CURRENT


def test_a_void_needs_a_reason_and_keeps_the_record() -> None:
    shop = make_shop()
    purchase = buy(shop)
    url = f"/my/purchases/{purchase.pk}/void/"

    refused = shop.client.post(url, {"reason": " "})
    shop.client.post(url, {"reason": "登记重复"})

    purchase.refresh_from_db()
    assert refused.status_code == 422
    assert (purchase.state, purchase.reason) == ("voided", "登记重复")


def test_a_sale_may_be_put_right_until_its_buyer_has_answered() -> None:
    buyer = make_shop(name="小学食堂")
    waiting = send_to(buyer)
    seller = make_shop_of(waiting.seller_operator_id)
    data = {"quantity": "3", "sold_on": clock.today().isoformat(), "reason": "少装一袋"}

    seller.post(f"/my/sales/{waiting.sale_id}/correct/", data)

    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert [goods.quantity for goods in buyer.client.get("/my/incoming/").context["goods"]] == [
        Decimal(3)
    ]


def make_shop_of(operator_id: int):  # type: ignore[no-untyped-def]
    """A client signed in as the operator's owner."""
    from django.test import Client

    from enterprises.models import Membership

    client = Client()
    client.force_login(Membership.objects.filter(operator_id=operator_id)[0].person)
    return client


def test_the_sheet_has_the_laws_columns_and_no_formula() -> None:
    shop = make_shop()
    buy(shop, voucher_number="=1+1")

    response = shop.client.get("/my/ledger/purchase/export/")

    sheet = load_workbook(io.BytesIO(response.content)).active
    heads = [cell.value for cell in sheet[1]]
    assert {"进货日期", "名称", "规格", "数量", "生产日期", "生产批号", "保质期"} <= set(heads)
    assert {"供货者名称", "供货者地址", "供货者联系方式", "相关凭证"} <= set(heads)
    row = dict(zip(heads, [cell.value for cell in sheet[2]], strict=True))
    assert (row["名称"], row["数量"], row["相关凭证"]) == ("面粉", 10, "=1+1")
    assert sheet[2][heads.index("相关凭证")].data_type == "s"


def test_the_print_page_names_operator_period_and_signature() -> None:
    shop = make_shop()
    buy(shop)
    month = clock.month_of(clock.today())

    page = shop.client.get("/my/ledger/purchase/print/").content.decode()

    assert f"{month.year}年{month.month}月进货查验记录台账" in page
    assert "单位名称：老张粮油店" in page
    assert f"期间：{month.isoformat()}" in page
    assert "负责人（签字）" in page


def test_an_unknown_ledger_is_not_found() -> None:
    assert make_shop().client.get("/my/ledger/secrets/").status_code == 404
