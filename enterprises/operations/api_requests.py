"""Who signed a request: the key, its system, and the actor the request acts as."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from uuid import UUID

from django.db import connection, transaction

from enterprises.actor import Actor, permissions_of
from enterprises.models import ApiKey, ApiUpload, Operator, SelfBuiltSystem, UsedNonce
from enterprises.operations import api_keys, rate_limits
from enterprises.operations.rate_limits import Limit
from enterprises.roles import Role
from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message
from enterprises.scope import Scope
from shilian import sealing
from shilian.db.readonly import writes_allowed
from shilian.problems import Problem, Rejected

# Three thousand calls at once, then fifty a second: with full batches 25,000 records a second.
CALLS = Limit("api_calls", 3_000, 1 / 50)
# As long as a request's timestamp may lie ahead and then grow old.
NONCE_KEPT = 2 * signing.TOLERANCE + timedelta(seconds=30)
# Longer than the seven days that senders are promised.
ANSWERS_KEPT = timedelta(days=30)
USE_NOTED_EVERY = timedelta(minutes=1)
_KEY_ID = re.compile(r"[a-z0-9_]{1,24}")


class Unsigned(Rejected):
    """A request whose signature was not accepted; ``canonical`` is what should have been signed."""

    def __init__(
        self, problems: list[Problem], *, status: int = HTTPStatus.UNAUTHORIZED, canonical: str = ""
    ) -> None:
        super().__init__(problems)
        self.status = status
        self.canonical = canonical


@dataclass(frozen=True, slots=True)
class Caller:
    """The key that signed, its system, and the actor it uploads as."""

    key: ApiKey
    system: SelfBuiltSystem
    actor: Actor

    @property
    def reader(self) -> Actor:
        """The same actor for reading: a channel's clients agreed to its uploads and to no more."""
        return replace(self.actor, scope=Scope(operator_ids=(self.system.operator_id,)))


def authenticate(
    message: Message, envelope: Envelope, *, at: datetime, request_id: str = "", address: str = ""
) -> Caller:
    """The caller of a signed request, each request once.

    Raises: Unsigned with the exact reason; rate_limits.TooMany when the key has no calls left.
    Cost: one SELECT; one short transaction with two INSERTs.
    """
    if problems := signing.check_envelope(envelope):
        raise Unsigned(problems)
    if problems := signing.check_timestamp(envelope.timestamp, at=at):
        raise Unsigned(problems)
    key = _key(envelope.key_id)
    _check_signature(key, message, envelope)
    _check_key(key, at)
    with writes_allowed(), transaction.atomic():
        _take_call(key, at)
        _use_nonce(envelope, at)
        _note_use(key, at)
    actor = actor_of(key.system, request_id=request_id, address=address)
    return Caller(key, key.system, actor)


def actor_of(system: SelfBuiltSystem, *, request_id: str = "", address: str = "") -> Actor:
    """Who uploads when a key of the system signs: its operator alone, with the rights of a key.

    A channel uploads for its confirmed clients too. Cost: one query for a channel, none otherwise.
    """
    roles = frozenset({Role.SYSTEM_KEY})
    own = system.operator_id
    clients: tuple[int, ...] = ()
    if system.is_channel:
        confirmed = system.clients.confirmed()  # type: ignore[attr-defined]
        clients = tuple(confirmed.order_by("pk").values_list("operator_id", flat=True))
    return Actor(
        name=system.name,
        roles=roles,
        scope=Scope(operator_ids=(own, *(each for each in clients if each != own))),
        channel=system.channel,
        request_id=request_id,
        address=address,
        permissions=permissions_of(roles),
        operator_id=own,
    )


def operator_named(caller: Caller, credit_code: str) -> Operator:
    """The operator a call is about: the system's own, or the one of this credit code.

    Raises: Rejected when the caller may not upload for it; a foreign operator is not told from an
    unknown one.
    """
    own = caller.system.operator
    if credit_code in ("", own.credit_code):
        return own
    served = Operator.objects.filter(pk__in=caller.actor.scope.operator_ids)
    operator = served.filter(credit_code=credit_code).first()
    if operator is None:
        message = "贵系统没有为这个统一社会信用代码代传的授权；请核对代码，或请经营户先确认授权。"
        raise Rejected([Problem("operator_not_served", "operator", message)])
    return operator


def forget_nonces(*, before: datetime) -> int:
    """Delete the nonces whose requests could no longer be accepted. Gives how many."""
    return UsedNonce.objects.filter(expires_at__lt=before).delete()[0]


