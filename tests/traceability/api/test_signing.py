import json
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client

from enterprises.models import ApiKey, Person, SelfBuiltSystem, UsedNonce
from enterprises.operations import api_keys, api_requests
from enterprises.operations.api_requests import Unsigned
from enterprises.operations.rate_limits import Limit
from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message
from shilian import clock
from tests.builders.enterprises import owner_of
from tests.builders.systems import SignedClient, make_system
from tests.traceability.api.test_uploads import codes, purchase
from traceability.models import Purchase

pytestmark = pytest.mark.django_db
PATH = "/api/v1/purchases"


@pytest.fixture
def client() -> SignedClient:
    return SignedClient(make_system())


def test_the_signed_text_is_as_documented():
    message = Message("post", "/api/v1/purchases", "b=2&a=%E7%B2%89+1&a=0", b"{}", "order-1")
    envelope = Envelope("sl_1", "1795312800", "n" * 16, "")

    assert signing.canonical_text(message, envelope, signing.SHA256).split("\n") == [
        "POST",
        "/api/v1/purchases",
        "a=%E7%B2%89%201&a=0&b=2",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "1795312800",
        "n" * 16,
        "sl_1",
        "order-1",
    ]


@pytest.mark.parametrize(
    ("algorithm", "text", "expected"),
    [
        # RFC 4231, test case 2.
        (
            signing.SHA256,
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            signing.SM3,
            "what do ya want for nothing?",
            "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",
        ),
    ],
)
def test_signatures_match_published_values(algorithm, text, expected):
    assert signing.sign("Jefe", text, algorithm) == expected


@pytest.mark.parametrize("algorithm", [signing.SHA256, signing.SM3])
def test_either_algorithm_signs_reads_and_writes(algorithm):
    client = SignedClient(make_system(), algorithm=algorithm)

    assert client.post(PATH, purchase()).status_code == HTTPStatus.CREATED
    assert client.get(f"{PATH}?limit=5&external_id=CG-1").status_code == HTTPStatus.OK


def test_a_request_without_signature_is_told_where_to_read(client):
    answer = Client().post(PATH, b"{}", content_type="application/json")

    assert (answer.status_code, codes(answer)) == (401, ["signature_missing"])
    assert answer.headers["WWW-Authenticate"].startswith("Shilian-Signature")


def test_a_session_is_no_signature(client):
    browser = Client()
    owner = owner_of(ApiKey.objects.get().system.operator)
    browser.force_login(Person.objects.get(pk=owner.person_id))

    answer = browser.post(PATH, b"{}", content_type="application/json")

    assert codes(answer) == ["signature_missing"]


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("X-Key-Id", None, "signature_incomplete"),
        ("X-Nonce", None, "signature_incomplete"),
        ("X-Timestamp", None, "signature_incomplete"),
        ("X-Signature", None, "signature_incomplete"),
        ("X-Key-Id", "sl_unknown", "key_unknown"),
        ("X-Key-Id", "sl\x00", "key_unknown"),
        ("X-Timestamp", "yesterday", "timestamp_malformed"),
        ("X-Timestamp", "1795312800000", "timestamp_malformed"),
        ("X-Timestamp", "-1", "timestamp_malformed"),
        ("X-Timestamp", "1000000000", "timestamp_skewed"),
        ("X-Nonce", "short", "nonce_malformed"),
        ("X-Nonce", "n" * 65, "nonce_malformed"),
        ("X-Nonce", "n" * 16, "signature_wrong"),
        ("X-Signature", "zz", "signature_malformed"),
        ("X-Signature", "0" * 64, "signature_wrong"),
        ("Idempotency-Key", "another-key", "signature_wrong"),
    ],
)
def test_a_spoilt_header_is_refused_with_its_reason(client, header, value, code):
    answer = client.post(PATH, purchase(), headers={header: value})

    assert (answer.status_code, codes(answer)) == (401, [code]), answer.content.decode()
    assert not Purchase.objects.exists()
    assert not UsedNonce.objects.exists()


