"""Signed requests: what is signed, and how.

Source: security.md D15; GM/T 0004-2012 (SM3), RFC 2104 (HMAC), RFC 3986 (percent-encoding).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from shilian.clock import SHANGHAI
from shilian.problems import Problem

SHA256, SM3 = "hmac-sha256", "hmac-sm3"
HASHES = {SHA256: "sha256", SM3: "sm3"}
# SM3 comes with OpenSSL; a build without it says so instead of signing with something else.
SM3_AVAILABLE = "sm3" in hashlib.algorithms_available
TOLERANCE = timedelta(seconds=300)
UNRESERVED = "-_.~"
MOST_PARAMETERS = 50

_NONCE = re.compile(r"[A-Za-z0-9_\-]{16,64}")
_STAMP = re.compile(r"[0-9]{9,11}")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{64}")


class NoAlgorithm(Exception):
    """This installation cannot compute the algorithm."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of a signed request say."""

    key_id: str
    timestamp: str
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True)
class Message:
    """The signed parts of a request, as they came."""

    method: str
    path: str
    query: str
    body: bytes
    idempotency_key: str = ""


def canonical_text(message: Message, envelope: Envelope, algorithm: str) -> str:
    """The eight lines that are signed.

    Method; path; sorted query; hash of the body; timestamp; nonce; key id; idempotency key (an
    empty line when there is none).
    """
    lines = (
        message.method.upper(),
        quote(message.path, safe="/" + UNRESERVED),
        canonical_query(message.query),
        body_hash(message.body, algorithm),
        envelope.timestamp,
        envelope.nonce,
        envelope.key_id,
        message.idempotency_key,
    )
    return "\n".join(lines)


def canonical_query(query: str) -> str:
    """The parameters sorted by name and value, each percent-encoded in the one way of RFC 3986."""
    # Bytes travel through latin-1 unharmed, so whatever was sent is signed as it was sent.
    pairs = parse_qsl(
        query, keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_PARAMETERS
    )
    written = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in written)


def _encoded(text: str) -> str:
    return quote(text.encode("latin-1"), safe=UNRESERVED)


def body_hash(body: bytes, algorithm: str) -> str:
    return hashlib.new(_hash_of(algorithm), body).hexdigest()


def sign(secret: str, text: str, algorithm: str) -> str:
    """The signature: 64 lower-case hexadecimal digits. Raises: NoAlgorithm."""
    return hmac.new(secret.encode(), text.encode(), _hash_of(algorithm)).hexdigest()


def is_signed(secret: str, text: str, algorithm: str, signature: str) -> bool:
    """Whether the signature is right; how long it takes tells nothing of where it is wrong."""
    return hmac.compare_digest(sign(secret, text, algorithm), signature.lower())


def _hash_of(algorithm: str) -> Any:
    if algorithm == SM3 and not SM3_AVAILABLE:
        raise NoAlgorithm(algorithm)
    return HASHES[algorithm]


def check_envelope(envelope: Envelope) -> list[Problem]:
    """What is wrong with the headers themselves."""
    missing = [
        header
        for header, value in (
            ("X-Key-Id", envelope.key_id),
            ("X-Timestamp", envelope.timestamp),
            ("X-Nonce", envelope.nonce),
            ("X-Signature", envelope.signature),
        )
        if not value
    ]
    if missing:
        message = f"缺少请求头 {'、'.join(missing)}。签名的请求须带齐四个请求头，见接口说明第二节。"
        return [Problem("signature_incomplete", missing[0], message)]
    found = []
    if not _STAMP.fullmatch(envelope.timestamp):
        message = "X-Timestamp 须是整数秒的 Unix 时间，例如 1795312800；不要写毫秒或日期。"
        found.append(Problem("timestamp_malformed", "X-Timestamp", message))
    if not _NONCE.fullmatch(envelope.nonce):
        message = "X-Nonce 须是 16 到 64 位的字母、数字、下划线或连字符，每次请求换一个新的。"
        found.append(Problem("nonce_malformed", "X-Nonce", message))
    if not _SIGNATURE.fullmatch(envelope.signature):
        message = "X-Signature 须是 64 位十六进制数字。"
        found.append(Problem("signature_malformed", "X-Signature", message))
    return found


def check_timestamp(timestamp: str, *, at: datetime) -> list[Problem]:
    """Whether both clocks agree within the tolerance; the sentence says both."""
    sent = int(timestamp)
    apart = sent - int(at.timestamp())
    if abs(apart) <= TOLERANCE.total_seconds():
        return []
    theirs = _clock_text(sent)
    message = (
        f"请求的时间是 {theirs}，平台的时间是 {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}，"
        f"相差 {abs(apart)} 秒，超过了 {int(TOLERANCE.total_seconds())} 秒。"
        "请校准贵系统的时钟后重新签名发送。"
    )
    return [Problem("timestamp_skewed", "X-Timestamp", message)]


def _clock_text(stamp: int) -> str:
    return f"{datetime.fromtimestamp(stamp, SHANGHAI):%Y-%m-%d %H:%M:%S}"