def forget_answers(*, before: datetime) -> int:
    """Delete the answers nobody may ask for again; the records stay. Gives how many."""
    return ApiUpload.objects.filter(created_at__lt=before).delete()[0]


def _key(key_id: str) -> ApiKey:
    keys = ApiKey.objects.select_related("system__operator")
    key = keys.filter(key_id=key_id).first() if _KEY_ID.fullmatch(key_id) else None
    if key is None:
        message = "没有这个密钥编号；请核对 X-Key-Id，它以 sl_ 开头，在“自建系统”页面可以看到。"
        raise Unsigned([Problem("key_unknown", "X-Key-Id", message)])
    return key


def _check_signature(key: ApiKey, message: Message, envelope: Envelope) -> None:
    try:
        text = signing.canonical_text(message, envelope, key.algorithm)
        if signing.is_signed(api_keys.secret_of(key), text, key.algorithm, envelope.signature):
            return
    except signing.NoAlgorithm:
        said = "平台所在服务器的密码库不支持国密 SM3，不能核对签名；请联系平台，或更换为 HMAC-SHA256 密钥。"
        problem = Problem("algorithm_unavailable", "X-Signature", said)
        raise Unsigned([problem], status=HTTPStatus.SERVICE_UNAVAILABLE) from None
    except sealing.Unsealable:
        said = "平台更换过签名密钥，这个接口密钥已不能使用；请在“自建系统”页面重新领取。"
        raise Unsigned([Problem("key_unreadable", "X-Key-Id", said)]) from None
    except ValueError:
        said = f"地址里的参数太多或写得不对；最多 {signing.MOST_PARAMETERS} 个。"
        problem = Problem("query_malformed", "", said)
        raise Unsigned([problem], status=HTTPStatus.BAD_REQUEST) from None
    said = (
        "签名不对。请把贵系统的待签文本与回答里的 canonical 逐行比较："
        "各行都相同时是密钥错了，有一行不同时改那一行。"
    )
    raise Unsigned([Problem("signature_wrong", "X-Signature", said)], canonical=text)


def _check_key(key: ApiKey, at: datetime) -> None:
    """Whoever holds the secret is told what is wrong with the key."""
    if key.state == ApiKey.State.REVOKED:
        said = "这个密钥已经吊销，请在“自建系统”页面领取新的密钥。"
        raise Unsigned([Problem("key_revoked", "X-Key-Id", said)])
    if key.retires_at is not None and key.retires_at <= at:
        said = "这个密钥已经更换，过渡期也已结束，请改用新的密钥。"
        raise Unsigned([Problem("key_retired", "X-Key-Id", said)])
    if key.valid_from > at:
        raise Unsigned([Problem("key_not_yet_valid", "X-Key-Id", "这个密钥还没有到启用时间。")])
    if not key.system.is_in_service:
        said = "这个系统没有通过登记或已停用，不能上传；请先完成登记造册。"
        problem = Problem("system_not_in_service", "X-Key-Id", said)
        raise Unsigned([problem], status=HTTPStatus.FORBIDDEN)


def _take_call(key: ApiKey, at: datetime) -> None:
    said = (
        f"请求太频繁：每个密钥可以连续发 {CALLS.capacity:,} 次，之后每秒 {round(1 / CALLS.seconds)} 次。"
        "请按 Retry-After 等待后再发，并把记录合成一批上传。"
    )
    if not rate_limits.take(CALLS, key.key_id, at=at):
        raise rate_limits.TooMany(Problem("rate_limited", "", said), ceil(CALLS.seconds))


_USE = (
    f"INSERT INTO {UsedNonce._meta.db_table} (id, expires_at) VALUES (%s, %s)"
    " ON CONFLICT (id) DO NOTHING"
)


def _use_nonce(envelope: Envelope, at: datetime) -> None:
    digest = hashlib.sha256(f"{envelope.key_id}\n{envelope.nonce}".encode()).digest()
    with connection.cursor() as cursor:
        # Of two that arrive at once the second waits here until the first has committed.
        cursor.execute(_USE, [UUID(bytes=digest[:16]), at + NONCE_KEPT])
        if cursor.rowcount:
            return
    said = "这个 X-Nonce 已经用过。每次请求都要换一个新的随机数并重新签名，重发同一请求也一样。"
    raise Unsigned([Problem("nonce_seen", "X-Nonce", said)])


def _note_use(key: ApiKey, at: datetime) -> None:
    if key.last_used_at is None or at - key.last_used_at > USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
