"""The rows of a ledger between reading and recording: judged, kept, and turned into drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from enterprises.models import ImportRow, ImportSession, Operator
from shilian.db.ids import new_ids
from shilian.problems import Problem
from traceability import sheets
from traceability.operations import ledger_books
from traceability.operations.ledger_books import Books
from traceability.queries import ledger_imports
from traceability.rules import purchases as rules
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts
from traceability.sheets import Ledger, LedgerLine

Outcome = ImportRow.Outcome
ROWS_AT_ONCE = 1_000


class Unreadable(ValueError):
    """A line was asked for its draft although parts of it could not be understood."""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line with its outcome and every reason for it."""

    line: LedgerLine
    outcome: str
    problems: list[Problem]


def judge(operator: Operator, ledger: Ledger, *, today: date) -> tuple[Books, list[JudgedLine]]:
    """Every line with its outcome, and the books it was judged by; nothing is written."""
    readable = [line for line in ledger.lines if line.is_readable]
    books = ledger_books.open_books(operator, readable)
    repeated = sheets.doubled(ledger.lines)
    recorded = ledger_imports.recorded_keys(operator, [line.purchased_on for line in readable])
    facts = PurchaseFacts(
        operator_id=operator.pk,
        credit_code=operator.credit_code,
        products={product.id: product for product in books.products.values()},
        suppliers={supplier.id: supplier for supplier in books.suppliers.values()},
    )
    return books, [_judged(line, books, facts, repeated, recorded, today) for line in ledger.lines]


def _judged(
    line: LedgerLine,
    books: Books,
    facts: PurchaseFacts,
    repeated: dict[int, int],
    recorded: set[ledger_imports.RecordKey],
    today: date,
) -> JudgedLine:
    if line.row_no in repeated:
        message = (
            f"与第{repeated[line.row_no]}行完全相同，没有重复记；如果确是两次进货，请用凭证号区分。"
        )
        return JudgedLine(line, Outcome.SKIPPED, [_row_problem("row_repeated", message, line)])
    if not line.is_readable:
        return JudgedLine(line, Outcome.BAD, line.problems)
    draft = draft_of(line, books)
    problems = line.problems + rules.check_each_purchase([draft], facts, today=today)[0]
    if any(not problem.is_warning for problem in problems):
        return JudgedLine(line, Outcome.BAD, problems)
    if ledger_imports.key_of(draft) in recorded:
        message = "台账里已有同一天、同一供货者、同一商品和数量的记录，没有重复记。"
        return JudgedLine(line, Outcome.SAME, [_row_problem("already_recorded", message, line)])
    return JudgedLine(line, Outcome.NEW, problems)


def _row_problem(code: str, message: str, line: LedgerLine) -> Problem:
    return Problem(code, "", message, line.row_no, "warning")


def draft_of(line: LedgerLine, books: Books) -> PurchaseDraft:
    """The purchase that a readable line tells of."""
    product, supplier = books.product(line), books.supplier(line)
    if product is None or supplier is None or line.quantity is None or line.purchased_on is None:
        raise Unreadable(line.row_no)
    return PurchaseDraft(
        product_id=product.id,
        supplier_id=supplier.id,
        quantity=line.quantity,
        unit=line.unit,
        purchased_on=line.purchased_on,
        batch_number=line.batch_number,
        produced_on=line.produced_on,
        voucher_number=line.voucher_number,
        origin_place=line.origin_place,
        raw=dict(line.raw),
        row=line.row_no,
    )


def write_rows(
    session: ImportSession, ledger: Ledger, books: Books, judged: Sequence[JudgedLine]
) -> None:
    ids = iter(new_ids(len(judged) + len(ledger.totals)))
    rows = [
        ImportRow(
            id=next(ids),
            session=session,
            row_no=item.line.row_no,
            outcome=item.outcome,
            raw=item.line.raw,
            values=_values(draft_of(item.line, books)) if item.outcome == Outcome.NEW else {},
            problems=[_shown(problem, ledger) for problem in item.problems],
        )
        for item in judged
    ]
    note = {"code": "total_row", "field": "", "message": "合计行，不导入。", "severity": "warning"}
    rows += [
        ImportRow(
            id=next(ids),
            session=session,
            row_no=row.row_no,
            outcome=Outcome.SKIPPED,
            raw={"": row.cell(0).text},
            problems=[note | {"column": None}],
        )
        for row in ledger.totals
    ]
    ImportRow.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _shown(problem: Problem, ledger: Ledger) -> dict[str, Any]:
    """The problem as the row keeps it, with the column of the sheet in which it lies."""
    return {
        "code": problem.code,
        "field": sheets.SHOWN_AT.get(problem.field, problem.field),
        "message": problem.message,
        "severity": problem.severity,
        "column": sheets.column_of(ledger.header, problem.field),
    }


def _values(draft: PurchaseDraft) -> dict[str, Any]:
    return {
        "product_id": draft.product_id,
        "supplier_id": draft.supplier_id,
        "quantity": str(draft.quantity),
        "unit": draft.unit,
        "purchased_on": draft.purchased_on.isoformat(),
        "batch_number": draft.batch_number,
        "produced_on": draft.produced_on.isoformat() if draft.produced_on else None,
        "voucher_number": draft.voucher_number,
        "origin_place": draft.origin_place,
    }


def draft_from(row: ImportRow) -> PurchaseDraft:
    said = row.values
    made = said["produced_on"]
    return PurchaseDraft(
        product_id=said["product_id"],
        supplier_id=said["supplier_id"],
        quantity=Decimal(said["quantity"]),
        unit=said["unit"],
        purchased_on=date.fromisoformat(said["purchased_on"]),
        batch_number=said["batch_number"],
        produced_on=date.fromisoformat(made) if made else None,
        voucher_number=said["voucher_number"],
        origin_place=said["origin_place"],
        raw=row.raw,
        row=row.row_no,
    )
