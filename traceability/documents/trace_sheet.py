"""A trace as a regulator's workbook: one sheet for each step, every column sortable.

No telephone number, price or voucher stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from traceability.graph.holders import CountyHolders
from traceability.queries.trace_facts import sector_name
from traceability.queries.trace_pages import ListedNode
from traceability.rules import codes

HEADINGS = (
    "步骤", "级次", "品名", "规格", "生产批号", "生产日期", "保质期至", "持有单位", "环节", "县区", "数量",
    "单位", "估计剩余", "收货日期", "到此为止的原因", "追溯码", "没有下一级批次的去向", "状态",
)  # fmt: skip
# A list for whoever telephones: everybody who holds the goods, by county.
HOLDERS = "下游持有单位"
HOLDER_HEADINGS = ("步骤", "县区", "持有单位", "环节", "批次数")
# The column whose text names the sheet that a row stands on.
STEP = 0
# A chain of a year's daily refills would be a book of 365 sheets.
OWN_SHEETS = 20
SIDE_NAMES = {"down": "下游", "up": "上游"}


def step_name(side: str, hop: int) -> str:
    """What the sheet of that step is called."""
    if hop == 0:
        return "起点"
    if hop > OWN_SHEETS:
        return f"{SIDE_NAMES[side]}第{OWN_SHEETS + 1}级及更远"
    return f"{SIDE_NAMES[side]}第{hop}级"


def rows_of(side: str, listed: Iterable[ListedNode]) -> Iterator[list[Any]]:
    """The rows of one side, in the order of their steps."""
    for item in listed:
        node = item.node
        yield [
            step_name(side, node.hop), node.hop, node.name, node.specification, node.batch_number,
            node.produced_on, node.expires_on, node.holder_name, node.sector_name, node.county,
            node.quantity, node.unit, item.left, node.received_on,
            node.dead_end.label if node.dead_end else "", codes.grouped(node.code),
            _untraced(item), "、".join(sign.label for sign in item.signs),
        ]  # fmt: skip


def _untraced(item: ListedNode) -> str:
    unit = item.node.unit
    return "、".join(f"{part.way} {part.quantity.normalize():f} {unit}" for part in item.untraced)


def holder_rows(counties: Iterable[CountyHolders]) -> Iterator[list[Any]]:
    """The rows of the list of holders, by county and name."""
    for county in counties:
        for holder in county.holders:
            yield [
                HOLDERS, county.county, holder.name, sector_name(holder.sector), holder.batch_count,
            ]  # fmt: skip
