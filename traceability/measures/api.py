"""The signed interface under load on one web worker, beside REST framework's own way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from statistics import median
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from django.conf import settings
from django.db import connections

from enterprises.actor import actor_for_operator
from enterprises.models import RecordKind, SelfBuiltSystem
from enterprises.operations import api_keys
from enterprises.operations.api_keys import IssuedKey
from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message
from shilian import clock
from shilian.bench import Metrics
from traceability.measures import peer_api, writing
from traceability.measures.load import load
from traceability.measures.peer_api import PeerProduct, PeerSupplier
from traceability.measures.scan import PEER, PLATFORM, serving

PATH = "/api/v1/purchases"
BATCH, BATCHES, PEER_BATCHES, SINGLES, ROUNDS = 500, 36, 4, 600, 5
WARM_BATCHES, WARM_SINGLES = 8, 60
PRODUCTS, SUPPLIERS, QUANTITIES = 200, 40, 60
# As many as the worker has threads: more would only wait in line.
CONNECTIONS = settings.WEB_THREADS
# Systems that call at the same time: an operator's own records wait for each other.
SYSTEMS = 4
WAIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs, and the system it belongs to."""

    issued: IssuedKey
    system_id: int

    def headers(self, method: str, path: str, body: bytes, key: str = "") -> dict[str, str]:
        """The headers of a signed request to this address, as it is sent, stamped now."""
        address, _, query = path.partition("?")
        # What is signed is encoded once more, in the one way that both sides know.
        address = unquote(address)
        stamp = str(int(clock.now().timestamp()))
        envelope = Envelope(self.issued.key_id, stamp, uuid4().hex, "")
        message = Message(method, address, query, body, key)
        text = signing.canonical_text(message, envelope, signing.SHA256)
        signed = {
            "X-Key-Id": envelope.key_id,
            "X-Timestamp": stamp,
            "X-Nonce": envelope.nonce,
            "X-Signature": signing.sign(self.issued.secret, text, signing.SHA256),
        }
        return signed | ({"Idempotency-Key": key} if key else {})


def make_signer() -> Signer:
    """A new operator with a system in service and a key."""
    operator = writing.make_operator()
    now = clock.now()
    system = SelfBuiltSystem.objects.create(
        operator=operator,
        name="进销存",
        state=SelfBuiltSystem.State.IN_SERVICE,
        sector=operator.sector,
        record_kinds=RecordKind.values,
        registered_at=now,
        in_service_since=now.date(),
    )
    by = actor_for_operator(operator, channel="form")
    return Signer(api_keys.issue_key(by=by, system=system, at=now), system.pk)


def measure() -> Metrics:
    """Records a second in batches and one by one, and how many times as fast as the peer.

    The median of the rounds; requests are signed before the clock starts.
    """
    _make_peer_tables()
    signers = [make_signer() for _ in range(SYSTEMS)]
    with serving(PLATFORM) as port, serving(PEER) as peer_port:
        _send(_batches(signers, WARM_BATCHES, port), port, 200)
        _send(_singles(signers, WARM_SINGLES, port), port, 201)
        _peers(peer_port, batches=1)
        batched, single, peers = [], [], []
        for _ in range(ROUNDS):
            batched.append(BATCH * _send(_batches(signers, BATCHES, port), port, 200))
            peers.append(_peers(peer_port, batches=PEER_BATCHES))
            single.append(_send(_singles(signers, SINGLES, port), port, 201))
    theirs, flat = (median(rates) for rates in zip(*peers, strict=True))
    return {
        "api_batch_records_per_s": round(median(batched)),
        "api_drf_records_per_s": round(theirs),
        "api_vs_drf": round(median(batched) / theirs, 1),
        "api_drf_flat_records_per_s": round(flat),
        "api_vs_drf_flat": round(median(batched) / flat, 1),
        "api_single_per_s": round(median(single)),
    }


def _peers(port: int, *, batches: int) -> tuple[float, float]:
    """Records a second of the peer whose purchases name goods of its books, and of the flat one."""
    related, flat = (
        BATCH * _send(_peer_batches(path, batches, port), port, 200)
        for path in ("/plain/purchases", "/plain/flat")
    )
    return related, flat


def _make_peer_tables() -> None:
    """The peer's tables, with everything in the books that its purchases name."""
    with connections["owner"].schema_editor() as editor:
        for model in peer_api.MODELS:
            editor.create_model(model)
    named = [item(uuid4().hex) for _ in range(PRODUCTS * 50)]
    books: dict[str, Any] = {"product_name": PeerProduct, "supplier_name": PeerSupplier}
    for field, model in books.items():
        names = {each[field] for each in named}
        model._default_manager.bulk_create(model(name=name) for name in names)


def _send(requests: list[bytes], port: int, status: int) -> float:
    """How many of these a second got the answer that was expected."""
    done = load(
        requests, port=port, seconds=WAIT_SECONDS, most=len(requests), connections=CONNECTIONS
    )
    return done.rate(status)


def item(number: str) -> dict[str, Any]:
    """One purchase with the fifteen facts that a wholesaler's system has of it."""
    today = clock.today()
    drawn = hash(number)
    return {
        "external_id": number,
        "purchased_on": (today - timedelta(days=1 + drawn % 3)).isoformat(),
        "product_name": f"特一粉{drawn % PRODUCTS}号",
        "specification": "25kg/袋",
        "quantity": f"{1 + drawn // PRODUCTS % QUANTITIES}.5",
        "unit": "袋",
        "origin_place": "山东济南",
        "produced_on": (today - timedelta(days=20)).isoformat(),
        "batch_number": f"L{number[:12]}",
        "shelf_life": "12个月",
        "supplier_name": f"泉润粮油{drawn % SUPPLIERS}店",
        "supplier_code": "",
        "supplier_address": "济南市历下区解放路1号",
        "supplier_phone": "13900000000",
        "voucher_number": f"V{number[:12]}",
    }


def _items(count: int) -> list[dict[str, Any]]:
    return [item(uuid4().hex) for _ in range(count)]


def _batches(signers: Sequence[Signer], count: int, port: int) -> list[bytes]:
    """Batches of the systems in turn."""
    turns = islice(cycle(signers), count)
    return [_signed(signer, {"items": _items(BATCH)}, port) for signer in turns]


def _singles(signers: Sequence[Signer], count: int, port: int) -> list[bytes]:
    """Single records of the systems in turn."""
    turns = zip(cycle(signers), _items(count), strict=False)
    return [_signed(signer, each, port) for signer, each in turns]


def _signed(signer: Signer, said: dict[str, Any], port: int) -> bytes:
    body = json.dumps(said, ensure_ascii=False).encode()
    return _post(PATH, body, port, signer.headers("POST", PATH, body, uuid4().hex).items())


def _peer_batches(path: str, count: int, port: int) -> list[bytes]:
    return [_post(path, json.dumps(_items(BATCH)).encode(), port) for _ in range(count)]


def _post(path: str, body: bytes, port: int, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
