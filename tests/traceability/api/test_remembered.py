"""What a process remembers of calls: keys while they are as they were, goods as used now and then."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from enterprises.models import ApiKey, Operator, OperatorState, SelfBuiltSystem, UploadedItem
from enterprises.operations import api_keys, api_requests
from shilian import clock
from shilian.problems import Problem, Rejected
from tests.builders.enterprises import credit_code, make_operator, owner_of
from tests.builders.systems import SignedClient, make_system
from tests.builders.traceability import make_partner
from tests.traceability.api.test_uploads import purchase
from traceability.models import Partner, Product, Purchase
from traceability.operations import api_uploads, import_purchases

pytestmark = pytest.mark.django_db
PATH = "/api/v1/purchases"


@pytest.fixture
def client() -> SignedClient:
    """A client whose key this process knows from an earlier call."""
    client = SignedClient(make_system())
    assert client.post(PATH, purchase("FIRST")).status_code == 201
    return client


def problem_codes(answer: Any) -> list[str]:
    return [each["code"] for each in answer.json()["problems"]]


def test_a_known_key_is_not_read_again(client: SignedClient) -> None:
    # The first call noted the key's use, and its operator's.
    client.get("/api/v1/receipts")
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/v1/receipts")

    assert not any(each["sql"].startswith("SELECT enterprises_apikey") for each in captured)


def test_a_key_is_refused_from_its_revocation_on(client: SignedClient) -> None:
    system = SelfBuiltSystem.objects.get()
    by = owner_of(system.operator)
    key = ApiKey.objects.get()
    api_keys.revoke_key(by=by, key=key, reason="密钥外泄", at=clock.now())

    answer = client.post(PATH, purchase("SECOND"))

    assert (answer.status_code, problem_codes(answer)) == (401, ["key_revoked"])
    assert Purchase.objects.count() == 1


def test_a_system_is_refused_from_its_end_on(client: SignedClient) -> None:
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.ENDED)

    answer = client.post(PATH, purchase("SECOND"))

    assert (answer.status_code, problem_codes(answer)) == (403, ["system_not_in_service"])
    assert Purchase.objects.count() == 1


def test_a_key_that_was_refused_serves_once_it_may(client: SignedClient) -> None:
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.ENDED)
    client.post(PATH, purchase("SECOND"))
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.IN_SERVICE)

    assert client.post(PATH, purchase("SECOND")).status_code == 201


def test_an_operator_is_seen_as_it_is_now(client: SignedClient) -> None:
    Operator.objects.update(name="改名后的店", state=OperatorState.ACTIVATED)

    assert client.post(PATH, purchase("SECOND")).status_code == 201
    assert Operator.objects.get().state == OperatorState.USING
    assert client.post(PATH, purchase("THIRD")).status_code == 201


def test_a_wrong_signature_is_refused_for_a_known_key(client: SignedClient) -> None:
    client.issued = api_keys.IssuedKey(client.issued.key_id, "another secret")

    answer = client.post(PATH, purchase("SECOND"))

    assert (answer.status_code, problem_codes(answer)) == (401, ["signature_wrong"])
    assert Purchase.objects.count() == 1


def test_no_more_keys_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_requests, "_rows", {})
    monkeypatch.setattr(api_requests, "_MOST_KNOWN", 2)
    clients = [SignedClient(make_system()) for _ in range(5)]

    for each in clients:
        assert each.post(PATH, purchase("FIRST")).status_code == 201

    assert len(api_requests._rows) <= 2


def test_uploads_note_the_use_of_goods_now_and_then(client: SignedClient) -> None:
    first = Product.objects.get().last_used_at
    assert first is not None

    client.post(PATH, purchase("SECOND"))
    assert Product.objects.get().last_used_at == first

    Product.objects.update(last_used_at=first - timedelta(minutes=11))
    Partner.objects.update(last_used_at=None)
    client.post(PATH, purchase("THIRD"))
    assert Product.objects.get().last_used_at >= first
    assert Partner.objects.get().last_used_at >= first


def test_a_record_nobody_can_store_costs_no_other(
    client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try has no savepoint; it is undone as a whole and made again with care."""
    real = import_purchases.purchase_uploads.record_uploaded
    tries = []

    def stumbling(**given: Any) -> Any:
        tries.append(len(given["drafts"]))
        recorded = real(**given)
        if any(draft.voucher_number == "POISON" for draft in given["drafts"]):
            raise Rejected([Problem("poison", "", "存不进去。")])
        return recorded

    monkeypatch.setattr(import_purchases.purchase_uploads, "record_uploaded", stumbling)
    items = [purchase(name) for name in ("A", "B", "POISON", "C")]
    answer = client.post(PATH, {"items": items})

    assert answer.status_code == 207
    statuses = [each["status"] for each in answer.json()["receipts"]]
    assert statuses == ["recorded", "recorded", "refused", "recorded"]
    assert tries[0] == 4
    vouchers = Purchase.objects.values_list("voucher_number", flat=True)
    assert sorted(vouchers) == ["A", "B", "C", "FIRST"]
    numbers = UploadedItem.objects.values_list("external_id", flat=True)
    assert sorted(numbers) == ["A", "B", "C", "FIRST"]


