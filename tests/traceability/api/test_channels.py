"""What a channel's key may see of its clients, and what the register lets a system send."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from enterprises.models import (
    Docking,
    Job,
    Operator,
    SelfBuiltSystem,
    SystemClient,
    SystemDay,
    SystemKind,
    UploadedItem,
)
from enterprises.operations import jobs
from shilian import clock
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_producer
from tests.builders.systems import SignedClient, make_system
from tests.traceability.epcis import examples
from traceability.models import Batch, EpcisCapture, EpcisEvent, Purchase, Sale
from traceability.operations import epcis_capture
from traceability.rules.codes import public_code, read_code

pytestmark = pytest.mark.django_db
DAY = clock.today() - timedelta(days=2)


def purchase(number: str = "CG-1", **facts: Any) -> dict[str, Any]:
    return {
        "external_id": number,
        "purchased_on": DAY.isoformat(),
        "product_name": "特一粉",
        "quantity": 10,
        "unit": "袋",
        "batch_number": "L1",
        "produced_on": (DAY - timedelta(days=20)).isoformat(),
        "supplier_name": "泉润粮油店",
        "supplier_phone": "13900000000",
    } | facts


def make_channel(**facts: Any) -> SelfBuiltSystem:
    channel = make_system(make_operator(name="市场开办者"), name="菜场系统")
    for name, value in ({"kind": SystemKind.MARKET, "docking": Docking.EPCIS} | facts).items():
        setattr(channel, name, value)
    channel.save()
    return channel


def client_of(channel: SelfBuiltSystem) -> Operator:
    """An operator that agreed to the channel's uploads."""
    shop = make_operator(name="老张粮油店")
    SystemClient.objects.create(
        system=channel, operator=shop, claimed_at=AT, state=SystemClient.State.CONFIRMED
    )
    return shop


def code_of(batch: Batch) -> str:
    return public_code(batch.pk, batch.token_salt)


def events_seen(signer: SignedClient, path: str = "/epcis/v2/events") -> list[Any]:
    answer = signer.get(path)
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def as_bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said).encode()


def hand_over(signer: SignedClient, shop: Operator) -> Any:
    return signer.post(
        "/epcis/v2/capture",
        examples.document(examples.object_event()),
        headers={"X-Operator": shop.credit_code},
    )


def test_a_channel_reads_nothing_of_its_clients_ledgers() -> None:
    channel = make_channel()
    shop = client_of(channel)
    own = SignedClient(make_system(shop))
    made = own.post("/api/v1/purchases", purchase()).json()["receipts"][0]
    event = {"@context": examples.CONTEXT, **examples.object_event()}
    epcis_capture.capture_event(
        by=owner_of(shop), operator=shop, body=as_bytes(event), at=clock.now()
    )
    [captured] = EpcisEvent.objects.all()
    signer = SignedClient(channel)

    seen = events_seen(signer)
    steps = signer.get("/epcis/v2/bizSteps").json()["member"]
    one = signer.get(f"/epcis/v2/events/{captured.event_id}")
    trace = signer.get(f"/api/v1/batches/{made['code']}/trace?direction=up")
    listed = signer.get(f"/api/v1/purchases?operator={shop.credit_code}").json()["items"]

    assert (seen, steps, listed) == ([], [], [])
    assert (one.status_code, trace.status_code) == (404, 404)
    assert len(events_seen(own)) == 2
    assert own.get(f"/api/v1/batches/{made['code']}/trace?direction=up").status_code == 200


def test_a_channel_lists_what_it_uploaded_and_traces_its_own() -> None:
    channel = make_channel()
    shop = client_of(channel)
    signer = SignedClient(channel)
    for_shop = signer.post(f"/api/v1/purchases?operator={shop.credit_code}", purchase())
    for_self = signer.post("/api/v1/purchases", purchase())

    assert (for_shop.status_code, for_self.status_code) == (201, 201)
    assert Purchase.objects.get(operator=shop).channel == "market"
    [listed] = signer.get(f"/api/v1/purchases?operator={shop.credit_code}").json()["items"]
    assert listed["record_id"] == str(Purchase.objects.get(operator=shop).pk)
    mine = code_of(Batch.objects.get(operator=channel.operator))
    assert signer.get(f"/api/v1/batches/{mine}/trace").status_code == 200
    assert len(events_seen(signer)) == 1


def test_a_channel_follows_the_captures_it_handed_over_and_no_others() -> None:
    channel = make_channel()
    shop = client_of(channel)
    signer = SignedClient(channel)
    other = as_bytes(examples.document(examples.commissioning()))
    epcis_capture.start_capture(
        by=owner_of(shop), operator=shop, body=other, behaviour="rollback", at=clock.now()
    )

    answer = hand_over(signer, shop)

    assert answer.status_code == 202, answer.content
    theirs, mine = EpcisCapture.objects.order_by("pk")
    jobs.run_to_end(Job.objects.get(payload__capture_id=mine.pk).pk)
    assert signer.get(f"/epcis/v2/capture/{mine.pk}").json()["success"] is True
    assert signer.get(f"/epcis/v2/capture/{theirs.pk}").status_code == 404
    assert [each["captureID"] for each in signer.get("/epcis/v2/capture").json()] == [str(mine.pk)]