def test_every_changed_byte_of_a_body_is_noticed(client):
    body = json.dumps(purchase()).encode()

    for position in range(0, len(body), 7):
        spoilt = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        assert codes(client.post(PATH, body, as_body=spoilt)) == ["signature_wrong"]

    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    "spoilt",
    [{"as_path": "/api/v1/sales"}, {"as_path": f"{PATH}?atomic=true"}, {"as_method": "PUT"}],
)
def test_another_method_path_or_query_is_noticed(client, spoilt):
    assert codes(client.post(PATH, purchase(), **spoilt)) == ["signature_wrong"]


def test_a_wrong_signature_tells_what_should_have_been_signed(client):
    answer = client.post(PATH, purchase(), headers={"X-Signature": "0" * 64})

    said = answer.json()["canonical"].split("\n")
    assert said[:3] == ["POST", PATH, ""]
    assert client.issued.secret not in answer.content.decode()


def test_a_captured_request_is_not_accepted_again(client):
    body = json.dumps(purchase()).encode()
    headers = client.headers("POST", PATH, body, "order-0001")

    first = client.post(PATH, body, headers=headers)
    again = client.post(PATH, body, headers=headers)

    assert first.status_code == 201
    assert (again.status_code, codes(again)) == (401, ["nonce_seen"])
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("seconds", "status"), [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)]
)
def test_clocks_may_differ_by_five_minutes(client, seconds, status):
    later = clock.now().replace(microsecond=0) + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        headers = client.headers("GET", PATH, b"")
        with time_machine.travel(clock.now() - timedelta(seconds=seconds), tick=False):
            answer = client.get(PATH, headers=headers)

    assert answer.status_code == status, answer.content.decode()
    if status == 401:
        assert codes(answer) == ["timestamp_skewed"]
        assert "平台的时间是" in answer.json()["problems"][0]["message"]


def test_a_nonce_is_kept_as_long_as_its_request_could_be_accepted(client):
    client.get(PATH)
    last = clock.now() + 2 * signing.TOLERANCE

    assert api_requests.forget_nonces(before=last) == 0
    assert api_requests.forget_nonces(before=last + timedelta(minutes=1)) == 1


def test_a_revoked_key_and_an_ended_system_are_refused(client):
    key = ApiKey.objects.get()
    owner = owner_of(key.system.operator)
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.ENDED)
    ended = client.get(PATH)
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.IN_SERVICE)
    api_keys.revoke_key(by=owner, key=key, at=clock.now())

    assert (ended.status_code, codes(ended)) == (403, ["system_not_in_service"])
    assert codes(client.get(PATH)) == ["key_revoked"]


def test_an_exchanged_key_signs_until_its_overlap_ends(client):
    key = ApiKey.objects.get()
    with time_machine.travel(clock.now() - api_keys.OVERLAP + timedelta(seconds=30), tick=False):
        api_keys.rotate_key(by=owner_of(key.system.operator), key=key, at=clock.now())

    assert client.get(PATH).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert codes(client.get(PATH)) == ["key_retired"]


def test_a_noisy_key_is_told_to_wait_and_others_are_not(client, monkeypatch):
    monkeypatch.setattr(api_requests, "CALLS", Limit("api_calls", 2, 60))
    other = SignedClient(make_system())

    answers = [client.get(PATH) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "60"
    assert codes(answers[2]) == ["rate_limited"]
    assert other.get(PATH).status_code == 200


def test_a_body_beyond_the_bound_is_refused_before_it_is_read(client):
    answer = client.post(PATH, b" " * (5 * 1024 * 1024 + 1))

    assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])


def test_a_missing_sm3_is_said_and_nothing_else_is_used_instead(monkeypatch):
    client = SignedClient(make_system(), algorithm=signing.SM3)
    monkeypatch.setattr(signing, "SM3_AVAILABLE", False)
    message, envelope = (
        Message("GET", PATH, "", b""),
        Envelope(client.issued.key_id, str(int(clock.now().timestamp())), "n" * 16, "0" * 64),
    )

    with pytest.raises(Unsigned) as refusal:
        api_requests.authenticate(message, envelope, at=clock.now())

    assert refusal.value.codes == ["algorithm_unavailable"]
    assert refusal.value.status == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_key_reads_the_trace_of_its_operators_batch(client):
    made = client.post(PATH, purchase()).json()["receipts"][0]

    answer = client.get(f"/api/v1/batches/{made['code']}/trace?direction=up")

    assert answer.status_code == 200
    assert answer.json()["batch_count"] == 1
