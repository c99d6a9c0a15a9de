"""The same goods by two channels: when a pair is suspected, and what its decision leaves."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import Actor, OutOfScope, platform_actor
from enterprises.models import Operator
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator, officer_of, owner_of
from tests.builders.traceability import make_partner, make_product
from traceability.models import DuplicateSuspect, Partner, Product, Purchase, RecordState
from traceability.operations import duplicates, purchases
from traceability.rules.duplicates import Told, is_suspect
from traceability.rules.purchases import PurchaseDraft

TOLD = Told("api", 1, 2, date(2026, 11, 9), Decimal(10), "公斤")
DAY = AT.date() - timedelta(days=1)
State = DuplicateSuspect.State


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.parametrize(
    ("change", "suspected"),
    [
        ({"channel": "market"}, True),
        ({"channel": "form"}, True),
        ({}, False),
        ({"channel": "demo"}, False),
        ({"channel": "system"}, False),
        ({"channel": "market", "quantity": Decimal(20), "unit": "斤"}, True),
        ({"channel": "market", "quantity": Decimal("0.01"), "unit": "吨"}, True),
        ({"channel": "market", "quantity": Decimal("10.001")}, False),
        ({"channel": "market", "unit": "箱"}, False),
        ({"channel": "market", "product_id": 3}, False),
        ({"channel": "market", "partner_id": 3}, False),
        ({"channel": "market", "partner_id": None}, False),
        ({"channel": "market", "happened_on": date(2026, 11, 10)}, False),
    ],
)
def test_two_channels_with_the_same_goods_are_suspected(change, suspected):
    assert is_suspect(TOLD, replace(TOLD, **change)) is suspected


def record(operator: Operator, *, channel: str, quantity: int = 10, unit: str = "公斤") -> Purchase:
    product = Product.objects.filter(operator=operator).first() or make_product(operator)
    partner = Partner.objects.filter(operator=operator).first() or make_partner(operator)
    draft = PurchaseDraft(
        product_id=product.pk,
        supplier_id=partner.pk,
        purchased_on=DAY,
        quantity=Decimal(quantity),
        unit=unit,
    )
    by = replace(owner_of(operator), channel=channel)
    return purchases.record_purchases(by=by, operator=operator, drafts=[draft], at=AT)[0]


def find() -> int:
    return duplicates.find_duplicates(by=platform_actor(), since=AT - timedelta(days=1), at=AT)


def suspect_of(operator: Operator) -> DuplicateSuspect:
    record(operator, channel="market")
    record(operator, channel="api", quantity=20, unit="斤")
    find()
    return DuplicateSuspect.objects.get()


@pytest.mark.django_db
def test_finds_a_pair_once():
    suspect = suspect_of(make_operator())

    again = find()

    assert (suspect.channel, suspect.earlier_channel) == ("api", "market")
    assert (suspect.state, again) == (State.WAITING, 1)
    assert DuplicateSuspect.objects.count() == 1


@pytest.mark.django_db
def test_one_channel_may_tell_two_deliveries():
    operator = make_operator()
    record(operator, channel="api")
    record(operator, channel="api")

    assert find() == 0


@pytest.mark.django_db
def test_two_operators_are_never_a_pair():
    record(make_operator(), channel="api")
    record(make_operator(), channel="market")

    assert find() == 0


@pytest.mark.django_db
def test_the_same_voids_the_later_record_and_keeps_the_earlier():
    operator = make_operator()
    suspect = suspect_of(operator)

    duplicates.decide_duplicate(by=owner_of(operator), suspect=suspect, is_same=True, at=AT)

    later = Purchase.objects.get(pk=suspect.record_id)
    assert (later.state, later.reason) == (RecordState.VOIDED, "与菜场的记录重复")
    assert Purchase.objects.get(pk=suspect.earlier_id).state == RecordState.CURRENT


@pytest.mark.django_db
def test_what_differs_stays_and_is_not_asked_again():
    operator = make_operator()
    suspect = suspect_of(operator)

    duplicates.decide_duplicate(by=owner_of(operator), suspect=suspect, is_same=False, at=AT)
    find()

    suspect.refresh_from_db()
    assert suspect.state == State.DIFFERENT
    assert Purchase.objects.filter(state=RecordState.CURRENT).count() == 2


def _refused(by: Actor, suspect: DuplicateSuspect, *, is_same: bool) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        duplicates.decide_duplicate(by=by, suspect=suspect, is_same=is_same, at=AT)
    return refusal.value.codes


@pytest.mark.django_db
def test_an_officer_voids_no_record():
    operator = make_operator()
    suspect = suspect_of(operator)

    assert _refused(officer_of(operator.county), suspect, is_same=True) == ["operator_decides"]
    assert Purchase.objects.filter(state=RecordState.CURRENT).count() == 2


@pytest.mark.django_db
def test_a_decided_pair_is_not_decided_again():
    operator = make_operator()
    suspect = suspect_of(operator)
    duplicates.decide_duplicate(by=owner_of(operator), suspect=suspect, is_same=False, at=AT)

    assert _refused(owner_of(operator), suspect, is_same=True) == ["duplicate_decided"]


@pytest.mark.django_db
def test_a_neighbouring_county_sees_no_pair():
    suspect = suspect_of(make_operator())
    neighbour = officer_of(build.make_county(code="370103", name="市中区"))

    with pytest.raises(OutOfScope):
        duplicates.decide_duplicate(by=neighbour, suspect=suspect, is_same=False, at=AT)


@pytest.mark.django_db
def test_finding_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    for _ in range(3):
        operator = make_operator()
        record(operator, channel="market")
        record(operator, channel="api")

    with django_assert_max_num_queries(7):
        assert find() == 3


@pytest.mark.django_db
def test_alike_rows_of_one_sender_are_not_set_side_by_side():
    """A market's thousand equal deliveries of a day would make half a million pairs to throw away."""
    operator = make_operator()
    for _ in range(12):
        record(operator, channel="market")
    record(operator, channel="api", quantity=11)

    with CaptureQueriesContext(connection) as captured:
        found = find()
    with connection.cursor() as cursor:
        asked = next(each["sql"] for each in captured if "traceability_purchase" in each["sql"])
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert found == 0
    assert re.search(r"CTE sided\n.*rows=0[. ]", plan), plan


@pytest.mark.django_db
def test_each_equal_delivery_of_another_sender_is_a_pair():
    operator = make_operator()
    for _ in range(3):
        record(operator, channel="market")
    record(operator, channel="api", quantity=20, unit="斤")

    assert find() == 3
