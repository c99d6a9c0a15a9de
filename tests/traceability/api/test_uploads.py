import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from enterprises.models import ApiUpload, SystemDay, UploadedItem
from shilian import clock
from tests.builders.systems import SignedClient, make_system
from traceability.models import Batch, Partner, Product, Purchase
from traceability.rules.codes import read_code

pytestmark = pytest.mark.django_db
DAY = clock.today() - timedelta(days=2)


def purchase(number: str = "CG-1", **facts: object) -> dict[str, object]:
    """One purchase as a system sends it."""
    return {
        "external_id": number,
        "purchased_on": DAY.isoformat(),
        "product_name": "特一粉",
        "specification": "25kg/袋",
        "quantity": 10,
        "unit": "袋",
        "produced_on": (DAY - timedelta(days=20)).isoformat(),
        "batch_number": f"L{number}",
        "shelf_life": "12个月",
        "supplier_name": "泉润粮油店",
        "supplier_phone": "13900000000",
        "voucher_number": number,
    } | facts


@pytest.fixture
def client() -> SignedClient:
    return SignedClient(make_system())


def test_a_single_record_is_created_with_its_public_code(client):
    answer = client.post("/api/v1/purchases", purchase())

    assert answer.status_code == 201, answer.content.decode()
    [receipt] = answer.json()["receipts"]
    record = Purchase.objects.get()
    assert (receipt["status"], receipt["record_id"]) == ("recorded", str(record.pk))
    assert read_code(receipt["code"]).batch_id == Batch.objects.get().pk
    assert record.channel == "api"
    assert SystemDay.objects.values_list("sent_count", "accepted_count").get() == (1, 1)


def test_a_bad_item_blocks_no_other(client):
    items = [purchase("A"), purchase("B", quantity="很多"), purchase("C")]

    answer = client.post("/api/v1/purchases", {"items": items})

    assert answer.status_code == 207
    receipts = answer.json()["receipts"]
    assert [each["status"] for each in receipts] == ["recorded", "refused", "recorded"]
    assert [each["position"] for each in receipts] == [1, 2, 3]
    [problem] = receipts[1]["problems"]
    assert (problem["code"], problem["field"]) == ("quantity_not_a_number", "quantity")
    assert Purchase.objects.count() == 2
    day = SystemDay.objects.get()
    assert (day.sent_count, day.accepted_count) == (3, 2)
    assert day.errors == {"quantity_not_a_number": 1}


def test_of_an_atomic_batch_with_a_bad_item_nothing_is_recorded(client):
    items = [purchase("A"), purchase("B", quantity="0")]

    answer = client.post("/api/v1/purchases?atomic=true", {"items": items})

    assert answer.status_code == 422
    assert {each["status"] for each in answer.json()["receipts"]} == {"refused"}
    assert not Purchase.objects.exists()
    assert not Product.objects.exists()
    assert not ApiUpload.objects.exists()


def test_the_same_key_and_body_get_the_same_answer_and_no_second_record(client):
    first = client.post("/api/v1/purchases", purchase(), key="order-0001")

    second = client.post("/api/v1/purchases", purchase(), key="order-0001")

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Purchase.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(client):
    client.post("/api/v1/purchases", purchase(), key="order-0001")

    answer = client.post("/api/v1/purchases", purchase("CG-2"), key="order-0001")

    assert answer.status_code == 422
    assert codes(answer) == ["idempotency_mismatch"]
    assert Purchase.objects.count() == 1


def test_a_refused_call_may_be_corrected_under_the_same_key(client):
    bad = client.post("/api/v1/purchases", purchase(quantity="-1"), key="order-0001")

    answer = client.post("/api/v1/purchases", purchase(), key="order-0001")

    assert (bad.status_code, answer.status_code) == (422, 201)
    assert bad.headers["Content-Type"] == "application/problem+json"


def test_the_senders_own_number_is_the_last_guard(client):
    client.post("/api/v1/purchases", purchase(), key="order-0001")

    again = client.post("/api/v1/purchases", purchase(), key="order-0002")
    other = client.post("/api/v1/purchases", purchase(quantity=11), key="order-0003")

    assert again.status_code == 200
    assert again.json()["receipts"][0]["status"] == "same"
    assert again.json()["receipts"][0]["record_id"] == str(Purchase.objects.get().pk)
    assert item_codes(other) == ["external_id_conflict"]
    assert UploadedItem.objects.count() == 1


def test_two_systems_number_by_themselves(client):
    other = SignedClient(make_system())

    answers = [each.post("/api/v1/purchases", purchase("1")) for each in (client, other)]

    assert [answer.status_code for answer in answers] == [201, 201]


def test_a_number_twice_in_one_batch_is_refused_once(client):
    items = [purchase("A"), purchase("A", quantity=3)]

    answer = client.post("/api/v1/purchases", {"items": items})

    assert answer.status_code == 207
    assert item_codes(answer) == ["external_id_repeated"]


