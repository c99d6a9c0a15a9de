"""The ledger as the law names its columns, for the sheet that leaves and the page that is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.clock import SHANGHAI
from traceability.queries import ledger
from traceability.queries.ledger import Kind, LedgerFilter, LedgerLine
from traceability.rules import coverage
from traceability.rules.coverage import Subject, subject_of

Value = Callable[[LedgerLine[Any]], Any]
KINDS: tuple[Kind, ...] = ("purchase", "sale", "inspection")
TITLES: dict[Kind, str] = {
    "purchase": "进货查验记录台账",
    "sale": "销售记录台账",
    "inspection": "出厂检验记录台账",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``code`` is the legal field it shows, empty where the law names none."""

    heading: str
    code: str
    value: Value
    is_asked: bool = False


def _of_record(name: str) -> Value:
    return lambda line: getattr(line.record, name)


def _of_batch(name: str) -> Value:
    return lambda line: getattr(line.batch, name)


def _voucher(line: LedgerLine[Any]) -> str:
    number, papers = line.record.voucher_number, len(line.record.evidence_ids)
    return "；".join(part for part in (number, f"附件{papers}份" if papers else "") if part)


def _missing(line: LedgerLine[Any]) -> str:
    return "、".join(LABELS.get(code, code) for code in line.record.missing) or "齐全"


def _recorded(line: LedgerLine[Any]) -> Any:
    return line.record.recorded_at.astimezone(SHANGHAI).replace(tzinfo=None)


LABELS = {
    code: label
    for code, label, _ in (
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
_GOODS = (
    Column("名称", "name", _of_batch("name")),
    Column("规格", "specification", _of_batch("specification")),
)
_LOT = (
    Column("生产日期", "produced_on_or_batch_number", _of_batch("produced_on")),
    Column("生产批号", "produced_on_or_batch_number", _of_batch("batch_number")),
    Column("保质期", "shelf_life", _of_batch("shelf_life")),
)
_AMOUNT = (
    Column("数量", "quantity", _of_record("quantity")),
    Column("单位", "quantity", _of_record("unit")),
)
_END = (
    Column("相关凭证", "voucher", _voucher),
    Column("法定要素", "", _missing),
    Column("记录时间", "", _recorded),
)
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "purchase": (
        Column("进货日期", "purchased_on", _of_record("purchased_on")),
        *_GOODS,
        *_AMOUNT,
        *_LOT,
        Column("产地", "", _of_batch("origin_place")),
        Column("供货者名称", "supplier_name", _of_record("supplier_name")),
        Column("供货者地址", "supplier_address", _of_record("supplier_address")),
        Column("供货者联系方式", "supplier_contact", _of_record("supplier_contact")),
        Column("供货者统一社会信用代码", "", _of_record("supplier_credit_code")),
        *_END,
    ),
    "sale": (
        Column("销售日期", "sold_on", _of_record("sold_on")),
        *_GOODS,
        *_AMOUNT,
        # Without it goods that the buyer never took would read as sold.
        Column("退回数量", "", lambda line: line.record.returned_quantity or None),
        *_LOT,
        Column("检验合格证号", "certificate_number", _of_record("certificate_number")),
        Column("购货者名称", "buyer_name", _of_record("buyer_name")),
        Column("购货者地址", "buyer_address", _of_record("buyer_address")),
        Column("购货者联系方式", "buyer_contact", _of_record("buyer_contact")),
        Column("购货者统一社会信用代码", "", _of_record("buyer_credit_code")),
        *_END,
    ),
    "inspection": (
        Column("检验日期", "", _of_record("inspected_on")),
        *_GOODS,
        Column("数量", "quantity", _of_batch("quantity")),
        Column("单位", "quantity", _of_batch("unit")),
        *_LOT,
        Column("检验合格证号", "certificate_number", _of_record("certificate_number")),
        Column("检验结果", "", lambda line: line.record.get_result_display()),
        Column("检验项目", "", _of_record("items")),
        Column("检验员", "", _of_record("inspector")),
        *_END,
    ),
}


def export_columns(operator: Operator, kind: Kind) -> list[Column]:
    """The columns of the ledger, each saying whether the law asks it of this operator.

    Source: domain.md sections 1.1 and 1.3.
    """
    asked = _asked_codes(subject_of(operator), kind)
    return [
        Column(column.heading, column.code, column.value, column.code in asked)
        for column in _COLUMNS[kind]
    ]


def _asked_codes(subject: Subject, kind: Kind) -> set[str]:
    goods = (False, True) if kind == "purchase" else (subject.is_farm_produce,)
    return {
        code
        for is_farm in goods
        for code in coverage.required_codes(subject.with_goods(is_farm_produce=is_farm), kind)
    }


def export_rows(
    actor: Actor,
    operator: Operator,
    kind: Kind,
    asked: LedgerFilter = ledger.EVERYTHING,
    *,
    limit: int = 100_000,
) -> Iterator[list[Any]]:
    """The cells of the ledger under ``export_columns``, in the order of the calendar.

    Cost: two queries a thousand rows.
    """
    columns = export_columns(operator, kind)
    for line in ledger.export_lines(actor, operator, kind, asked, limit=limit):
        yield [column.value(line) for column in columns]


def legal_basis(operator: Operator, kind: Kind) -> str:
    """The articles behind this operator's ledger; empty where the law asks for none."""
    subject = subject_of(operator)
    bases = [
        field.basis
        for is_farm in (False, True)
        for field in coverage.required_fields(subject.with_goods(is_farm_produce=is_farm), kind)
    ]
    return "、".join(dict.fromkeys(bases))
