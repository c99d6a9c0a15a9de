"""The answer to an upload: a receipt for each item, and the status that sums them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from enterprises.models import Operator
from shilian.problems import Problem
from traceability.operations.intake import Status
from traceability.queries import uploads
from traceability.rules.codes import public_code


@dataclass(slots=True)
class Told:
    """One item's receipt as the answer tells it."""

    position: int
    external_id: str
    status: str
    record_id: int | None
    problems: Sequence[Problem] = ()
    digest: bytes = b""
    is_known: bool = False
    is_late: bool = False
    batch: tuple[int, int] | None = None


def codes_of(kind: str, operator: Operator, told: Sequence[Told]) -> dict[int, str]:
    """The public codes by record; those of new records are known without a look. Cost: one query."""
    found: dict[int, str] = {}
    others: list[int] = []
    for each in told:
        if each.record_id is None:
            continue
        if each.batch is None:
            others.append(each.record_id)
        else:
            found[each.record_id] = public_code(*each.batch)
    return found | uploads.codes_of(kind, operator, others)


def status_of(told: Sequence[Told], *, is_batch: bool) -> int:
    """200 when everything is in the ledger, 207 when some is, 422 when nothing was taken in."""
    refused = sum(each.status == Status.REFUSED for each in told)
    if refused:
        is_all = refused == len(told)
        return HTTPStatus.UNPROCESSABLE_ENTITY if is_all else HTTPStatus.MULTI_STATUS
    is_new = not is_batch and told[0].status == Status.RECORDED
    return HTTPStatus.CREATED if is_new else HTTPStatus.OK


def text_of(
    kind: str,
    told: Sequence[Told],
    codes: dict[int, str],
    status: int,
    *,
    upload_id: int | None,
) -> bytes:
    """The body of the answer as JSON; one of which nothing was taken in is a problem document."""
    counted = Counter(each.status for each in told)
    body: dict[str, Any] = {
        "upload_id": str(upload_id) if upload_id else None,
        "kind": kind,
        "sent": len(told),
        "recorded": counted[Status.RECORDED],
        "same": counted[Status.SAME],
        "refused": counted[Status.REFUSED],
        "receipts": [_shown(each, codes) for each in told],
    }
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body = {"type": "about:blank", "title": "内容没有通过检查。", "status": status} | body
    return msgspec.json.encode(body)


def _shown(each: Told, codes: dict[int, str]) -> dict[str, Any]:
    record_id = each.record_id
    return {
        "position": each.position,
        "external_id": each.external_id,
        "status": each.status,
        "record_id": str(record_id) if record_id is not None else None,
        "code": codes.get(record_id) if record_id is not None else None,
        "problems": [
            {
                "code": problem.code,
                "field": problem.field,
                "message": problem.message,
                "severity": problem.severity,
            }
            for problem in each.problems
        ],
    }
