"""Systems in service, their keys, and requests signed with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.test import Client

from enterprises.actor import Actor
from enterprises.models import (
    ApiKey,
    ApiUpload,
    Docking,
    Operator,
    RecordKind,
    SelfBuiltSystem,
    Webhook,
)
from enterprises.operations import api_keys, api_requests, webhooks
from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message
from shilian import clock
from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import EpcisSubscription
from traceability.operations import epcis_queries


def make_system(
    operator: Operator | None = None, *, name: str = "进销存", docking: str = Docking.API
) -> SelfBuiltSystem:
    """An own system in service, registered for every kind of record."""
    operator = operator or make_operator()
    return SelfBuiltSystem.objects.create(
        operator=operator,
        name=name,
        state=SelfBuiltSystem.State.IN_SERVICE,
        sector=operator.sector,
        docking=docking,
        record_kinds=RecordKind.values,
        registered_at=AT,
        in_service_since=AT.date(),
    )


def key_actor(system: SelfBuiltSystem) -> Actor:
    """Who acts when a request is signed by a key of the system."""
    return api_requests.actor_of(system)


def make_upload(signer: SignedClient) -> ApiUpload:
    """An upload of one purchase that was answered."""
    key = ApiKey.objects.get(key_id=signer.issued.key_id)
    return ApiUpload.objects.create(
        system=key.system,
        api_key=key,
        idempotency_key="made-by-builder",
        request_hash=b"0" * 32,
        kind="purchases",
        operator_id=key.system.operator_id,
        status=200,
        answer="{}",
        sent_count=1,
        accepted_count=1,
        created_at=AT,
    )


def make_webhook(signer: SignedClient, *, url: str = "https://erp.example.com/shilian") -> Webhook:
    """A webhook of the signer's system for both events."""
    key = ApiKey.objects.get(key_id=signer.issued.key_id)
    made = webhooks.subscribe(
        by=key_actor(key.system),
        system=key.system,
        url=url,
        events=["incoming.created", "recall.notified"],
        at=clock.now(),
    )
    return made.webhook


def make_subscription(operator: Operator, *, name: str = "new", **said: Any) -> EpcisSubscription:
    """Somebody who is sent all the operator's events, at once or as ``said``."""
    by, dest = owner_of(operator), "https://erp.example.com/events?t=1"
    epcis_queries.save_query(by=by, name=name, query={}, at=AT)
    return epcis_queries.subscribe(by=by, name=name, said={"dest": dest} | said, at=clock.now())


class SignedClient:
    """Sends requests as a system does; each header can be spoilt to see what is refused."""

    def __init__(self, system: SelfBuiltSystem, *, algorithm: str = signing.SHA256) -> None:
        owner = owner_of(system.operator)
        self.issued = api_keys.issue_key(
            by=owner, system=system, at=clock.now(), algorithm=algorithm
        )
        self.algorithm = algorithm
        self._client = Client(raise_request_exception=True)

    def post(self, path: str, body: Any, *, key: str = "", **spoilt: Any) -> Any:
        """The answer to a write with an idempotency key of its own, unless one is given."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._send("POST", path, content, key or uuid4().hex, spoilt)

    def get(self, path: str, **spoilt: Any) -> Any:
        return self._send("GET", path, b"", "", spoilt)

    def delete(self, path: str, **spoilt: Any) -> Any:
        return self._send("DELETE", path, b"", uuid4().hex, spoilt)

    def headers(self, method: str, path: str, body: bytes, key: str = "") -> dict[str, str]:
        """The four headers of a signature, and the idempotency key."""
        address, _, query = path.partition("?")
        envelope = Envelope(self.issued.key_id, str(int(clock.now().timestamp())), uuid4().hex, "")
        text = signing.canonical_text(
            Message(method, address, query, body, key), envelope, self.algorithm
        )
        signed = {
            "X-Key-Id": envelope.key_id,
            "X-Timestamp": envelope.timestamp,
            "X-Nonce": envelope.nonce,
            "X-Signature": signing.sign(self.issued.secret, text, self.algorithm),
        }
        return signed | ({"Idempotency-Key": key} if key else {})

    def _send(
        self, method: str, path: str, body: bytes, key: str, spoilt: Mapping[str, Any]
    ) -> Any:
        headers = self.headers(method, path, body, key) | spoilt.get("headers", {})
        return self._client.generic(
            spoilt.get("as_method", method),
            spoilt.get("as_path", path),
            spoilt.get("as_body", body),
            content_type=spoilt.get("content_type", "application/json"),
            headers={name: value for name, value in headers.items() if value is not None},
        )
