"""``/api/v1/webhooks``: where a system wants to be told of incoming goods and recalls."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.actor import OutOfScope
from enterprises.api.answers import Faulty
from enterprises.api.views import SignedView, next_cursor, page_size, read_cursor
from enterprises.models import Webhook, WebhookDelivery
from enterprises.operations import webhooks
from enterprises.queries import webhooks as queries
from enterprises.rules import webhooks as rules
from shilian import clock

JSON = "application/json"
TAGS = ["推送"]
_TEXT = {"type": "string"}
_EVENTS = {"type": "array", "items": {"enum": list(rules.EVENTS)}, "minItems": 1}
_BODY = {
    "type": "object",
    "required": ["url", "events"],
    "additionalProperties": False,
    "properties": {
        "url": {
            "type": "string",
            "maxLength": rules.LONGEST,
            "description": "接收推送的地址：https、公网域名、端口 443 或 8443",
            "examples": ["https://erp.example.com/shilian"],
        },
        "events": {**_EVENTS, "description": "incoming.created 有来货，recall.notified 有召回通知"},
    },
}
_WEBHOOK = {
    "type": "object",
    "required": ["webhook_id", "url", "events", "state", "created_at"],
    "properties": {
        "webhook_id": _TEXT,
        "url": _TEXT,
        "events": {"type": "array", "items": _TEXT},
        "state": {"enum": ["active", "paused", "stopped"]},
        "created_at": {"type": "string", "format": "date-time"},
        "secret": {"type": "string", "description": "核对推送签名的密钥，只在登记时给出一次"},
    },
}
_DELIVERY = {
    "type": "object",
    "properties": {
        "delivery_id": _TEXT,
        "event": _TEXT,
        "state": {"enum": ["waiting", "arrived", "given_up"]},
        "attempts": {"type": "integer"},
        "last_status": {"type": ["integer", "null"]},
        "last_error": _TEXT,
        "created_at": {"type": "string", "format": "date-time"},
    },
}


def _page_of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": row},
            "next": {"type": ["string", "null"]},
        },
    }


_WEBHOOK_ID = OpenApiParameter(
    "webhook_id",
    {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    OpenApiParameter.PATH,
    description="推送地址的编号",
)


class Webhooks(SignedView):
    """The addresses of the system that signs."""

    @extend_schema(
        operation_id="webhooks_list",
        tags=TAGS,
        summary="列出推送地址",
        description="本系统登记的、没有取消的推送地址。",
        responses={(200, JSON): _page_of(_WEBHOOK)},
    )
    def get(self, request: Request) -> Response:
        """All of them: there are at most a handful."""
        found = queries.webhooks_of(self.caller.actor, self.caller.system)
        return Response({"items": [_shown(each) for each in found], "next": None})

    @extend_schema(
        operation_id="webhooks_subscribe",
        tags=TAGS,
        summary="登记推送地址",
        description="有来货或召回通知时，平台向这个地址发送签名的 POST。同一地址只能登记一次。",
        request={JSON: _BODY},
        responses={(201, JSON): _WEBHOOK},
    )
    def post(self, request: Request) -> Response:
        """Subscribe; the secret is in this answer and in no other."""
        url, events = _read(request)
        made = webhooks.subscribe(
            by=self.caller.actor,
            system=self.caller.system,
            url=url,
            events=events,
            at=clock.now(),
        )
        told = _shown(made.webhook) | {"secret": made.secret}
        return Response(told, status=HTTPStatus.CREATED)


class WebhookOf(SignedView):
    """One address."""

    @extend_schema(
        operation_id="webhooks_read",
        tags=TAGS,
        summary="查看一个推送地址",
        description="它的地址、事件和状态；paused 是负责人暂停了，stopped 是多次送不到而停用了，"
        "发一条测试推送即可恢复。",
        parameters=[_WEBHOOK_ID],
        responses={(200, JSON): _WEBHOOK},
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """Raises: OutOfScope."""
        return Response(_shown(_found(self, webhook_id)))

    @extend_schema(
        operation_id="webhooks_end",
        tags=TAGS,
        summary="取消推送地址",
        description="以后不再推送；等待发送的也不再发。",
        parameters=[_WEBHOOK_ID],
        responses={204: None},
    )
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Raises: OutOfScope."""
        webhook = _found(self, webhook_id)
        webhooks.end_webhook(by=self.caller.actor, webhook=webhook, at=clock.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class Ping(SignedView):
    """A test message."""

    @extend_schema(
        operation_id="webhooks_ping",
        tags=TAGS,
        summary="发一条测试推送",
        description="推送地址暂停了、或因多次送不到而停用的，测试后恢复。",
        parameters=[_WEBHOOK_ID],
        request=None,
        responses={(202, JSON): _DELIVERY},
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Raises: OutOfScope."""
        webhook = _found(self, webhook_id)
        sent = webhooks.ping(by=self.caller.actor, webhook=webhook, at=clock.now())
        return Response(_logged(sent), status=HTTPStatus.ACCEPTED)


class Deliveries(SignedView):
    """The log of an address."""

    @extend_schema(
        operation_id="webhooks_deliveries",
        tags=TAGS,
        summary="推送记录",
        description="每条推送送到没有、试了几次、对方回答了什么；从新到旧。",
        parameters=[
            _WEBHOOK_ID,
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": 500}, description="一页多少条"
            ),
            OpenApiParameter("cursor", description="上一页回答里的 next，原样带上"),
        ],
        responses={(200, JSON): _page_of(_DELIVERY)},
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """Raises: OutOfScope."""
        webhook, size = _found(self, webhook_id), page_size(request)
        rows = queries.deliveries_of(
            self.caller.actor, webhook, below=read_cursor(request), size=size + 1
        )
        shown = [_logged(each) for each in rows[:size]]
        return Response({"items": shown, "next": next_cursor(rows, size)})


def _read(request: Request) -> tuple[str, list[str]]:
    said = request.data
    if not isinstance(said, dict) or not set(said) <= {"url", "events"}:
        message = '内容须是 {"url": "https://…", "events": […]}，不能有别的字段。'
        raise Faulty(HTTPStatus.BAD_REQUEST, "body_malformed", message)
    url, events = said.get("url"), said.get("events")
    are_texts = isinstance(events, list) and all(isinstance(each, str) for each in events)
    if not isinstance(url, str) or not are_texts:
        message = "url 须是文字，events 须是文字的数组。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "body_malformed", message)
    return url, events or []


def _found(view: SignedView, webhook_id: int) -> Webhook:
    webhook = queries.webhook_of(view.caller.actor, view.caller.system, webhook_id)
    if webhook is None:
        raise OutOfScope
    return webhook


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": str(webhook.pk),
        "url": webhook.url,
        "events": webhook.events,
        "state": webhook.state,
        "created_at": _moment(webhook.created_at),
    }


def _logged(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "delivery_id": str(delivery.pk),
        "event": delivery.event,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created_at": _moment(delivery.created_at),
    }


def _moment(at: Any) -> str:
    return str(at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"))
