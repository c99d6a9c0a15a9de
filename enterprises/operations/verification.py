"""Six-digit codes to the phone on file: sent sparingly, guessed rarely, used once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from enterprises import senders
from enterprises.actor import Actor
from enterprises.models import Operator, VerificationCode
from enterprises.operations import audit, rate_limits
from enterprises.rules.phones import check_mobile
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected

Purpose = VerificationCode.Purpose
LIFETIME = timedelta(minutes=10)
MAX_GUESSES = 5
ONE_A_MINUTE = rate_limits.Limit("code-minute", capacity=1, seconds=60)
TEN_A_DAY = rate_limits.Limit("code-day", capacity=10, seconds=8640)
PER_ADDRESS = rate_limits.Limit("code-address", capacity=20, seconds=180)
TOO_SOON = "验证码刚发过，请稍等一分钟再点“发送验证码”。"
TOO_OFTEN = "今天发送的验证码太多了，请明天再试，或请监管所协助。"
NOT_SENT = {
    "not_set_up": "短信通道还没有开通，请联系所属监管所协助激活。",
    "refused": "验证码没有发出去，请检查手机号，或过几分钟再试。",
    "unreachable": "短信服务暂时不通，请过几分钟再试。",
}


def send_code(
    *, by: Actor, phone: str, purpose: str, at: datetime, operator: Operator | None = None
) -> senders.Sent:
    """Send a new code; earlier ones for the same phone and purpose stop counting.

    Raises: Rejected when the phone is no mobile number or the gateway refuses; TooMany.
    """
    if problems := check_mobile(phone):
        raise Rejected(problems)
    _require_room(by, phone, at)
    number = f"{secrets.randbelow(1_000_000):06d}"
    row = VerificationCode(
        id=new_id(),
        phone=phone,
        purpose=purpose,
        operator=operator,
        sent_at=at,
        expires_at=at + LIFETIME,
    )
    row.code_hash = _digest(row.pk, number)
    sent = _send(phone, number)
    row.save(force_insert=True)
    audit.append(by=by, at=at, event="code_sent", about=operator, purpose=purpose)
    return sent


def _require_room(by: Actor, phone: str, at: datetime) -> None:
    rate_limits.require(PER_ADDRESS, by.address, at=at, message=TOO_OFTEN, field="code")
    rate_limits.require(ONE_A_MINUTE, phone, at=at, message=TOO_SOON, field="code")
    rate_limits.require(TEN_A_DAY, phone, at=at, message=TOO_OFTEN, field="code")


def _send(phone: str, number: str) -> senders.Sent:
    minutes = int(LIFETIME.total_seconds() // 60)
    try:
        return senders.current().send(phone=phone, code=number, minutes=minutes)
    except senders.NotSent as failure:
        # The person did nothing wrong and may press again at once.
        rate_limits.give_back(ONE_A_MINUTE, phone)
        problem = Problem(f"code_{failure.code}", "code", NOT_SENT[failure.code])
        raise Rejected([problem]) from None


def use_code(
    *, phone: str, purpose: str, code: str, at: datetime, operator: Operator | None = None
) -> None:
    """Use up the code sent last.

    A wrong guess counts even when the caller rolls back nothing: call it outside a transaction.
    Raises: Rejected when it is wrong, expired or guessed too often; one text for all of these
    but the last, so that nothing is learnt of what was sent.
    """
    latest = (
        VerificationCode.objects.filter(phone=phone, purpose=purpose, operator=operator)
        .order_by("-sent_at", "-id")
        .first()
    )
    if latest is None:
        raise _wrong()
    if latest.guesses >= MAX_GUESSES:
        message = "验证码输错太多次，已经作废，请重新发送。"
        raise Rejected([Problem("code_guessed_too_often", "code", message)])
    usable = VerificationCode.objects.filter(
        pk=latest.pk, used_at=None, expires_at__gt=at, guesses__lt=MAX_GUESSES
    )
    if not usable.update(guesses=F("guesses") + 1):
        raise _wrong()
    if not hmac.compare_digest(latest.code_hash, _digest(latest.pk, code)):
        raise _wrong()
    if not VerificationCode.objects.filter(pk=latest.pk, used_at=None).update(used_at=at):
        raise _wrong()


def forget_codes(*, before: datetime) -> int:
    """Delete codes that expired before the moment; their sending stays in the audit trail."""
    count, _ = VerificationCode.objects.filter(expires_at__lt=before).delete()
    return count


def _wrong() -> Rejected:
    message = "验证码不对或已过期，请核对短信里最新的6位数字，或重新发送。"
    return Rejected([Problem("code_wrong", "code", message)])


def _digest(row_id: int, code: str) -> str:
    key = hashlib.sha256(b"shilian.verification" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{row_id}:{code}".encode(), hashlib.sha256).hexdigest()
