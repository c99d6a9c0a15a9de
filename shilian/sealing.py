"""Sealing what must be read again but not from a copy of the database.

The sealing key is derived from the signing key of the installation, which lies outside the
database. AES-256-GCM; ``context`` binds the text to its row, so it cannot be moved to another.
"""

from __future__ import annotations

import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


class Unsealable(ValueError):
    """Sealed under another signing key, for another row, or altered."""


def seal(text: str, *, context: str) -> bytes:
    """The text, unreadable without the signing key of this installation."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), context.encode())


def unseal(sealed: bytes, *, context: str) -> str:
    """The text as it was. Raises: Unsealable."""
    nonce, rest = bytes(sealed[:NONCE_BYTES]), bytes(sealed[NONCE_BYTES:])
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(nonce, rest, context.encode()).decode()
        except InvalidTag:
            continue
    raise Unsealable


@cache
def _cipher(secret_key: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"shilian sealing 1")
    return AESGCM(derived.derive(secret_key.encode()))
