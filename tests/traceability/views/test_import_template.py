"""Whoever imports a ledger is offered a template, and a file that is no sheet is refused at once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.models import ImportSession, Job
from enterprises.operations import jobs
from shilian import clock
from shilian.sheets import preflight
from shilian.sheets.refusals import Refused
from tests.traceability.views.shop import Shop, make_shop
from traceability import sheets
from traceability.documents.ledger_template import HEADER_ROW

LINK = "/my/import/template/"
GOODS = {"食品名称*": "面粉", "数量*": "10", "单位": "袋", "供货者名称*": "泉润粮油店"}


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def post(shop: Shop, name: str, content: bytes) -> Any:
    upload = SimpleUploadedFile(name, content)
    month = f"{clock.today():%Y-%m}"
    return shop.client.post(reverse("traceability:imports"), {"sheet": upload, "month": month})


@pytest.mark.django_db
def test_a_filled_in_template_is_read_whole(tmp_path: Path) -> None:
    shop = make_shop()
    shop.client.get(LINK)

    with CaptureQueriesContext(connection) as queries:
        answer = shop.client.get(LINK)
    book = load_workbook(BytesIO(answer.content))
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[HEADER_ROW]]
    typed = GOODS | {"进货日期*": "2026-04-01"}
    sheet.append([typed.get(title) for title in titles])
    book.save(tmp_path / "filled.xlsx")
    ledger = sheets.read_ledger(tmp_path / "filled.xlsx", month=clock.today())

    assert len(queries) <= 10
    assert ledger.header.missing == ()
    assert len(ledger.header.indexes) == len(sheets.COLUMNS) - 1
    [line] = ledger.lines
    assert (line.product_name, line.quantity, line.problems) == ("面粉", 10, [])


@pytest.mark.django_db
def test_both_pages_of_an_import_offer_the_template(files: Path) -> None:
    shop = make_shop()
    upload_page = shop.client.get(reverse("traceability:imports")).content.decode()
    post(shop, "随笔.csv", "今天天气很好".encode())
    session = ImportSession.objects.get()
    jobs.run_to_end(session.job_id or 0)

    result = shop.client.get(reverse("traceability:import", args=[session.pk])).content.decode()

    assert "列名可参照模板" in result
    assert LINK in result
    assert LINK in upload_page


@pytest.mark.django_db
def test_text_that_calls_itself_a_picture_is_refused_at_once(files: Path) -> None:
    shop = make_shop()

    answer = post(shop, "台账.jpg", "日期,品名\n2026-04-01,面粉".encode())

    assert answer.status_code == 422
    assert "这是图片，不是表格" in answer.content.decode()
    assert (ImportSession.objects.count(), Job.objects.count()) == (0, 0)
    assert not [path for path in files.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("a.csv", True),
        ("A.XLSX", True),
        ("a.xls", True),
        ("台账", True),
        ("a.jpg", False),
        ("a.csv.pdf", False),
        ("a.docx", False),
    ],
)
def test_a_name_tells_what_is_no_sheet(name: str, is_taken: bool) -> None:
    if is_taken:
        preflight.check_name(name)
        return
    with pytest.raises(Refused) as refused:
        preflight.check_name(name)
    assert refused.value.code in ("picture_no_sheet", "document_no_sheet")
