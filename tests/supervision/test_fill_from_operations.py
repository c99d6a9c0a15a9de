"""Whatever the real operations do, the filled numbers equal a rebuild."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from supervision.models import OperatorMonth
from supervision.rollups import day_end, fill, rebuild
from tests.builders import traceability as build
from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import Partner
from traceability.operations import incoming, purchases, quiet, sales
from traceability.rules.incoming import AcceptDraft

pytestmark = pytest.mark.django_db
MONTH = date(2026, 11, 1)
LISTED = {"listed_at": AT - timedelta(days=60), "activated_at": AT - timedelta(days=60)}
LATER = AT + timedelta(days=9)


def differences() -> list[rebuild.Difference]:
    """Fill, then whatever differs from a fresh count."""
    fill.fill_all(at=LATER)
    return rebuild.compare(MONTH, at=LATER)


def row_of(operator_id: int) -> OperatorMonth:
    return OperatorMonth.objects.get(operator_id=operator_id, month=MONTH)


def test_a_purchase_voided_and_one_corrected() -> None:
    operator = make_operator(**LISTED)
    voided = build.make_purchase(operator)
    wrong = build.make_purchase(operator)
    owner = owner_of(operator)
    purchases.void_purchase(
        by=owner, operator=operator, purchase_id=voided.pk, reason="重复录入", at=AT
    )
    product = build.Product.objects.get(pk=wrong.product_id)
    supplier = Partner.objects.get(pk=wrong.partner_id)
    draft = build.purchase_draft(product, supplier, quantity=Decimal(9))
    purchases.correct_purchase(
        by=owner,
        operator=operator,
        purchase_id=wrong.pk,
        draft=draft,
        reason="数量写错",
        at=LATER,
    )

    assert differences() == []
    row = row_of(operator.pk)
    assert (row.purchase_count, row.late_count, row.valid_count) == (1, 0, 1)


def test_goods_accepted_late_stop_being_overdue() -> None:
    buyer = make_operator(**LISTED)
    draft = build.make_incoming(buyer, seller=make_operator(**LISTED))
    day_end.mark_months([MONTH], at=LATER)
    assert differences() == []
    assert row_of(buyer.pk).unmatched_count == 1

    incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(draft.pk)], at=LATER
    )

    assert differences() == []
    row = row_of(buyer.pk)
    assert (row.matchable_count, row.unmatched_count, row.purchase_count) == (1, 0, 1)


def test_goods_refused_or_withdrawn_are_nobodys_gap() -> None:
    buyer, seller = make_operator(**LISTED), make_operator(**LISTED)
    refused = build.make_incoming(buyer, seller=seller)
    withdrawn = build.make_incoming(buyer, seller=seller)
    day_end.mark_months([MONTH], at=LATER)
    assert differences() == []
    assert row_of(buyer.pk).unmatched_count == 2

    incoming.refuse_incoming(
        by=owner_of(buyer), operator=buyer, incoming_ids=[refused.pk], reason="未订货", at=LATER
    )
    sales.void_sale(
        by=owner_of(seller),
        operator=seller,
        sale_id=withdrawn.sale_id,
        reason="发错货",
        at=LATER,
    )

    assert differences() == []
    assert row_of(buyer.pk).matchable_count == 0
    assert row_of(seller.pk).sale_count == 1


def test_a_declared_quiet_month_is_active() -> None:
    operator = make_operator(**LISTED)
    quiet.declare_quiet_month(by=owner_of(operator), operator=operator, month=MONTH, at=AT)

    assert differences() == []
    row = row_of(operator.pk)
    assert row.quiet
    assert row.active
