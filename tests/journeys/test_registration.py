"""A stall keeper on the roster activates on a phone; the county's officer imports the roster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from enterprises.models import ImportSession, Operator, OperatorState
from enterprises.operations import jobs
from enterprises.roles import Role
from tests.builders.enterprises import (
    credit_code,
    give_role,
    make_county,
    make_operator,
    make_person,
    make_township,
)
from tests.builders.rosters import line, sheet

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_stall_keeper_activates_on_a_phone(phone_page: Page) -> None:
    operator = make_operator(code=credit_code(3), state=OperatorState.LISTED)
    page = phone_page

    page.goto("/login/")
    page.get_by_role("link", name="注册激活").click()
    page.get_by_label("统一社会信用代码或许可证编号").fill(credit_code(3).lower())
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="发送验证码").click()
    shown = page.get_by_text("演示：验证码").inner_text()
    page.get_by_label("验证码", exact=True).fill(re.findall(r"\d{6}", shown)[0])
    page.get_by_label("密码", exact=True).fill("liangyou88")
    page.get_by_role("button", name="完成激活").click()

    page.wait_for_url("**/my/")
    operator.refresh_from_db()
    assert operator.state == OperatorState.ACTIVATED


def test_an_officer_imports_the_roster(page: Page, settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    make_township()
    officer = make_person(login="lixia01", password="taishan-2026")
    give_role(officer, Role.COUNTY_OFFICER, division=make_county())
    path = tmp_path / "名录.xlsx"
    path.write_bytes(sheet(line(), line(code=None)))

    page.goto("/login/?next=/bureau/roster/")
    page.get_by_label("登录名").fill("lixia01")
    page.get_by_label("密码").fill("taishan-2026")
    page.get_by_role("button", name="登录").click()
    page.get_by_label("名录文件").set_input_files(path)
    page.get_by_role("button", name="上传并查看改动").click()
    page.wait_for_url("**/bureau/roster/*/")
    jobs.run_to_end(ImportSession.objects.get().job_id or 0)
    page.reload()
    page.get_by_role("link", name="有错误 1").click()
    page.get_by_text("没有统一社会信用代码").wait_for()
    page.get_by_role("button", name="写入 1 户").click()
    page.wait_for_load_state()
    jobs.run_to_end(ImportSession.objects.get().job_id or 0)
    page.reload()

    page.get_by_text("已写入。新增 1 户").wait_for()
    assert Operator.objects.get().credit_code == credit_code(1)
