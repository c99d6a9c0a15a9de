from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from shilian.embedded.servers import Servers
from tests.builders.enterprises import AT, owner_of
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.traceability import batch_of, make_product, make_purchase
from traceability import labels, page_store
from traceability.models import Batch
from traceability.operations import purchases
from traceability.public_cache import PublicCache
from traceability.rules import codes
from traceability.scan_limits import CODES_PER_HOUR, SCANS_PER_MINUTE

FORGED = codes.ALPHABET[10] * 26


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def scanner(servers: Servers) -> Iterator[Scanner]:
    page_store.redis.cache_clear()
    page_store.redis().flushdb()
    page_store.clear_near()
    yield Scanner()
    page_store.clear_near()
    page_store.redis.cache_clear()


class Scanner:
    """A phone that talks to the wrapped application; ``reached`` counts what came to Django."""

    def __init__(self) -> None:
        self.reached = 0
        self.django = ask_django
        self.cache = PublicCache(self._inside)

    def _inside(self, environ: Any, start_response: Any) -> Any:
        self.reached += 1
        return self.django(environ, start_response)

    def __call__(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        environ = Client()._base_environ(PATH_INFO=path, REQUEST_METHOD=method) | headers
        reply = Reply()
        reply.body = b"".join(self.cache(environ, reply.start))
        return reply


def ask_django(environ: Any, start_response: Any) -> Any:
    path = environ["PATH_INFO"].encode("latin-1").decode()
    sent = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    response = Client(raise_request_exception=False).generic(
        environ["REQUEST_METHOD"], path, **sent
    )
    start_response(f"{response.status_code} answered", list(response.items()))
    return [response.content]


class Reply:
    status = 0
    body = b""

    def start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        self.status = int(status[:3])
        self.headers = dict(headers)

    @property
    def text(self) -> str:
        return self.body.decode()


def path_of(batch: Batch) -> str:
    return f"/q/{labels.code_of(batch)}"


@pytest.mark.django_db
def test_the_page_gives_the_verdict_and_the_facts(client: Client) -> None:
    batch = make_made_batch(make_producer(), batch_number="L-20261110")
    make_inspection(batch, certificate_number="HG-9")

    page = client.get(path_of(batch))

    text = page.content.decode()
    assert page.status_code == 200
    assert "来源可查，检验合格" in text
    for fact in (batch.name, batch.maker_name, "L-20261110", "HG-9", "历下区", "127.0.0.1:8000"):
        assert fact in text
    assert "<script" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"result": "failed", "certificate_number": ""}, "此批次检验不合格"),
        ({}, "来源可查，检验合格"),
    ],
)
def test_the_verdict_follows_the_inspection(
    client: Client, facts: dict[str, Any], sentence: str
) -> None:
    batch = make_made_batch(make_producer())
    make_inspection(batch, **facts)

    assert sentence in client.get(path_of(batch)).content.decode()


@pytest.mark.django_db
def test_expired_goods_are_called_so(client: Client) -> None:
    purchase = make_purchase()
    short = make_product(batch_of(purchase).operator, shelf_life_value=3, shelf_life_unit="day")
    batch = batch_of(make_purchase(short.operator, product=short))

    assert "此批次已过保质期" in client.get(path_of(batch)).content.decode()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("ABC", "码没有输完整"), (FORGED, "这不是食链发出的码"), ("码" * 26, "码没有输完整")],
)
def test_a_bad_code_is_answered_without_the_database(
    scanner: Scanner, code: str, sentence: str
) -> None:
    # No database mark: a query would fail the test.
    reply = scanner(f"/q/{code}".encode().decode("latin-1"))

    assert reply.status == 404
    assert sentence in reply.text
    assert scanner.reached == 0


@pytest.mark.django_db
def test_a_genuine_code_without_a_batch_is_answered(client: Client) -> None:
    page = client.get(f"/q/{codes.public_code(77, 7)}")

    assert page.status_code == 404
    assert "这个码还没有登记内容" in page.content.decode()


@pytest.mark.django_db
def test_the_second_scan_does_not_reach_django(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())
    first = scanner(path_of(batch))
    page_store.clear_near()

    second = scanner(path_of(batch).lower())

    assert scanner.reached == 1
    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body