def test_numbers_and_partners_are_found_by_index(client: SignedClient) -> None:
    """Though the planner's statistics know nothing of a system that has just begun to send."""
    make_partner(Operator.objects.get(), name="另一家")
    first = UploadedItem.objects.values("system_id", "operator_id", "kind", "upload_id").get()
    UploadedItem.objects.bulk_create(
        UploadedItem(external_id=f"OLD{number}", content_hash=b"", record_id=number, **first)
        for number in range(3_000)
    )
    with CaptureQueriesContext(connection) as captured:
        client.post(PATH, {"items": [purchase(f"N{number}") for number in range(30)]})
    statements = [part for each in captured for part in each["sql"].split(";\n")]

    numbers = plan_of(next(each for each in statements if "string_to_array" in each))
    assert "item_once_per_system" in numbers, numbers
    partners = plan_of(next(each for each in statements if "p.licence_valid_until" in each))
    assert "partner_by_name" in partners, partners


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_rotated_key_is_refused_once_its_time_is_over(client: SignedClient) -> None:
    ApiKey.objects.update(retires_at=clock.now() + timedelta(minutes=1))
    assert client.post(PATH, purchase("SECOND")).status_code == 201
    ApiKey.objects.update(retires_at=clock.now() - timedelta(seconds=1))

    answer = client.post(PATH, purchase("THIRD"))

    assert (answer.status_code, problem_codes(answer)) == (401, ["key_retired"])


def test_a_partner_that_has_registered_is_linked_by_the_next_upload(client: SignedClient) -> None:
    code = credit_code(777)
    client.post(PATH, purchase("SECOND", supplier_name="盛禾批发", supplier_code=code))
    assert Partner.objects.get(credit_code=code).linked_operator_id is None
    registered = make_operator(name="盛禾批发", code=code)

    client.post(PATH, purchase("THIRD", supplier_name="盛禾批发", supplier_code=code))

    assert Partner.objects.get(credit_code=code).linked_operator_id == registered.pk


def test_an_operator_begins_to_use_the_platform_after_a_second_try(
    client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first try said of the operator is undone with it, in memory too."""
    Operator.objects.update(state=OperatorState.ACTIVATED, using_at=None)
    real = import_purchases.purchase_uploads.record_uploaded
    tries = []

    def stumbling(**given: Any) -> Any:
        recorded = real(**given)
        tries.append(len(given["drafts"]))
        if len(tries) == 1:
            raise Rejected([Problem("poison", "", "存不进去。")])
        return recorded

    monkeypatch.setattr(import_purchases.purchase_uploads, "record_uploaded", stumbling)
    assert client.post(PATH, {"items": [purchase("A"), purchase("B")]}).status_code == 200

    operator = Operator.objects.get()
    assert tries == [2, 2]
    assert (operator.state, operator.using_at is None) == (OperatorState.USING, False)


def test_a_fault_that_is_nobodys_repetition_is_told_as_one(
    client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any, **more: Any) -> None:
        raise IntegrityError("some other constraint")

    monkeypatch.setattr(api_uploads.systems, "count_upload", refuse)

    with pytest.raises(IntegrityError), transaction.atomic():
        client.post(PATH, purchase("SECOND"))
    assert Purchase.objects.count() == 1


def test_two_tries_of_one_number_end_with_one_record(
    client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody recorded the number between the look and the write: the second look finds it."""
    real, looks = api_uploads.uploads.known_from, []

    def blind_at_first(rows: Any) -> Any:
        looks.append(rows)
        return {} if len(looks) == 1 else real(rows)

    monkeypatch.setattr(api_uploads.uploads, "known_from", blind_at_first)
    answer = client.post(PATH, purchase("FIRST"))

    assert len(looks) == 2
    assert [each["status"] for each in answer.json()["receipts"]] == ["same"]
    assert Purchase.objects.count() == 1
