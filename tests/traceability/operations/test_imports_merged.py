"""Ledgers in which a day, a supplier or a product is written once beside several rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from openpyxl import Workbook, load_workbook

from enterprises.models import ImportRow, ImportSession, Operator
from enterprises.operations import jobs
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_producer
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from traceability.models import Batch, Link, Partner, Purchase
from traceability.operations import imports, side_progress
from traceability.sheets.base import SheetKind
from traceability.sheets.production import PRODUCTION
from traceability.sheets.purchases import PURCHASES

pytestmark = pytest.mark.django_db
HEAD = ["序号", "进货日期", "食品名称", "数量", "单位", "供货者", None]
BELOW = [None, None, None, None, None, "名称", "联系方式"]
DAY = f"{TODAY:%Y-%m-%d}"


@pytest.fixture(autouse=True)
def _place_and_day(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    # Another connection does not see what a test has not committed.
    monkeypatch.setattr(side_progress, "EVERY_SECONDS", 3600)
    with time_machine.travel(AT, tick=False):
        yield


def book_of(rows: list[list[Any]], *ranges: str) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for each in ranges:
        book.active.merge_cells(each)
    book.save(stream)
    return stream.getvalue()


def worked(operator: Operator, content: bytes, kind: SheetKind = PURCHASES) -> ImportSession:
    session = imports.start_import(
        by=owner_of(operator),
        operator=operator,
        kind=kind,
        upload=io.BytesIO(content),
        file_name="台账.xlsx",
        month=TODAY,
        mode="good_rows",
        at=AT,
    )
    jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    return session


def faults(session: ImportSession) -> dict[int, list[tuple[str, str]]]:
    rows = ImportRow.objects.filter(session=session).exclude(problems=[]).order_by("row_no")
    return {row.row_no: [(p["code"], p["field"]) for p in row.problems] for row in rows}


def test_a_day_and_a_supplier_hold_for_all_rows_beside_them() -> None:
    operator = make_operator()
    content = book_of(
        [
            ["四月进货台账"],
            HEAD,
            BELOW,
            [1, TODAY, "特一粉", 10, "袋", "泉润粮油店", "13900000000"],
            [2, None, "花生油", 5, "桶", None, None],
            [3, None, "大米", 8, "袋", None, None],
            [None, None, "小计", 23, None, None, None],
        ],
        "A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "F2:G2",
        "B4:B7", "F4:F7", "G4:G7",
    )  # fmt: skip

    session = worked(operator, content)

    assert session.message == "已记入 3 条，1 行不用导入（合计行、重复行）。"
    supplier = Partner.objects.get()
    assert (supplier.name, supplier.contact_phone) == ("泉润粮油店", "13900000000")
    bought = Purchase.objects.order_by("pk")
    assert [(one.purchased_on, one.partner_id) for one in bought] == [(TODAY, supplier.pk)] * 3
    assert [one.raw["供货者/名称"] for one in bought] == ["泉润粮油店"] * 3


def test_an_amount_merged_over_several_goods_is_nobodys() -> None:
    operator = make_operator()
    head = ["进货日期", "食品名称", "数量", "单位", "供货者名称"]
    content = book_of(
        [
            head,
            [DAY, "特一粉", 30, "袋", "泉润粮油店"],
            [DAY, "花生油", None, "桶", "泉润粮油店"],
            [DAY, "大米", 8, "袋", "泉润粮油店"],
        ],
        "C2:C3",
    )

    session = worked(operator, content)

    assert faults(session) == {
        2: [("cell_merged", "quantity")],
        3: [("cell_merged", "quantity")],
    }
    assert [one.quantity for one in Purchase.objects.all()] == [8]
    marked = io.BytesIO()
    imports.write_annotated(owner_of(operator), session, marked)
    page = load_workbook(marked).active
    assert page is not None
    assert [[page.cell(row, 3).value for row in (2, 3)], page["E3"].value] == [
        ["30", ""],
        "泉润粮油店",
    ]


def test_a_product_merged_beside_its_materials_is_made_once() -> None:
    operator = make_producer()
    for name, unit in (("特一粉", "袋"), ("酵母", "千克")):
        product = make_product(operator, name=name, unit=unit)
        batch_of(make_purchase(operator, product=product, unit=unit))
    content = book_of(
        [
            ["生产日期", "产品名称", "产出数量", "产出单位", "原料名称", "投料数量", "投料单位"],
            [DAY, "馒头", 200, "袋", "特一粉", 3, "袋"],
            [None, None, None, None, "酵母", 1, "千克"],
            [None, None, 50, "袋", "酵母", 1, "千克"],
        ],
        # The day over all, the product over all, the quantity over the first product alone.
        "A2:A4", "B2:B4", "C2:C3",
    )  # fmt: skip

    session = worked(operator, content, PRODUCTION)

    assert faults(session) == {}
    made = Batch.objects.filter(name="馒头").order_by("quantity")
    assert [(int(one.quantity), one.produced_on) for one in made] == [(50, TODAY), (200, TODAY)]
    assert Link.objects.filter(child_id__in=made.values("pk")).count() == 3
