"""``Idempotency-Key``: every write names itself, so that it can be sent again without harm."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus

from rest_framework.request import Request

from enterprises.api.answers import Faulty
from enterprises.rules.signing import canonical_query

HEADER = "Idempotency-Key"
PATTERN = r"[\x21-\x7e]{8,80}"
_KEY = re.compile(PATTERN)


def key_of(request: Request) -> str:
    """The key of a write. Raises: Faulty when it is missing or cannot be one."""
    key = request.headers.get(HEADER, "")
    if not key:
        message = (
            "缺少请求头 Idempotency-Key：写入的请求须带一个不重复的编号（如 UUID），"
            "没有收到回答时用同一编号重发，平台不会重复记录。"
        )
        raise Faulty(HTTPStatus.BAD_REQUEST, "idempotency_key_missing", message, HEADER)
    if not _KEY.fullmatch(key):
        message = "Idempotency-Key 须是 8 到 80 位的字母、数字或符号，不能有空格和汉字。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "idempotency_key_malformed", message, HEADER)
    return key


def hash_of(request: Request) -> bytes:
    """A digest of everything that a repeated call must repeat: address, parameters and body."""
    plain = request._request
    about = f"{plain.method}\n{plain.path}\n{canonical_query(plain.META.get('QUERY_STRING', ''))}\n"
    return hashlib.sha256(about.encode() + plain.body).digest()


def running() -> Faulty:
    message = "同一个 Idempotency-Key 的请求正在处理，请等几秒后用同一编号重发，取回它的结果。"
    return Faulty(HTTPStatus.CONFLICT, "idempotency_running", message, HEADER)


def mismatch() -> Faulty:
    message = (
        "这个 Idempotency-Key 已经用于另一个请求（内容不同）。"
        "重发须与原请求完全相同；新的请求请换一个编号。"
    )
    return Faulty(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_mismatch", message, HEADER)
