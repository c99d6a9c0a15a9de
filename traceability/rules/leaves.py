"""The salted leaf of a record: what the transparency log holds instead of the record itself.

A leaf is SHA-256 over 0x00, sixteen random bytes and the record's canonical JSON, so that whoever
has the row and its salt can recompute it, and whoever has only the leaf learns nothing.
Source: RFC 6962 section 2.1 (the 0x00 before a leaf); security.md D12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

SALT_BYTES = 16
LEAF_PREFIX = b"\x00"
_THOUSANDTH = Decimal("0.001")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.quantize(_THOUSANDTH))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
).encode


def canonical(facts: Mapping[str, Any]) -> bytes:
    """The one byte sequence of these facts: sorted keys, no blanks, UTF-8, three decimals, UTC."""
    return _encode(facts).encode()


def leaf_hash(salt: bytes, facts: Mapping[str, Any]) -> bytes:
    return sha256(LEAF_PREFIX + salt + canonical(facts)).digest()
