"""Public codes of batches: what a QR code carries, verified before the database is asked.

A code is 26 characters of Crockford's base 32: 80 bits that hide the batch's id and its salt, and
a 50-bit keyed check. Codes cannot be counted through, and a guess is refused by arithmetic alone.
Source: security.md D16.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from django.conf import settings

from shilian.text import normalise

# No I, L, O and U: what a person mistakes for 1 and 0 is read as 1 and 0.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
PAYLOAD_BITS = 80
CHECK_BITS = 50
ROUNDS = 6
HALF_BITS = PAYLOAD_BITS // 2
HALF_MASK = (1 << HALF_BITS) - 1
HALF_BYTES = HALF_BITS // 8
SALT_BITS = 16
BLOCK_BYTES = 64

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_SHIFTS = range(5 * (LENGTH - 2), -1, -10)
_PREFIXES = [bytes((round_,)) for round_ in range(ROUNDS)]
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-_.·]+")
_ADDRESS = re.compile(r"^.*/Q/", re.IGNORECASE | re.DOTALL)
# A GS1 Digital Link carries the code as a key of its query: its serial numbers are too short.
LINK_KEY = "q"
_LINK = re.compile(rf"^.*/01/\d{{8,14}}\b.*[?&]{LINK_KEY}=([^&#]*)", re.IGNORECASE | re.DOTALL)

Fault = Literal["mistyped", "forged"]


@dataclass(frozen=True, slots=True)
class CodeContent:
    """What a genuine code says: the batch, and the salt that the batch must confirm."""

    batch_id: int
    salt: int


def public_code(batch_id: int, salt: int) -> str:
    """The code of a batch: 26 upper-case characters, the same every time."""
    payload = _hide((batch_id << SALT_BITS) | salt)
    return _written((payload << CHECK_BITS) | _check(payload))


def read_code(text: str) -> CodeContent | None:
    """What the code says; None unless this platform made it.

    Lower case, blanks, hyphens, a whole address and O/0, I/L/1 mistakes are forgiven.
    Cost: no query; seven keyed hashes.
    """
    number = _number(canonical(text))
    if number is None:
        return None
    payload, check = number >> CHECK_BITS, number & ((1 << CHECK_BITS) - 1)
    if not hmac.compare_digest(check.to_bytes(7, "big"), _check(payload).to_bytes(7, "big")):
        return None
    content = _show(payload)
    return CodeContent(content >> SALT_BITS, content & ((1 << SALT_BITS) - 1))


def canonical(text: str) -> str:
    """The text as a code is printed; whatever is no code stays recognisably none."""
    plain = normalise(text[:400])
    linked = _LINK.match(plain)
    bare = linked[1] if linked else _ADDRESS.sub("", plain)
    return _SEPARATORS.sub("", bare).upper().translate(_LOOKALIKES)


def fault_of(text: str) -> Fault:
    """Why a text that ``read_code`` refused is no code of ours.

    A wrong length or a character that no code has is a slip of the fingers; a well-formed code
    with a wrong check is a slip too, or a forgery, and the person is told of both.
    """
    return "mistyped" if _number(canonical(text)) is None else "forged"


def grouped(code: str) -> str:
    """The code in groups, for people to read aloud and to type."""
    return " ".join((code[:4], code[4:8], code[8:12], code[12:16], code[16:20], code[20:]))


def _number(code: str) -> int | None:
    if len(code) != LENGTH or not all(char in _VALUES for char in code):
        return None
    number = 0
    for char in code:
        number = number << 5 | _VALUES[char]
    return number


def _written(number: int) -> str:
    # Two characters at a time: a long list of codes is written in half the time.
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def _hide(content: int) -> int:
    """A keyed permutation of the 80 bits (a balanced Feistel network)."""
    left, right = content >> HALF_BITS, content & HALF_MASK
    hash_of, number = _keyed("hide"), int.from_bytes
    for prefix in _PREFIXES:
        mixed = hash_of(prefix + right.to_bytes(HALF_BYTES, "big"))
        left, right = right, left ^ number(mixed[:HALF_BYTES], "big")
    return left << HALF_BITS | right


def _show(payload: int) -> int:
    left, right = payload >> HALF_BITS, payload & HALF_MASK
    for round_ in reversed(range(ROUNDS)):
        left, right = right ^ _mixed(round_, left), left
    return left << HALF_BITS | right


def _mixed(round_: int, half: int) -> int:
    message = _PREFIXES[round_] + half.to_bytes(HALF_BYTES, "big")
    return int.from_bytes(_keyed("hide")(message)[:HALF_BYTES], "big")


def _check(payload: int) -> int:
    digest = _keyed("check")(payload.to_bytes(PAYLOAD_BITS // 8, "big"))
    return int.from_bytes(digest[:8], "big") >> (64 - CHECK_BITS)


def _keyed(purpose: str) -> Callable[[bytes], bytes]:
    return _hmac_under(_key(purpose))


@lru_cache(maxsize=4)
def _hmac_under(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 under the key, ready to run.

    Its two halves are keyed once: OpenSSL's one call took three times as long for a few bytes.
    """
    padded = key.ljust(BLOCK_BYTES, b"\x00")
    inner, outer = (sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))

    def digest(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return digest


@lru_cache(maxsize=4)
def _key(purpose: str) -> bytes:
    """A key for one purpose, so that neither use weakens the other."""
    return hmac.digest(settings.CODE_KEY.encode(), f"batch code {purpose}".encode(), "sha256")
