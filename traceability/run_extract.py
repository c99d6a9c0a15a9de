"""Losses, destruction, returns and boxes as sheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.models import Operator
from enterprises.queries import own
from enterprises.roles import Permission
from traceability.queries import boxes, movements
from traceability.run_forms import BoxFilter, MovementFilter

CHUNK = 500
MOVEMENTS = (
    "种类", "品名", "规格", "批号", "数量", "单位", "日期", "原因", "退给", "没收数量", "凭证号", "登记时间",
)  # fmt: skip
RETURNS = (
    "退货者", "品名", "规格", "批号", "数量", "单位", "退货日期", "退货原因", "状态", "实收数量", "答复",
)  # fmt: skip
BOXES = ("种类", "箱码（SSCC）", "品名", "规格", "数量", "单位", "装箱日期", "里面几批")


def _own(actor: Actor) -> Operator:
    """Raises: OutOfScope for somebody who acts for no operator."""
    operator = own.own_operator(actor)
    if operator is None:
        raise OutOfScope
    return operator


@extract(
    "movements", "损耗、销毁、退货", Permission.VIEW_OWN_RECORDS, page="traceability:movements"
)
def moved(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator, form = _own(actor), MovementFilter(asked)
    found = movements.list_movements(
        actor, operator, kind=form.chosen_kind, search=form.text
    ).order_by("-pk")
    rows = (
        [
            row.get_kind_display(), row.batch.name, row.batch.specification,
            row.batch.batch_number, row.quantity, row.unit, row.moved_on, row.cause,
            row.supplier_name, row.returned_quantity, row.voucher_number, row.recorded_at,
        ]
        for row in found[:limit].iterator(chunk_size=CHUNK)
    )  # fmt: skip
    return Extract(f"损耗销毁退货-{operator.name}", "损耗、销毁、退货", MOVEMENTS, rows)


@extract("returns", "买方退货", Permission.DECIDE_INCOMING, page="traceability:returns")
def returned(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator = _own(actor)
    found = movements.all_returned(actor, operator).order_by("-pk")
    rows = (
        [
            row.buyer_name, row.name, row.specification, row.batch_number, row.quantity, row.unit,
            row.returned_on, row.cause, row.get_state_display(), row.accepted_quantity, row.reason,
        ]
        for row in found[:limit].iterator(chunk_size=CHUNK)
    )  # fmt: skip
    return Extract(f"买方退货-{operator.name}", "买方退货", RETURNS, rows)


@extract("boxes", "箱和托盘", Permission.VIEW_OWN_RECORDS, page="traceability:boxes")
def packed(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator, text = _own(actor), BoxFilter(asked).text
    return Extract(
        f"箱和托盘-{operator.name}", "箱和托盘", BOXES, _boxes(actor, operator, text, limit)
    )


def _boxes(actor: Actor, operator: Operator, text: str, limit: int) -> Iterator[list[Any]]:
    found = list(boxes.list_boxes(actor, operator, search=text).order_by("-batch_id")[:limit])
    for first in range(0, len(found), CHUNK):
        for box in boxes.lines_of(actor, operator, found[first : first + CHUNK]):
            yield [
                box.kind, box.sscc, box.name, box.specification, box.quantity, box.unit,
                box.packed_on, box.inside,
            ]  # fmt: skip
