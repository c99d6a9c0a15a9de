"""The roster's pages, its marked sheet and its command."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from enterprises.actor import Actor
from enterprises.models import ImportSession, Operator
from enterprises.operations import jobs, roster
from enterprises.roles import Role
from tests.builders.enterprises import (
    AT,
    credit_code,
    give_role,
    make_county,
    make_person,
    make_township,
    officer_of,
)
from tests.builders.rosters import line, preview, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Actor:
    make_township()
    return officer_of(make_county())


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def signed_in(role: Role = Role.COUNTY_OFFICER) -> Client:
    person = make_person()
    give_role(person, role, division=make_county())
    client = Client()
    client.force_login(person)
    return client


def test_the_pages_lead_from_upload_to_done(by: Actor) -> None:
    client = signed_in()
    upload = SimpleUploadedFile(
        "名录.xlsx", sheet(line(), line(code=None), line(code=credit_code(2), sector="销售"))
    )

    sent = client.post("/bureau/roster/", {"file": upload})
    waiting = client.get(sent["Location"])
    jobs.run_to_end(ImportSession.objects.get().job_id or 0)
    preview_page = client.get(sent["Location"] + "?rows=bad")
    client.post(sent["Location"] + "commit/")
    jobs.run_to_end(ImportSession.objects.get().job_id or 0)
    done = client.get(sent["Location"])

    assert "正在读取" in waiting.content.decode()
    assert "没有统一社会信用代码" in preview_page.content.decode()
    assert "写入 2 户" in preview_page.content.decode()
    assert "已写入。新增 2 户" in done.content.decode()
    assert Operator.objects.count() == 2


def test_rows_of_other_districts_are_a_group_of_their_own(by: Actor) -> None:
    make_township(
        code="370103001", name="杆石桥街道", county=make_county(code="370103", name="市中区")
    )
    session = preview(by, line(), line(code=credit_code(2), division="370103001"))

    answer = signed_in().get(f"/bureau/roster/{session.pk}/?rows=skipped")

    text = answer.content.decode()
    assert "其他区县的行（不导入） 1" in text
    assert "有错误的 <strong>0</strong> 行不写入；其他区县的 1 行不导入" in text
    assert [row.name for row in answer.context["rows"]] == ["孙记源泉粮油店"]


def test_a_faultless_file_offers_no_marked_sheet(by: Actor) -> None:
    session = preview(by, line())

    assert "下载标注表" not in signed_in().get(f"/bureau/roster/{session.pk}/").content.decode()


def test_the_marked_sheet_goes_back_and_can_be_sent_again(by: Actor) -> None:
    session = preview(by, line(code=None), line(code=credit_code(2)))

    answer = signed_in().get(f"/bureau/roster/{session.pk}/sheet/")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    again = roster.upload_roster(by=by, file_name="b.xlsx", content=[answer.content], at=AT)
    jobs.run_to_end(again.job_id or 0)

    assert page["C5"].comment is not None
    assert page["C5"].fill.start_color.rgb == "FFF8CBC6"
    assert page["P5"].value.startswith("没有统一社会信用代码")
    assert (page["K6"].value, page["K6"].data_type) == ("370102001", "s")
    again.refresh_from_db()
    assert again.summary == {"bad": 1, "new": 1, "warned": 0}


def test_the_template_is_read_by_the_importer(by: Actor) -> None:
    answer = signed_in().get("/bureau/roster/template/")

    session = roster.upload_roster(by=by, file_name="t.xlsx", content=[answer.content], at=AT)
    jobs.run_to_end(session.job_id or 0)

    session.refresh_from_db()
    assert session.summary["new"] == 1


def test_the_command_shows_and_then_writes(by: Actor, tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(sheet(line()))
    out = io.StringIO()

    call_command("import_roster", str(path), stdout=out)
    assert not Operator.objects.exists()
    call_command("import_roster", str(path), commit=True, stdout=out)

    assert "新增 1 行" in out.getvalue()
    assert "已写入 1 户" in out.getvalue()
    assert Operator.objects.count() == 1
