"""``/api/v1/<kind>``: records of a self-built system, one or many in a call, and lists of them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.actor import OutOfScope
from enterprises.api import idempotency
from enterprises.api.views import SignedView, json_answer, next_cursor, page_size, read_cursor
from enterprises.models import ApiUpload, UploadedItem
from enterprises.operations.api_requests import operator_named
from shilian import clock
from shilian.db.ids import made_at
from traceability.api import documentation
from traceability.api.items import Body, read_body
from traceability.operations import api_uploads
from traceability.operations.api_uploads import Answer, OtherBody, Parcel, Running
from traceability.queries import uploads
from traceability.sheets import kinds

REPLAYED = "Idempotency-Replayed"


class Records(SignedView):
    """Uploads of one kind; the class of each kind is made in ``traceability/api/urls.py``."""

    kind_code = ""

    def post(self, request: Request) -> HttpResponse:
        """Record one item, or a batch of which each item gets its receipt."""
        body = self._body(request)
        if body.dry_run:
            return _tried(self, body)
        parcel = self._parcel(body, idempotency.key_of(request), idempotency.hash_of(request))
        try:
            answer = api_uploads.upload(caller=self.caller, parcel=parcel, at=clock.now())
        except Running:
            raise idempotency.running() from None
        except OtherBody:
            raise idempotency.mismatch() from None
        return _answered(answer)

    def get(self, request: Request) -> Response:
        """What this system has recorded, newest first."""
        actor, size = self.caller.actor, page_size(request)
        operator = operator_named(self.caller, request.query_params.get("operator", ""))
        rows = uploads.items_of(
            actor,
            self.caller.system,
            operator,
            self.kind_code,
            below=read_cursor(request),
            size=size + 1,
            external_id=request.query_params.get("external_id", ""),
        )
        shown = rows[:size]
        codes = uploads.codes_of(self.kind_code, operator, [row.record_id for row in shown])
        items = [_item(row, codes) for row in shown]
        return Response({"items": items, "next": next_cursor(rows, size)})

    def _body(self, request: Request) -> Body:
        kind = kinds.find_kind(self.kind_code)
        return read_body(request._request.body, request.query_params, kind)

    def _parcel(self, body: Body, key: str, request_hash: bytes) -> Parcel:
        return Parcel(
            kind=kinds.find_kind(self.kind_code),
            operator=operator_named(self.caller, body.operator),
            items=body.items,
            is_batch=body.is_batch,
            atomic=body.atomic,
            idempotency_key=key,
            request_hash=request_hash,
        )


class Trials(Records):
    """``/api/v1/sandbox/<kind>``: the verdicts of an upload, and nothing written."""

    http_method_names = ["post", "options"]

    def post(self, request: Request) -> HttpResponse:
        """Judge the items as an upload would; only the trial itself is remembered."""
        return _tried(self, self._body(request))


def _tried(view: Records, body: Body) -> HttpResponse:
    parcel = view._parcel(body, "", b"")
    return _answered(api_uploads.dry_run(caller=view.caller, parcel=parcel, at=clock.now()))


def _answered(answer: Answer) -> HttpResponse:
    response = json_answer(answer.text, answer.status)
    if answer.is_replay:
        response.headers[REPLAYED] = "true"
    return response


def _item(row: UploadedItem, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "external_id": row.external_id,
        "record_id": str(row.record_id),
        "code": codes.get(row.record_id),
        "upload_id": str(row.upload_id),
        "recorded_at": _moment(made_at(row.pk)),
    }


class Receipts(SignedView):
    """``/api/v1/receipts``: the uploads of this system, newest first."""

    @extend_schema(
        operation_id="receipts_list",
        tags=["查询"],
        summary="列出本系统的上传",
        description="从新到旧；按回执编号可以取回当时的完整回答。",
        parameters=documentation.paged(),
        responses={(200, documentation.JSON): {"$ref": "#/components/schemas/UploadPage"}},
    )
    def get(self, request: Request) -> Response:
        """One page of summaries; each has its id for the whole answer."""
        size, caller = page_size(request), self.caller
        rows = uploads.uploads_of(
            caller.actor, caller.system, below=read_cursor(request), size=size + 1
        )
        items = [_summary(row) for row in rows[:size]]
        return Response({"items": items, "next": next_cursor(rows, size)})


class ReceiptOf(SignedView):
    """``/api/v1/receipts/<id>``: the answer an upload got, word for word."""

    @extend_schema(
        operation_id="receipts_read",
        tags=["查询"],
        summary="取回一次上传的回执",
        description="上传时得到的回答，一字不差；保留 30 天。",
        parameters=[documentation.named("upload_id", "回执编号")],
        responses={(200, documentation.JSON): {"$ref": "#/components/schemas/UploadAnswer"}},
    )
    def get(self, request: Request, upload_id: int) -> HttpResponse:
        """Raises: OutOfScope for an upload of somebody else, or one that is forgotten."""
        found = uploads.upload_of(self.caller.actor, self.caller.system, upload_id)
        if found is None:
            raise OutOfScope
        return json_answer(found.answer.encode(), HTTPStatus.OK)


def _summary(row: ApiUpload) -> dict[str, Any]:
    return {
        "upload_id": str(row.pk),
        "kind": row.kind,
        "status": row.status,
        "sent": row.sent_count,
        "accepted": row.accepted_count,
        "idempotency_key": row.idempotency_key,
        "created_at": _moment(row.created_at),
    }


def _moment(at: datetime) -> str:
    """The instant as people here read it, with its offset: 2026-11-22T10:30:00+08:00."""
    return at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
