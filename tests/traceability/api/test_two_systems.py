"""Two systems that upload by one channel for one operator and tell the same delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import platform_actor
from enterprises.models import Operator, SelfBuiltSystem, SystemClient, SystemKind
from shilian import clock
from tests.builders.enterprises import AT, make_operator
from tests.builders.systems import SignedClient, make_system
from traceability.models import DuplicateSuspect, Purchase
from traceability.operations import duplicates
from traceability.operations.other_channels import CODE

pytestmark = pytest.mark.django_db
DAY = clock.today() - timedelta(days=2)


@pytest.fixture(autouse=True)
def _nobody_is_known() -> None:
    cache.clear()


def signer(operator: Operator, name: str) -> SignedClient:
    return SignedClient(make_system(operator, name=name))


def market(name: str, shop: Operator) -> SignedClient:
    """A channel of its own that uploads for the shop."""
    system = make_system(make_operator(name=f"{name}开办者"), name=name)
    SelfBuiltSystem.objects.filter(pk=system.pk).update(kind=SystemKind.MARKET)
    system.refresh_from_db()
    SystemClient.objects.create(
        system=system, operator=shop, claimed_at=AT, state=SystemClient.State.CONFIRMED
    )
    return SignedClient(system)


def send(
    sender: SignedClient, number: str, shop: Operator | None = None, **facts: Any
) -> list[str]:
    """The codes of what the receipt of one delivery tells; each sender numbers by itself."""
    said = {
        "external_id": number,
        "voucher_number": number,
        "purchased_on": DAY.isoformat(),
        "product_name": "特一粉",
        "quantity": 10,
        "unit": "公斤",
        "supplier_name": "泉润粮油店",
    } | facts
    body = {"items": [said], "operator": shop.credit_code if shop else ""}
    answer = sender.post("/api/v1/purchases", body)
    assert answer.status_code == 200, answer.content
    [receipt] = answer.json()["receipts"]
    assert receipt["status"] == "recorded"
    return [problem["code"] for problem in receipt["problems"]]


def find() -> int:
    now = clock.now()
    return duplicates.find_duplicates(by=platform_actor(), since=now - timedelta(days=1), at=now)


def test_the_second_system_is_told_at_once_and_the_pair_is_listed() -> None:
    shop = make_operator()
    first, second = signer(shop, "进销存"), signer(shop, "收银")
    send(first, "A-1")
    send(second, "B-9", product_name="大米")

    codes = send(second, "B-1")

    assert CODE in codes
    assert Purchase.objects.count() == 3
    assert find() == 1
    pair = DuplicateSuspect.objects.get()
    assert (pair.channel, pair.earlier_channel, pair.name) == ("api", "api", "特一粉")


def test_a_new_system_is_told_with_its_first_delivery() -> None:
    shop = make_operator()
    send(signer(shop, "进销存"), "A-1")

    assert CODE in send(signer(shop, "收银"), "B-1")


def test_what_one_system_tells_twice_is_its_own_affair() -> None:
    shop = make_operator()
    first, second = signer(shop, "进销存"), signer(shop, "收银")
    send(second, "B-1", product_name="大米")
    send(first, "A-1")

    assert CODE not in send(first, "A-2")
    assert find() == 0


@pytest.mark.parametrize("changes", [{"quantity": 11}, {"supplier_name": "别家"}])
def test_another_delivery_is_another(changes: dict[str, Any]) -> None:
    shop = make_operator()
    send(signer(shop, "进销存"), "A-1")

    assert CODE not in send(signer(shop, "收银"), "B-1", **changes)
    assert find() == 0


def test_two_markets_of_one_channel_are_told_apart() -> None:
    shop = make_operator()
    first, second = market("东市场", shop), market("西市场", shop)
    send(first, "1", shop)

    assert CODE in send(second, "1", shop, voucher_number="另一张")
    assert find() == 1
    assert DuplicateSuspect.objects.get().channel == "market"


def test_one_system_costs_no_more_queries() -> None:
    sender = signer(make_operator(), "进销存")
    send(sender, "A-0")

    with CaptureQueriesContext(connection) as seen:
        send(sender, "A-1")

    assert not [query for query in seen if "k(thing_id" in query["sql"]]
    assert not [query for query in seen if "UNION SELECT s.kind" in query["sql"]]
