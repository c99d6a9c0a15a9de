"""An operator's legal records as an officer reads them, inside the officer's sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from traceability.models import StockMovement
from traceability.queries import ledger
from traceability.queries.ledger import Kind, LedgerFilter, LedgerLine
from traceability.rules import coverage

KINDS: dict[str, str] = {
    "purchase": "进货查验",
    "sale": "销售记录",
    "inspection": "出厂检验",
    "movement": "损耗、销毁、退货",
}
PARTNER_WORD = {
    "purchase": "供货者",
    "sale": "购货者",
    "inspection": "检验结果",
    "movement": "去向和原因",
}
FIELD_NAMES: dict[str, str] = {
    field[0]: field[1]
    for field in (
        coverage.NAME,
        coverage.SPECIFICATION,
        coverage.QUANTITY,
        coverage.DATE_OR_BATCH,
        coverage.SHELF_LIFE,
        coverage.CERTIFICATE,
        coverage.PURCHASED_ON,
        coverage.SOLD_ON,
        coverage.SUPPLIER_NAME,
        coverage.SUPPLIER_ADDRESS,
        coverage.SUPPLIER_CONTACT,
        coverage.BUYER_NAME,
        coverage.BUYER_ADDRESS,
        coverage.BUYER_CONTACT,
        coverage.VOUCHER,
    )
}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record; ``missing`` names the legal fields it lacks, ``partner`` the other side.

    ``has_fields``: whether the law says which fields such a record must have.
    """

    id: int
    day: date
    goods: str
    specification: str
    quantity: Decimal | None
    unit: str
    batch_number: str
    produced_on: date | None
    partner: str
    voucher: str
    paper_count: int
    channel: str
    recorded_at: datetime
    missing: list[str]
    is_current: bool
    state_name: str
    has_fields: bool

    @property
    def fields_told(self) -> str:
        """What a sheet says of the legal fields."""
        return "、".join(self.missing) or ("齐全" if self.has_fields else "")


def records_of(actor: Actor, operator: Operator, kind: Kind, asked: LedgerFilter) -> QuerySet[Any]:
    """The records asked for, for a keyset page.

    Raises: OutOfScope, Forbidden for those who may not see records.
    """
    actor.require(Permission.VIEW_RECORDS, on=operator)
    return ledger.records(actor, operator, kind, asked)


def rows_of(operator: Operator, kind: Kind, found: Sequence[Any]) -> list[RecordRow]:
    """What the page says of each record. Cost: one query."""
    return [_row(kind, line) for line in ledger.lines_of(operator, found)]


def _row(kind: Kind, line: LedgerLine[Any]) -> RecordRow:
    record, batch = line.record, line.batch
    return RecordRow(
        id=record.pk,
        day=getattr(record, ledger.DAY[kind]),
        goods=batch.name,
        specification=batch.specification,
        quantity=getattr(record, "quantity", batch.quantity),
        unit=getattr(record, "unit", batch.unit),
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        partner=_partner(kind, record),
        voucher=record.voucher_number or getattr(record, "certificate_number", ""),
        paper_count=len(record.evidence_ids),
        channel=record.get_channel_display(),
        recorded_at=record.recorded_at,
        missing=[FIELD_NAMES.get(code, code) for code in record.missing],
        is_current=record.is_current,
        state_name=record.get_state_display(),
        has_fields=kind != "movement",
    )


def _partner(kind: Kind, record: Any) -> str:
    if kind == "inspection":
        return str(record.get_result_display())
    if kind == "movement":
        return _whereabouts(record)
    return str(getattr(record, ledger.PARTNER[kind]))


def _whereabouts(record: StockMovement) -> str:
    """Whether lost, destroyed or sent back and to whom, why, and what the supplier did not take."""
    to = f"给{record.supplier_name}" if record.supplier_name else ""
    told = f"{record.get_kind_display()}{to}：{record.cause}"
    if record.returned_quantity > 0:
        told += f"（对方未收{record.returned_quantity.normalize():f}{record.unit}，已回到库存）"
    return told
