"""Who signed a request: the key, its system, and the actor the request acts as."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice
from math import ceil
from typing import Any, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import JSONField, Model

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
    Cost: one INSERT, committed at once, and one SELECT for a key that this process does not know.
    """
    if problems := signing.check_envelope(envelope):
        raise Unsigned(problems)
    if problems := signing.check_timestamp(envelope.timestamp, at=at):
        raise Unsigned(problems)
    known = _remembered_key(message, envelope, at) or _read_key(message, envelope, at)
    if _admit(known.key, envelope, at) != known.version:
        # Revoked, perhaps, or its system stopped, since this process has read it.
        known = _read_key(message, envelope, at)
    key = known.key
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
        system_id=system.pk,
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


@dataclass(frozen=True, slots=True)
class _Known:
    """A key with its system and that one's operator, and which version of the three it is."""

    key: ApiKey
    version: str


# The rows of keys that have signed before. A row serves while the version that admission finds is
# its own, so that a revoked key is refused at once by every process.
_rows: dict[str, tuple[Any, ...]] = {}
_MOST_KNOWN = 2_000


def _remembered_key(message: Message, envelope: Envelope, at: datetime) -> _Known | None:
    """The key as this process remembers it; None when it does not, or by that would refuse it."""
    row = _rows.get(envelope.key_id)
    if row is None:
        return None
    try:
        return _checked(_from_row(row), message, envelope, at)
    except Unsigned:
        return None


def _read_key(message: Message, envelope: Envelope, at: datetime) -> _Known:
    """The key as it is now. Raises: Unsigned."""
    key_id, row = envelope.key_id, None
    if _KEY_ID.fullmatch(key_id):
        with connection.cursor() as cursor:
            cursor.execute(_KEY_SQL, [key_id])
            row = cursor.fetchone()
    if row is None:
        said = "没有这个密钥编号；请核对 X-Key-Id，它以 sl_ 开头，在“自建系统”页面可以看到。"
        raise Unsigned([Problem("key_unknown", "X-Key-Id", said)])
    if len(_rows) >= _MOST_KNOWN:
        _rows.clear()
    _rows[key_id] = row
    return _checked(_from_row(row), message, envelope, at)


def _checked(known: _Known, message: Message, envelope: Envelope, at: datetime) -> _Known:
    """Raises: Unsigned for a wrong signature, and for a key that may not be used."""
    _check_signature(known.key, message, envelope)
    _check_key(known.key, at)
    return known


def _from_row(row: tuple[Any, ...]) -> _Known:
    """Models of its own for each request: what one changes, no other sees."""
    values = iter([list(value) if isinstance(value, list) else value for value in row])
    version = next(values)
    key, system, operator = (
        model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))
        for model, names in _KEY_FIELDS
    )
    system.operator, key.system = operator, system
    return _Known(cast(ApiKey, key), cast(str, version))


def _plain_fields(model: type[Model]) -> list[str]:
    """The fields that need nothing done to what the database gives."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if not isinstance(field, JSONField)]


# Written out, because every signed request begins here: composing it took longer than asking.
_KEY_FIELDS: tuple[tuple[type[Any], list[str]], ...] = tuple(
    (model, _plain_fields(model)) for model in (ApiKey, SelfBuiltSystem, Operator)
)
_TABLES = tuple(model._meta.db_table for model, _ in _KEY_FIELDS)
# Who wrote the rows and where they lie: every change makes a row anew, a lock does not.
_VERSION = " || '.' || ".join(f"{table}.xmin::text || {table}.ctid::text" for table in _TABLES)
_OF_KEY = (
    f" FROM {ApiKey._meta.db_table}"
    f" JOIN {SelfBuiltSystem._meta.db_table} ON {SelfBuiltSystem._meta.db_table}.id = system_id"
    f" JOIN {Operator._meta.db_table} ON {Operator._meta.db_table}.id = operator_id"
)
_KEY_SQL = (
    f"SELECT {_VERSION}, "
    + ", ".join(
        f"{model._meta.db_table}.{model._meta.get_field(name).column}"
        for model, names in _KEY_FIELDS
        for name in names
    )
    + f"{_OF_KEY} WHERE key_id = %s"
)


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


# One statement for both, so that one round and one commit admit a request. Of two that carry the
# same nonce the second waits for the first.
_ADMIT = f"""
WITH taken AS ({rate_limits.TAKE}),
used AS (INSERT INTO {UsedNonce._meta.db_table} (id, expires_at)
  SELECT %(nonce)s, %(expires_at)s FROM taken ON CONFLICT (id) DO NOTHING RETURNING id)
SELECT EXISTS (SELECT FROM taken), EXISTS (SELECT FROM used),
  (SELECT {_VERSION} {_OF_KEY} WHERE {ApiKey._meta.db_table}.id = %(key_pk)s)"""


def _admit(key: ApiKey, envelope: Envelope, at: datetime) -> str | None:
    """Take one call of the key's and its nonce; gives the version that the key has now, if it is there.

    Raises: TooMany; Unsigned for a nonce seen before.
    """
    digest = hashlib.sha256(f"{envelope.key_id}\n{envelope.nonce}".encode()).digest()
    given = rate_limits.asked(CALLS, key.key_id, at=at)
    given |= {
        "nonce": UUID(bytes=digest[:16]),
        "expires_at": at + NONCE_KEPT,
        "key_pk": key.pk,
    }
    with writes_allowed(), connection.cursor() as cursor:
        cursor.execute(_ADMIT, given)
        has_call, is_new, version = cursor.fetchone()
    if not has_call:
        said = (
            f"请求太频繁：每个密钥可以连续发 {CALLS.capacity:,} 次，之后每秒"
            f" {round(1 / CALLS.seconds)} 次。请按 Retry-After 等待后再发，并把记录合成一批上传。"
        )
        raise rate_limits.TooMany(Problem("rate_limited", "", said), ceil(CALLS.seconds))
    if not is_new:
        # Whoever only repeats what it overheard must not use up the calls of the key's owner.
        rate_limits.give_back(CALLS, key.key_id)
        said = "这个 X-Nonce 已经用过。每次请求都要换一个新的随机数并重新签名，重发同一请求也一样。"
        raise Unsigned([Problem("nonce_seen", "X-Nonce", said)])
    return version  # type: ignore[no-any-return]


def _note_use(key: ApiKey, at: datetime) -> None:
    if key.last_used_at is None or at - key.last_used_at > USE_NOTED_EVERY:
        with writes_allowed():
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
