"""Keys of self-built systems: issued once, exchanged with an overlap, revoked at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import ApiKey, SelfBuiltSystem
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules import signing
from shilian import sealing
from shilian.problems import Problem, Rejected

OVERLAP = timedelta(days=7)
MOST_KEYS = 5
A = ApiKey.Algorithm


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; its secret is seen here and never again."""

    key_id: str
    secret: str
    algorithm: str = A.SHA256


@transaction.atomic
def issue_key(
    *, by: Actor, system: SelfBuiltSystem, at: datetime, algorithm: str = A.SHA256
) -> IssuedKey:
    """Make a key of a system in service.

    Raises: Rejected when the system is not in service, has keys enough, or the algorithm cannot be
    computed here.
    Source: launch speech (自建系统登记造册后通过端口对接); security.md D15.
    """
    _require(by, system)
    locked = SelfBuiltSystem.objects.select_for_update(of=("self",)).get(pk=system.pk)
    problems = [*_check_system(locked), *_check_algorithm(algorithm)]
    if not problems and ApiKey.objects.valid(at=at).filter(system=locked).count() >= MOST_KEYS:
        message = f"这个系统已有 {MOST_KEYS} 个有效密钥，请先吊销不用的，再领新的。"
        problems = [Problem("too_many_keys", "", message)]
    if problems:
        raise Rejected(problems)
    issued = _made(locked, algorithm, at)
    _append(by, at, "api_key_issued", system, issued.key_id)
    return issued


@transaction.atomic
def rotate_key(*, by: Actor, key: ApiKey, at: datetime, overlap: timedelta = OVERLAP) -> IssuedKey:
    """Make a key in place of another, which stays valid for the overlap so that nothing stops.

    Raises: Rejected when the old one is revoked or retiring already; OutOfScope.
    """
    _require(by, key.system)
    old = _locked(key)
    problems = _check_system(old.system)
    if old.state != ApiKey.State.ACTIVE or old.retires_at is not None:
        message = "这个密钥已经更换或吊销过，请用新的密钥；需要再换，请更换新的那一个。"
        problems.append(Problem("key_not_current", "", message))
    if problems:
        raise Rejected(problems)
    ApiKey.objects.filter(pk=old.pk).update(retires_at=at + overlap)
    issued = _made(old.system, old.algorithm, at)
    _append(by, at, "api_key_rotated", old.system, issued.key_id, replaced=old.key_id)
    return issued


@transaction.atomic
def revoke_key(*, by: Actor, key: ApiKey, at: datetime, reason: str = "") -> None:
    """Stop a key at once: for one that leaked, or whose system has ended.

    Raises: Rejected when it is revoked already; OutOfScope.
    """
    _require(by, key.system)
    old = _locked(key)
    if old.state == ApiKey.State.REVOKED:
        raise Rejected([Problem("key_already_revoked", "", "这个密钥已经吊销，不用再吊销。")])
    _revoke([old.pk], reason, at)
    _append(by, at, "api_key_revoked", old.system, old.key_id, reason=reason)


@transaction.atomic
def revoke_keys_of(*, by: Actor, system: SelfBuiltSystem, at: datetime, reason: str = "") -> int:
    """Stop every key of a system that ends. Returns: how many there were."""
    _require(by, system)
    own = ApiKey.objects.select_for_update().filter(system=system, state=ApiKey.State.ACTIVE)
    keys = list(own.order_by("pk"))
    _revoke([key.pk for key in keys], reason, at)
    for key in keys:
        _append(by, at, "api_key_revoked", system, key.key_id, reason=reason)
    return len(keys)


def secret_of(key: ApiKey) -> str:
    """The secret that requests of this key are signed with. Raises: sealing.Unsealable."""
    return sealing.unseal(bytes(key.sealed_secret), context=_context(key.key_id))


def _made(system: SelfBuiltSystem, algorithm: str, at: datetime) -> IssuedKey:
    issued = IssuedKey(f"sl_{secrets.token_hex(10)}", secrets.token_urlsafe(32), algorithm)
    ApiKey.objects.create(
        system=system,
        key_id=issued.key_id,
        sealed_secret=sealing.seal(issued.secret, context=_context(issued.key_id)),
        algorithm=algorithm,
        valid_from=at,
    )
    return issued


def _context(key_id: str) -> str:
    return f"api key {key_id}"


def _revoke(ids: list[int], reason: str, at: datetime) -> None:
    ApiKey.objects.filter(pk__in=ids).update(
        state=ApiKey.State.REVOKED, revoked_at=at, revoke_reason=reason[:200]
    )


def _locked(key: ApiKey) -> ApiKey:
    return (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("system__operator")
        .get(pk=key.pk)
    )


def _require(by: Actor, system: SelfBuiltSystem) -> None:
    """The operator's owner, or the officer who approves; a key makes no keys.

    Raises: OutOfScope, Forbidden.
    """
    if not by.sees(system.operator):
        raise OutOfScope
    if not (by.may(Permission.MANAGE_CLERKS) or by.may(Permission.APPROVE_APPLICATIONS)):
        raise Forbidden(Permission.MANAGE_CLERKS)


def _check_system(system: SelfBuiltSystem) -> list[Problem]:
    if system.state == SelfBuiltSystem.State.IN_SERVICE:
        return []
    message = "系统还没有通过登记或已停用，不能领取密钥；请先完成登记造册的审核。"
    return [Problem("system_not_in_service", "", message)]


def _check_algorithm(algorithm: str) -> list[Problem]:
    if algorithm not in A.values:
        message = "签名算法只能选 hmac-sha256 或 hmac-sm3。"
        return [Problem("algorithm_unknown", "algorithm", message)]
    if algorithm == A.SM3 and not signing.SM3_AVAILABLE:
        message = "平台所在服务器的密码库不支持国密 SM3，请改选 HMAC-SHA256。"
        return [Problem("algorithm_unavailable", "algorithm", message)]
    return []


def _append(
    by: Actor,
    at: datetime,
    event: str,
    system: SelfBuiltSystem,
    key_id: str,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    audit.append(
        by=by, at=at, event=event, about=system.operator, subject="SelfBuiltSystem",
        subject_id=system.pk, reason=reason[:200], key_id=key_id, **details,
    )  # fmt: skip
