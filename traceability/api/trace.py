"""``GET /api/v1/batches/<code>/trace``: a trace by the public code of its batch, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core import signing
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enterprises.actor import OutOfScope
from enterprises.api.answers import answer_fault
from enterprises.api.authentication import SignedRequest
from enterprises.roles import Permission
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.problems import Problem, Rejected
from traceability.graph.nodes import PAGE_SIZE, NodePage, page_of
from traceability.graph.trace import Direction
from traceability.operations.cases import Look, look_at_trace
from traceability.queries.trace_finder import batch_by_code
from traceability.trace_forms import read_id

SALT = "api trace cursor"


class DeadEndSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(source="value", help_text="为什么到此为止：固定代码")
    message = serializers.CharField(source="label", help_text="同上，中文说明")


class BatchSerializer(serializers.Serializer[Any]):
    """One batch of a trace; no telephone number, price or voucher."""

    code = serializers.CharField(help_text="追溯码")
    hop = serializers.IntegerField(help_text="离起点的级次，起点为 0")
    name = serializers.CharField()
    specification = serializers.CharField()
    batch_number = serializers.CharField()
    produced_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    unit = serializers.CharField()
    received_on = serializers.DateField()
    state = serializers.CharField()
    holder = serializers.CharField(source="holder_name")
    sector = serializers.CharField()
    county = serializers.CharField()
    dead_end = DeadEndSerializer(allow_null=True)


class PaperSerializer(serializers.Serializer[Any]):
    """What stands on an operator's own paper, one step beyond its own batches."""

    record_id = serializers.CharField()
    kind = serializers.ChoiceField(
        ["purchase", "sale", "return"],
        help_text="进货、销售、退货（向上：客户退回；向下：退给供货者）",
    )
    is_sale = serializers.BooleanField()
    partner = serializers.CharField(source="partner_name")
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    unit = serializers.CharField()
    on = serializers.DateField()


class TraceSerializer(serializers.Serializer[Any]):
    """One page of a trace; the counts are of the whole, also of what is hidden."""

    direction = serializers.ChoiceField(["up", "down"])
    batch_count = serializers.IntegerField()
    link_count = serializers.IntegerField()
    operator_count = serializers.IntegerField()
    hidden = serializers.DictField(
        child=serializers.IntegerField(), help_text="辖区外的批次数，按级次"
    )
    cut = serializers.CharField(allow_null=True, help_text="没有查完时的原因")
    duration_ms = serializers.IntegerField()
    batches = BatchSerializer(many=True)
    papers = PaperSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="下一页的 cursor")


class BatchTrace(APIView):
    """The same lens as the pages: officers their jurisdiction, operators their own papers."""

    authentication_classes = [SignedRequest, SessionAuthentication]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_fault

    @extend_schema(
        operation_id="batch_trace",
        tags=["追溯"],
        summary="按追溯码追溯一个批次",
        description="由近及远，每页一百个批次；只看得到自己的记录和上下各一级。",
        parameters=[
            OpenApiParameter("code", location="path", description="追溯码，26 位"),
            OpenApiParameter("direction", enum=["up", "down"], description="方向，默认 down"),
            OpenApiParameter("cursor", description="上一页回答里的 next"),
            OpenApiParameter("case", description="已批准的追溯案件编号"),
        ],
        responses=TraceSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """The next hundred batches of the trace, nearest first."""
        actor = request._request.actor  # type: ignore[attr-defined]
        if not actor.may(Permission.TRACE_BATCHES):
            actor.require(Permission.VIEW_OWN_RECORDS)
        batch_id = batch_by_code(actor, code)
        if batch_id is None:
            raise OutOfScope
        direction = _direction(request.query_params.get("direction", "down"))
        after = _read_cursor(request.query_params.get("cursor", ""))
        # A look is a GET: what it writes is that it happened, and whose data it showed.
        with writes_allowed():
            look = look_at_trace(
                by=actor,
                starts=[batch_id],
                direction=direction,
                case_id=read_id(request.query_params.get("case", "")),
                at=clock.now(),
            )
        page = page_of(look.view, today=clock.today(), after=after, size=PAGE_SIZE)
        return Response(TraceSerializer(_told(look, page, is_first=after is None)).data)


def _direction(text: str) -> Direction:
    if text == "up":
        return "up"
    if text == "down":
        return "down"
    message = "direction 只能写 up（来源）或 down（去向）。"
    raise Rejected([Problem("direction_unknown", "direction", message)])


def _read_cursor(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    try:
        hop, batch_id = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        message = "cursor 不对，请原样使用上一页回答里的 next。"
        raise Rejected([Problem("cursor_unknown", "cursor", message)]) from None
    return hop, batch_id


def _told(look: Look, page: NodePage, *, is_first: bool) -> dict[str, Any]:
    view = look.view
    return {
        "direction": view.direction,
        "batch_count": view.node_count,
        "link_count": view.link_count,
        "operator_count": view.operator_count,
        "hidden": {str(hop): count for hop, count in view.hidden.items()},
        "cut": view.cut,
        "duration_ms": look.run.duration_ms,
        "batches": page.nodes,
        "papers": view.papers if is_first else (),
        "next": signing.dumps(page.after, salt=SALT) if page.after else None,
    }
