"""Every rule of the radar at its boundary: just below, at and beyond."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enterprises.models import Licence, LicenceKind, OperatorState, Sector, Standing
from tests.builders.numbers import make_incoming
from tests.builders.traceability import make_partner
from tests.builders.watching import (
    LISTED,
    TODAY,
    batch,
    bought,
    days_ago,
    found,
    look,
    month_row,
    noon,
    sold,
    trader,
)
from traceability.models import IncomingDraft, Link, LinkKind, Partner

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "is_found"), [(14, False), (15, True), (16, True)])
def test_an_operator_that_was_active_is_silent_after_fifteen_days(
    days: int, is_found: bool
) -> None:
    operator = trader()
    month_row(operator, date(2026, 9, 20))
    month_row(operator, days_ago(days), active=False)

    look("fell_silent")

    assert [each.operator_id for each in found("fell_silent")] == [operator.pk] * is_found
    assert [each.since for each in found("fell_silent")] == [days_ago(days)] * is_found


@pytest.mark.parametrize(
    ("last", "is_found"),
    # 2026-11-10 is a Tuesday: five working days back leads beyond the weekend to the third.
    [(date(2026, 11, 4), False), (date(2026, 11, 3), True), (date(2026, 11, 2), True)],
)
def test_a_canteen_is_silent_after_five_working_days(last: date, is_found: bool) -> None:
    operator = trader(sector=Sector.CATERING, catering_class="C1_SCHOOL")
    month_row(operator, date(2026, 10, 30))
    month_row(operator, last, active=False)

    look("fell_silent")

    assert len(found("fell_silent")) == is_found


@pytest.mark.parametrize(
    "facts",
    [
        {"standing": Standing.SUSPENDED, "standing_reason": "装修"},
        {"state": OperatorState.LISTED, "activated_at": None},
    ],
)
def test_who_does_not_trade_is_not_silent(facts: dict[str, Any]) -> None:
    month_row(trader(**facts), date(2026, 9, 20))

    look("fell_silent")

    assert found("fell_silent") == []


@pytest.mark.parametrize(("days", "is_found"), [(29, False), (30, True), (31, True)])
def test_who_never_was_active_is_found_thirty_days_after_activation(
    days: int, is_found: bool
) -> None:
    operator = trader(activated_at=noon(days_ago(days)))

    look("never_started")

    assert [each.since for each in found("never_started")] == [days_ago(days)] * is_found
    look("fell_silent")
    assert found("fell_silent") == []
    assert operator.is_activated


@pytest.mark.parametrize(("days", "is_found"), [(29, False), (30, True)])
def test_a_lone_record_lets_the_thirty_days_begin_anew(days: int, is_found: bool) -> None:
    month_row(trader(), days_ago(days), active=False)

    look("never_started")

    assert len(found("never_started")) == is_found


@pytest.mark.parametrize(("days", "is_found"), [(7, False), (8, True), (90, True)])
def test_a_delivery_waits_seven_days_for_its_buyer(days: int, is_found: bool) -> None:
    buyer = trader()
    make_incoming(buyer, sold_on=days_ago(days))

    look("not_received")

    assert [each.operator_id for each in found("not_received")] == [buyer.pk] * is_found


def test_deliveries_of_one_seller_are_one_finding_with_the_oldest_in_it() -> None:
    buyer, seller = trader(), trader(name="城东批发")
    for days in (9, 12):
        make_incoming(buyer, sold_on=days_ago(days))
    IncomingDraft.objects.update(seller_operator_id=seller.pk)

    look("not_received")

    [finding] = found("not_received")
    assert (finding.subject, finding.since) == (seller.pk, days_ago(12))
    assert "“城东批发”卖来的 2 批货（最早 2026年10月29日，如鲜牛奶 1箱）" in finding.cause


@pytest.mark.parametrize(("days", "is_found"), [(6, False), (7, True), (60, True), (61, False)])
def test_a_seller_has_seven_days_to_record_its_sale(days: int, is_found: bool) -> None:
    buyer, seller = trader(), trader()
    bought(buyer, days_ago(days), supplier_operator_id=seller.pk)

    look("seller_silent")

    assert [each.subject for each in found("seller_silent")] == [seller.pk] * is_found


@pytest.mark.parametrize(
    "facts", [{"sale_id": 7}, {"supplier_operator_id": None}, {"state": "voided", "reason": "错"}]
)
def test_a_purchase_that_is_matched_or_void_asks_for_no_sale(facts: dict[str, Any]) -> None:
    seller = trader()
    bought(trader(), days_ago(20), **({"supplier_operator_id": seller.pk} | facts))

    look("seller_silent")

    assert found("seller_silent") == []


def test_a_seller_that_is_only_listed_can_record_nothing() -> None:
    listed = trader(state=OperatorState.LISTED, activated_at=None)
    bought(trader(), days_ago(20), supplier_operator_id=listed.pk)

    look("seller_silent")

    assert found("seller_silent") == []


@pytest.mark.parametrize(("quantity", "is_found"), [(100, False), (102, False), (103, True)])
def test_a_batch_may_be_oversold_by_two_percent(quantity: int, is_found: bool) -> None:
    of = batch(trader(), quantity=100)
    sold(of, quantity)

    look("oversold")

    assert [each.subject for each in found("oversold")] == [of.product_id] * is_found


def test_what_was_used_counts_beside_what_was_sold_and_what_came_back_does_not() -> None:
    operator = trader()
    of, child = batch(operator), batch(operator, origin_kind="made")
    sold(of, 90, returned_quantity=Decimal(20))
    Link.objects.create(
        child_id=child.pk, parent_id=of.pk, kind=LinkKind.TRANSFORMATION, quantity=Decimal(30)
    )
    look("oversold")
    assert found("oversold") == []

    sold(of, 5)
    look("oversold")

    [finding] = found("oversold")
    assert "有 1 个批次，卖出和用掉的比进的多 5袋" in finding.cause


@pytest.mark.parametrize(("count", "days", "is_found"), [(2, 15, 0), (3, 14, 0), (3, 15, 1)])
def test_a_wholesaler_that_only_buys_is_found_after_three_purchases(
    count: int, days: int, is_found: int
) -> None:
    operator = trader(is_wholesale=True)
    for _ in range(count):
        bought(operator, days_ago(days))

    look("unsold")

    assert len(found("unsold")) == is_found


def test_one_sale_or_no_wholesale_is_enough_for_not_being_found() -> None:
    seller, shop = trader(is_wholesale=True), trader()
    for operator in (seller, shop):
        for _ in range(3):
            bought(operator, days_ago(20))
    sold(batch(seller), 1, on=days_ago(2))

    look("unsold")

    assert found("unsold") == []


@pytest.mark.parametrize(
    ("days", "left", "is_found"),
    [(6, 50, False), (7, 50, True), (60, 50, True), (7, 10, False), (7, 11, True)],
)
def test_goods_past_their_day_must_have_gone_somewhere(
    days: int, left: int, is_found: bool
) -> None:
    operator = trader(is_wholesale=True)
    of = batch(operator, expires_on=days_ago(days), on=days_ago(days + 5))
    sold(of, 100 - left)

    look("vanished")

    assert [each.subject for each in found("vanished")] == [of.product_id] * is_found


def test_a_shops_customers_are_recorded_nowhere() -> None:
    batch(trader(), expires_on=days_ago(20))

    look("vanished")

    assert found("vanished") == []


@pytest.mark.parametrize(("count", "is_found"), [(2, False), (3, True)])
def test_a_supplier_of_the_province_should_stand_in_the_register(
    count: int, is_found: bool
) -> None:
    operator = trader()
    partner = make_partner(operator, name="老李粮油")
    for _ in range(count):
        bought(operator, days_ago(3), partner_id=partner.pk)

    look("partner_missing")

    assert [each.subject for each in found("partner_missing")] == [partner.pk] * is_found


@pytest.mark.parametrize("facts", [{"is_outside_province": True}, {"linked_operator_id": 7}])
def test_saying_who_the_supplier_is_closes_it(facts: dict[str, Any]) -> None:
    operator = trader()
    partner = make_partner(operator)
    for _ in range(3):
        bought(operator, days_ago(3), partner_id=partner.pk)
    look("partner_missing")
    assert len(found("partner_missing")) == 1

    Partner.objects.filter(pk=partner.pk).update(**facts)
    look("partner_missing")

    assert found("partner_missing") == []


@pytest.mark.parametrize(("days", "is_found"), [(0, False), (1, True)])
def test_a_licence_lapses_after_its_last_day(days: int, is_found: bool) -> None:
    licence = Licence.objects.create(
        operator=trader(), kind=LicenceKind.BUSINESS, number="JY1", valid_until=days_ago(days)
    )

    look("papers_expired")

    assert [each.subject for each in found("papers_expired")] == [licence.pk] * is_found


def test_a_renewed_licence_has_not_lapsed() -> None:
    operator = trader()
    for number, until in (("JY1", days_ago(9)), ("JY2", date(2031, 1, 1))):
        Licence.objects.create(
            operator=operator, kind=LicenceKind.BUSINESS, number=number, valid_until=until
        )

    look("papers_expired")

    assert found("papers_expired") == []
    assert LISTED["activated_at"] < noon(TODAY)