@pytest.mark.django_db
def test_a_cached_answer_has_the_headers_of_django(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())

    first, second = scanner(path_of(batch)), scanner(path_of(batch))

    assert scanner.reached == 1
    kept = ("Vary", "X-Request-Id")
    assert {name: first.headers[name] for name in second.headers if name not in kept} == {
        name: value for name, value in second.headers.items() if name not in kept
    }
    assert "nonce" not in second.headers["Content-Security-Policy"]
    assert "script-src 'none'" in second.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_phone_that_has_the_page_is_told_so(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())
    tag = scanner(path_of(batch)).headers["ETag"]

    again = scanner(path_of(batch), HTTP_IF_NONE_MATCH=tag)

    assert (again.status, again.body) == (304, b"")


@pytest.mark.django_db
def test_the_page_travels_compressed(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())
    plain = scanner(path_of(batch))

    packed = scanner(path_of(batch), HTTP_ACCEPT_ENCODING="gzip, br")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body) < 4_000


@pytest.mark.django_db
def test_head_sends_no_body(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())
    scanner(path_of(batch))

    assert scanner(path_of(batch), method="HEAD").body == b""


@pytest.mark.django_db(transaction=True)
def test_a_failed_inspection_shows_at_once(scanner: Scanner) -> None:
    batch = make_made_batch(make_producer())
    scanner(path_of(batch))

    make_inspection(batch, result="failed", certificate_number="")

    assert "此批次检验不合格" in scanner(path_of(batch)).text


@pytest.mark.django_db(transaction=True)
def test_a_voided_record_shows_at_once(scanner: Scanner) -> None:
    purchase = make_purchase()
    batch = batch_of(purchase)
    scanner(path_of(batch))

    purchases.void_purchase(
        by=owner_of(batch.operator),
        operator=batch.operator,
        purchase_id=purchase.pk,
        reason="记错了",
        at=AT,
    )

    assert "此批次记录已作废" in scanner(path_of(batch)).text


@pytest.mark.django_db
def test_scans_go_on_without_redis(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_made_batch(make_producer())
    page_store.redis.cache_clear()
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://127.0.0.1:1/0")

    assert scanner(path_of(batch)).status == 200
    page_store._near.clear()
    assert scanner(path_of(batch)).status == 200
    assert scanner.reached == 2


def test_one_address_may_not_hammer(scanner: Scanner) -> None:
    for _ in range(SCANS_PER_MINUTE):
        assert scanner(f"/q/{FORGED}").status == 404

    refused = scanner(f"/q/{FORGED}")

    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
    assert "查询太频繁" in refused.text
    assert scanner(f"/q/{FORGED}", REMOTE_ADDR="10.1.1.1").status == 404


def test_one_address_may_not_copy_the_catalogue(scanner: Scanner) -> None:
    scanner.cache.limits.allow_scan = lambda address: True  # type: ignore[method-assign]
    scanner.django = lambda environ, start: (start("200 OK", []), [b""])[1]  # type: ignore[assignment]

    def scan(batch_id: int, address: str) -> int:
        return scanner(f"/q/{codes.public_code(batch_id, 1)}", REMOTE_ADDR=address).status

    first = [scan(number, "10.2.2.2") for number in range(CODES_PER_HOUR)]
    another_process = Scanner()
    another_process.django = scanner.django

    assert set(first) == {200}
    assert scan(CODES_PER_HOUR, "10.2.2.2") == 429
    assert scan(5, "10.2.2.2") == 200
    assert scan(5, "10.2.2.3") == 200
    scanner.cache = another_process.cache
    assert scan(CODES_PER_HOUR + 1, "10.2.2.2") == 429


def test_other_pages_pass_through(scanner: Scanner) -> None:
    assert scanner("/q/").status == 200
    assert scanner("/healthz").status == 200
    assert scanner(f"/q/{FORGED}", method="POST").status in (403, 405)
    assert scanner.reached == 3


def test_a_typed_code_leads_to_its_page(client: Client) -> None:
    code = codes.public_code(77, 7)

    answer = client.get("/q/", {"code": codes.grouped(code).lower()})

    assert answer.headers["Location"] == f"/q/{code}"


def test_the_form_answers_an_endless_code(client: Client) -> None:
    assert client.get("/q/", {"code": "7" * 5_000}).status_code == 302