@pytest.mark.parametrize("path", ["/api/v1/purchases?dry_run=true", "/api/v1/sandbox/purchases"])
def test_a_trial_gives_the_same_verdicts_and_writes_nothing(client, path):
    items = [purchase("A"), purchase("B", quantity="0"), purchase("C", supplier_name="")]

    tried = client.post(path, {"items": items}).json()

    assert not Purchase.objects.exists()
    assert not Partner.objects.exists()
    assert not SystemDay.objects.exists()
    real = client.post("/api/v1/purchases", {"items": items}).json()
    for mine, theirs in zip(tried["receipts"], real["receipts"], strict=True):
        assert mine["status"] == theirs["status"]
        assert mine["problems"] == theirs["problems"]
    assert [each["record_id"] for each in tried["receipts"]] == [None] * 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json_malformed"),
        (b"\xff\xfe", 400, "json_malformed"),
        (b"[" * 9_000, 400, "json_malformed"),
        (b"[]", 400, "body_not_an_object"),
        (b'{"items": []}', 400, "items_missing"),
        (b'{"items": 5}', 400, "items_missing"),
        (b'{"items": [{}], "rubbish": 1}', 400, "option_unknown"),
        (b'{"items": [{}], "atomic": "yes"}', 400, "option_malformed"),
        (b'{"items": [{}], "operator": 5}', 400, "option_malformed"),
        (json.dumps({"items": [{}] * 1_001}).encode(), 400, "too_many_items"),
        (b'{"items": [{}], "operator": "91370102MA0000000X"}', 422, "operator_not_served"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(client, body, status, code):
    answer = client.post("/api/v1/purchases", body)

    assert answer.status_code == status, answer.content.decode()
    assert codes(answer) == [code]
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda item: item.pop("external_id"), "external_id_missing"),
        (lambda item: item.update(external_id=5), "external_id_malformed"),
        (lambda item: item.update(external_id=" A"), "external_id_malformed"),
        (lambda item: item.update(external_id="A" * 65), "external_id_malformed"),
        (lambda item: item.update(external_id="A\x00B"), "external_id_malformed"),
        (lambda item: item.update(operator_id=1), "field_unknown"),
        (lambda item: item.update(product_name=["特一粉"]), "field_type"),
        (lambda item: item.update(batch_number=12345), "field_type"),
        (lambda item: item.update(batch_number=1.5), "field_type"),
        (lambda item: item.update(quantity=True), "field_type"),
        (lambda item: item.update(quantity=10**40), "field_type"),
        (lambda item: item.update(product_name="粉" * 1_001), "text_unusable"),
        (lambda item: item.update(product_name="a\x00b"), "text_unusable"),
        (lambda item: item.update(purchased_on="461133"), "purchased_on_unreadable"),
        (lambda item: item.update(quantity=0), "quantity_not_positive"),
    ],
)
def test_a_malformed_item_is_refused_at_its_field(
    client, spoil: Callable[[dict[str, object]], object], code
):
    item = purchase()
    spoil(item)

    answer = client.post("/api/v1/purchases", {"items": [item]})

    assert answer.status_code == 422
    assert code in item_codes(answer)
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(("count", "status"), [(1, 200), (2, 200)])
def test_every_fraction_keeps_its_digits(client, count, status):
    items = [purchase(f"A{n}", quantity=12.5 + n) for n in range(count)]

    answer = client.post("/api/v1/purchases", {"items": items})

    assert answer.status_code == status
    amounts = set(Purchase.objects.values_list("quantity", flat=True))
    assert {float(amount) for amount in amounts} == {12.5 + n for n in range(count)}


def test_lists_what_was_recorded_page_by_page(client):
    client.post("/api/v1/purchases", {"items": [purchase(f"N{n}") for n in range(5)]})

    numbers, path = [], "/api/v1/purchases?limit=2"
    while path:
        page = client.get(path).json()
        numbers += [item["external_id"] for item in page["items"]]
        path = page["next"] and f"/api/v1/purchases?limit=2&cursor={page['next']}"

    assert sorted(numbers) == [f"N{n}" for n in range(5)]
    [found] = client.get("/api/v1/purchases?external_id=N3").json()["items"]
    assert found["code"]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=x", "limit=%D9%A1"])
def test_a_bad_page_is_refused(client, query):
    assert client.get(f"/api/v1/purchases?{query}").status_code == 400


def test_an_answer_can_be_asked_for_again_by_its_own_system_only(client):
    made = client.post("/api/v1/purchases", purchase())
    upload_id = made.json()["upload_id"]

    [listed] = client.get("/api/v1/receipts").json()["items"]

    assert listed["upload_id"] == upload_id
    assert client.get(f"/api/v1/receipts/{upload_id}").content == made.content
    stranger = SignedClient(make_system())
    assert stranger.get(f"/api/v1/receipts/{upload_id}").status_code == 404
    assert stranger.get("/api/v1/receipts").json()["items"] == []
    assert client.get(f"/api/v1/receipts/{10**30}").status_code == 404


def test_a_write_needs_an_idempotency_key(client):
    headers = client.headers("POST", "/api/v1/purchases", json.dumps(purchase()).encode())

    missing = client.post(
        "/api/v1/purchases", purchase(), headers=headers | {"Idempotency-Key": None}
    )
    short = client.post("/api/v1/purchases", purchase(), key="short")

    assert (missing.status_code, codes(missing)) == (400, ["idempotency_key_missing"])
    assert (short.status_code, codes(short)) == (400, ["idempotency_key_malformed"])
    assert not Purchase.objects.exists()


def test_only_json_is_read(client):
    answer = client.post("/api/v1/purchases", purchase(), content_type="text/plain")

    assert (answer.status_code, codes(answer)) == (415, ["not_json"])


def test_the_number_of_queries_does_not_grow_with_the_batch(client, django_assert_max_num_queries):
    client.post("/api/v1/purchases", {"items": [purchase("first")]})
    for count in (5, 50):
        items = [purchase(f"{count}-{n}") for n in range(count)]
        with django_assert_max_num_queries(45):
            assert client.post("/api/v1/purchases", {"items": items}).status_code == 200


def codes(answer) -> list[str]:
    return [problem["code"] for problem in answer.json()["problems"]]


def item_codes(answer) -> list[str]:
    return [p["code"] for each in answer.json()["receipts"] for p in each["problems"]]
