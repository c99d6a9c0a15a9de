from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import OperatorKind
from shilian.clock import business_day, now
from tests.builders.enterprises import AT, make_county, make_operator, officer_of, owner_of
from tests.builders.traceability import (
    TODAY,
    make_incoming,
    make_partner,
    make_product,
    make_purchase,
    make_sale,
    purchase_draft,
)
from traceability.models import EvidenceDocument
from traceability.operations import purchases
from traceability.queries import home, ledger, ledger_sheet
from traceability.queries.ledger import LedgerFilter

pytestmark = pytest.mark.django_db


def record_days(operator, *days):
    product, supplier = make_product(operator), make_partner(operator)
    drafts = [
        purchase_draft(product, supplier, purchased_on=day, produced_on=None, batch_number="L1")
        for day in days
    ]
    return purchases.record_purchases(
        by=owner_of(operator), operator=operator, drafts=drafts, at=AT
    )


def ids(page):
    return [line.id for line in page.lines]


def test_pages_follow_day_and_id_both_ways():
    operator = make_operator()
    actor = owner_of(operator)
    made = record_days(operator, *[TODAY - timedelta(days=n // 2) for n in range(7)])
    newest = [p.pk for p in sorted(made, key=lambda p: (p.purchased_on, p.pk), reverse=True)]

    first = ledger.list_purchases(actor, operator, size=3)
    second = ledger.list_purchases(actor, operator, size=3, older_than=first.older)
    last = ledger.list_purchases(actor, operator, size=3, older_than=second.older)
    back = ledger.list_purchases(actor, operator, size=3, newer_than=second.newer)

    assert ids(first) + ids(second) + ids(last) == newest
    assert ids(back) == ids(first)
    assert (first.newer, last.older, back.newer) == (None, None, None)


def test_a_page_takes_two_queries_whatever_its_size():
    operator = make_operator()
    actor = owner_of(operator)
    record_days(operator, *[TODAY] * 12)

    for size in (2, 10):
        with CaptureQueriesContext(connection) as captured:
            ledger.list_purchases(actor, operator, size=size)
        assert len(captured) == 2


def test_month_search_and_completeness_narrow_the_ledger():
    operator = make_operator()
    actor = owner_of(operator)
    oil = make_product(operator, name="花生油", specification="")
    [old] = record_days(operator, date(2026, 10, 3))
    new = make_purchase(operator, product=oil, voucher_number="PJ77")

    def found(**asked):
        return ids(ledger.list_purchases(actor, operator, LedgerFilter(**asked)))

    assert found(month=date(2026, 10, 1)) == [old.pk]
    assert found(search="花生") == found(search="PJ7") == found(is_complete=False) == [new.pk]
    assert found(is_complete=True) == [old.pk]


def test_an_officer_sees_the_ledger_of_the_own_county_only():
    operator = make_operator()
    make_purchase(operator)
    neighbour = make_county(code="370103", name="市中区")

    ours = ledger.list_purchases(officer_of(operator.county), operator)
    theirs = ledger.list_purchases(officer_of(neighbour), operator)

    assert (len(ours.lines), len(theirs.lines)) == (1, 0)


def test_former_versions_are_shown_only_when_asked():
    operator = make_operator()
    actor = owner_of(operator)
    purchase = make_purchase(operator)
    purchases.void_purchase(
        by=actor, operator=operator, purchase_id=purchase.pk, reason="录错", at=AT
    )

    assert ids(ledger.list_purchases(actor, operator)) == []
    with_former = LedgerFilter(with_former=True)
    assert ids(ledger.list_purchases(actor, operator, with_former)) == [purchase.pk]


def test_the_sheet_has_the_columns_of_the_law():
    operator = make_operator(is_wholesale=True)
    make_sale(operator, make_operator(), quantity=Decimal(2))

    columns = ledger_sheet.export_columns(operator, "sale")
    [row] = ledger_sheet.export_rows(owner_of(operator), operator, "sale")

    told = dict(zip([column.heading for column in columns], row, strict=True))
    assert (told["销售日期"], told["数量"], told["单位"]) == (TODAY, Decimal(2), "袋")
    assert told["法定要素"] == "齐全"
    assert {c.heading for c in columns if c.is_asked} >= {"名称", "规格", "保质期", "购货者地址"}
    assert "检验合格证号" not in {c.heading for c in columns if c.is_asked}


def test_the_law_asks_less_of_a_stall():
    stall = make_operator(kind=OperatorKind.STALL)

    asked = {c.code for c in ledger_sheet.export_columns(stall, "purchase") if c.is_asked}

    assert "specification" not in asked
    assert {"name", "purchased_on", "supplier_name", "voucher"} <= asked
    assert "第六十五条" in ledger_sheet.legal_basis(stall, "purchase")


def test_the_first_page_counts_what_waits_lapses_and_was_done():
    operator = make_operator()
    at = now()
    today = business_day(at)
    make_incoming(operator)
    product = make_product(operator, specification="")
    draft = purchase_draft(product, make_partner(operator), purchased_on=today, produced_on=today)
    purchases.record_purchases(by=owner_of(operator), operator=operator, drafts=[draft], at=at)
    make_partner(operator, name="老店", licence_valid_until=today - timedelta(days=1))
    EvidenceDocument.objects.create(
        operator=operator,
        kind="voucher",
        valid_until=today + timedelta(days=3),
        byte_count=1,
        uploaded_at=at,
    )

    figures = home.home_figures(operator, today)

    assert (figures.waiting_count, figures.today_count, figures.imported_count) == (1, 1, 0)
    assert (figures.month_total, figures.incomplete_count, figures.completeness) == (1, 1, 0.0)
    assert [(p.owner, p.is_expired) for p in figures.papers] == [("老店", True), ("本店", False)]


def test_what_an_import_brought_in_is_not_said_to_be_recorded_today():
    operator = make_operator()
    at = now()
    today = business_day(at)
    product, supplier = make_product(operator), make_partner(operator)
    old = purchase_draft(
        product,
        supplier,
        purchased_on=today - timedelta(days=200),
        produced_on=today - timedelta(days=201),
    )
    typed = replace(old, purchased_on=today, produced_on=today)
    owner = owner_of(operator)
    for by, drafts in (
        (owner, [typed]),
        (replace(owner, channel="sheet"), [old, old]),
        (replace(owner, channel="api"), [old]),
    ):
        purchases.record_purchases(by=by, operator=operator, drafts=drafts, at=at)

    assert home.recorded_today(operator, today) == (1, 3)