def test_of_two_channels_with_one_name_neither_follows_the_others_captures() -> None:
    channel, namesake = make_channel(), make_channel()
    shop = client_of(channel)
    SystemClient.objects.create(
        system=namesake, operator=shop, claimed_at=AT, state=SystemClient.State.CONFIRMED
    )
    hand_over(SignedClient(channel), shop)
    [handed] = EpcisCapture.objects.all()

    other = SignedClient(namesake)

    assert (channel.name, channel.channel) == (namesake.name, namesake.channel)
    assert handed.system_id == channel.pk
    assert other.get("/epcis/v2/capture").json() == []
    assert other.get(f"/epcis/v2/capture/{handed.pk}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/v1/purchases", "/api/v1/purchases?dry_run=true", "/api/v1/sandbox/purchases"]
)
def test_a_kind_that_is_not_registered_is_refused(path: str) -> None:
    system = make_system()
    system.record_kinds = ["sales"]
    system.save()

    answer = SignedClient(system).post(path, purchase())

    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert problem["code"] == "kind_not_registered"
    assert "进货台账" in problem["message"]
    assert not Purchase.objects.exists()
    assert not SystemDay.objects.exists()


@pytest.mark.parametrize("docking", [Docking.API, Docking.FILE])
def test_events_come_only_from_a_system_registered_for_them(docking: Docking) -> None:
    channel = make_channel(docking=docking)
    shop = client_of(channel)

    answer = hand_over(SignedClient(channel), shop)

    assert answer.status_code == 403
    assert [each["code"] for each in answer.json()["problems"]] == ["docking_not_registered"]
    assert not EpcisCapture.objects.exists()


def test_a_production_gets_the_code_of_what_was_made() -> None:
    signer = SignedClient(make_system(make_producer()))
    said = {
        "external_id": "SC-1",
        "produced_on": DAY.isoformat(),
        "product_name": "馒头",
        "batch_number": "M-1",
        "quantity": 200,
        "unit": "袋",
    }

    [receipt] = signer.post("/api/v1/production", said).json()["receipts"]

    made = Batch.objects.get()
    assert receipt["record_id"] == str(made.pk)
    assert read_code(receipt["code"]).batch_id == made.pk
    [listed] = signer.get("/api/v1/production").json()["items"]
    assert listed["code"] == receipt["code"]


def test_two_deliveries_that_read_alike_are_two_by_their_numbers() -> None:
    signer = SignedClient(make_system())

    answer = signer.post("/api/v1/purchases", {"items": [purchase("A"), purchase("B")]})
    again = signer.post("/api/v1/purchases", {"items": [purchase("A"), purchase("B")]})

    first, second = answer.json()["receipts"]
    assert [first["status"], second["status"]] == ["recorded", "recorded"]
    [doubt] = second["problems"]
    assert (doubt["code"], doubt["severity"]) == ("item_alike", "warning")
    assert first["record_id"] != second["record_id"]
    assert Purchase.objects.count() == 2
    assert [each["status"] for each in again.json()["receipts"]] == ["same", "same"]
    day = SystemDay.objects.get()
    assert (day.sent_count, day.accepted_count, day.duplicate_count) == (4, 4, 2)


def test_two_sales_that_read_alike_are_two_by_their_numbers() -> None:
    signer = SignedClient(make_system())
    signer.post("/api/v1/purchases", purchase())
    sale = {
        "sold_on": clock.today().isoformat(),
        "product_name": "特一粉",
        "quantity": 1,
        "unit": "袋",
        "buyer_name": "小李饭店",
        "buyer_phone": "13900000001",
    }

    items = [{"external_id": each} | sale for each in ("X1", "X2")]
    answer = signer.post("/api/v1/sales", {"items": items})

    receipts = answer.json()["receipts"]
    assert [each["status"] for each in receipts] == ["recorded", "recorded"], receipts
    assert Sale.objects.count() == 2


def test_a_product_told_twice_is_one_and_both_numbers_find_it() -> None:
    signer = SignedClient(make_system())
    said = {"name": "特一粉", "unit": "袋"}

    items = [{"external_id": each} | said for each in ("P1", "P2")]
    tried = signer.post("/api/v1/sandbox/products", {"items": items}).json()["receipts"]
    first, second = signer.post("/api/v1/products", {"items": items}).json()["receipts"]

    assert [each["record_id"] for each in tried] == [None, None]
    assert (first["status"], second["status"]) == ("recorded", "same")
    assert second["record_id"] == first["record_id"]
    assert UploadedItem.objects.count() == 2
