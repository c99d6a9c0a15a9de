"""A sheet whose rows take in what registered sellers have announced."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from openpyxl import Workbook

from enterprises.operations import jobs
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_incoming,
    make_partner,
    make_product,
    make_purchase,
)
from traceability.operations import imports, side_progress
from traceability.sheets.purchases import PURCHASES

HEAD = ["进货日期", "食品名称", "规格", "数量", "单位", "供货者名称", "供货者联系方式"]
DAY = f"{TODAY - timedelta(days=1):%Y-%m-%d}"


@pytest.fixture(autouse=True)
def _place_and_day(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    # Another connection does not see what a test has not committed.
    monkeypatch.setattr(side_progress, "EVERY_SECONDS", 3600)
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        (10, "已记入 2 条，其中 1 条与卖方发来的来货对上，来货已一并收下。"),
        (9, "已记入 2 条。"),
    ],
)
def test_the_result_tells_which_rows_took_goods_in(quantity: int, said: str) -> None:
    buyer, seller = make_operator(), make_operator(name="泉润粮油店")
    make_partner(buyer, name=seller.name, credit_code=seller.credit_code)
    product = make_product(seller, name="特一粉", specification="25kg/袋", unit="袋")
    sold = batch_of(make_purchase(seller, product=product, quantity=Decimal(50)))
    waiting = make_incoming(buyer, seller=seller, batch=sold, quantity=Decimal(10))
    book, content = Workbook(), io.BytesIO()
    for row in (
        HEAD,
        [DAY, "特一粉", "25kg/袋", quantity, "袋", seller.name, "13905310000"],
        [DAY, "大白菜", "散装", 30, "公斤", "历城菜农", "13905310001"],
    ):
        book.active.append(row)
    book.save(content)
    content.seek(0)

    session = imports.start_import(
        by=owner_of(buyer), operator=buyer, kind=PURCHASES, upload=content,
        file_name="台账.xlsx", month=TODAY, mode="good_rows", at=AT,
    )  # fmt: skip
    jobs.run_to_end(session.job_id or 0)

    session.refresh_from_db()
    waiting.refresh_from_db()
    assert session.message == said
    assert waiting.is_waiting is (quantity != 10)
