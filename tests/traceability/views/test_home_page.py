"""The seller's first page and ledger say what the county reads, and what buyers did not take."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Operator
from shilian import clock
from tests.builders.enterprises import owner_of
from tests.traceability.views.shop import Shop, buy, make_shop, send_to
from traceability.models import IncomingDraft, Sale
from traceability.operations import incoming
from traceability.queries import completeness, ledger_sheet, refusals
from traceability.rules.incoming import AcceptDraft

pytestmark = pytest.mark.django_db


def text(shop: Shop, name: str = "home", *args: Any) -> str:
    return shop.client.get(reverse(f"traceability:{name}", args=args)).content.decode()


def seller_of(draft: IncomingDraft) -> Shop:
    operator = Operator.objects.get(pk=draft.seller_operator_id)
    shop = make_shop(name="另一家")
    shop.client.force_login(operator.memberships.first().person)
    shop.operator = operator
    return shop


def refuse(buyer: Shop, draft: IncomingDraft) -> None:
    incoming.refuse_incoming(
        by=owner_of(buyer.operator),
        operator=buyer.operator,
        incoming_ids=[draft.pk],
        reason="外包装破了",
        at=clock.now(),
    )


def take_short(buyer: Shop, draft: IncomingDraft, quantity: int) -> None:
    incoming.accept_incoming(
        by=owner_of(buyer.operator),
        operator=buyer.operator,
        drafts=[AcceptDraft(draft.pk, Decimal(quantity), "少了一袋")],
        at=clock.now(),
    )


def test_sales_count_in_the_completeness_of_the_month() -> None:
    seller = seller_of(send_to(make_shop()))
    Sale.objects.filter(operator=seller.operator).update(missing=["buyer_contact"])

    month = completeness.month_completeness(seller.operator, clock.today())
    shown = text(seller)

    assert (month.total, month.purchases, month.incomplete) == (2, 1, {"sale": 1})
    assert month.ratio == 0.5
    assert "补齐销售 1 条" in shown
    assert reverse("traceability:ledger_of", args=["sale"]) + "?complete=no" in shown
    assert "记录都齐全" not in shown


def test_a_month_of_complete_records_says_so_and_one_without_purchases_may_be_quiet() -> None:
    shop = make_shop()

    assert "声明本月没有进货" in text(shop)

    buy(shop)
    assert "本月 1 条进货、销售和检验记录都齐全" in text(shop)
    assert "声明本月没有进货" not in text(shop)


def test_the_seller_is_told_of_what_its_buyer_refused() -> None:
    buyer = make_shop()
    draft = send_to(buyer)
    seller = seller_of(draft)
    assert "买方没有全收" not in text(seller)

    refuse(buyer, draft)
    shown = text(seller)

    assert "面粉 拒收 4 袋" in shown
    assert "外包装破了" in shown
    assert reverse("traceability:sale", args=[draft.sale_id]) in shown
    assert "买方拒收" in text(seller, "ledger_of", "sale")


def test_the_seller_is_told_of_what_its_buyer_took_short() -> None:
    buyer = make_shop()
    draft = send_to(buyer)
    take_short(buyer, draft, 3)
    seller = seller_of(draft)

    assert "面粉 少收 1 袋" in text(seller)
    assert "买方少收 1 袋" in text(seller, "ledger_of", "sale")
    headings = [c.heading for c in ledger_sheet.export_columns(seller.operator, "sale")]
    [row] = ledger_sheet.export_rows(seller.actor, seller.operator, "sale")
    assert row[headings.index("退回数量")] == 1
    assert "退回数量" in text(seller, "ledger_print", "sale")


def test_what_was_taken_whole_or_long_ago_is_not_told_of() -> None:
    buyer = make_shop()
    whole, refused = send_to(buyer, name="甲"), send_to(buyer, name="乙")
    incoming.accept_incoming(
        by=owner_of(buyer.operator),
        operator=buyer.operator,
        drafts=[AcceptDraft(whole.pk)],
        at=clock.now(),
    )
    refuse(buyer, refused)
    sellers = [Operator.objects.get(pk=each.seller_operator_id) for each in (whole, refused)]

    now, later = clock.now(), clock.now() + refusals.TOLD_FOR + timedelta(minutes=1)

    assert [len(refusals.lately_refused(each, at=now)) for each in sellers] == [0, 1]
    assert [len(refusals.lately_refused(each, at=later)) for each in sellers] == [0, 0]


def test_the_first_page_keeps_its_budget() -> None:
    buyer = make_shop()
    draft = send_to(buyer)
    refuse(buyer, draft)
    seller = seller_of(draft)
    text(seller)

    with CaptureQueriesContext(connection) as queries:
        text(seller)

    assert len(queries) <= 32
