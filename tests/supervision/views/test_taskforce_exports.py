"""The task force's lists as sheets."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian import clock
from supervision.models import Bulletin
from tests.builders import enterprises as build
from tests.supervision.views.bureau import MONTH, county_client, signed_in

pytestmark = pytest.mark.django_db
BUDGET = 12


def task_force() -> Client:
    return signed_in(Role.TASK_FORCE, division=build.make_province())


def sheets(client: Client, address: str) -> dict[str, list[tuple[Any, ...]]]:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert len(queries) <= BUDGET
    book = load_workbook(BytesIO(answer.content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_the_bulletins_leave_as_a_list() -> None:
    for revision, reason in ((1, ""), (2, "历下区补报")):
        Bulletin.objects.create(
            month=MONTH, revision=revision, reason=reason, figures={}, sha256="a" * 64,
            made_by="专班", made_at=clock.now(),
        )  # fmt: skip

    rows = sheets(task_force(), "/bureau/bulletins/export/")["通报"]

    assert [row[:3] for row in rows[1:3]] == [
        ("2026年10月", "第 2 版", "代拟稿"),
        ("2026年10月", "第 1 版", "代拟稿"),
    ]
    assert rows[1][5] == "历下区补报"
    assert AuditEntry.objects.get(event="list_exported").about == "bulletins"


def test_a_county_takes_out_only_what_it_may_open() -> None:
    for revision, state in ((1, "published"), (2, "draft")):
        Bulletin.objects.create(
            month=MONTH, revision=revision, reason="补报" if revision > 1 else "", figures={},
            sha256="a" * 64, made_by="专班", made_at=clock.now(), state=state,
        )  # fmt: skip

    rows = sheets(county_client(), "/bureau/bulletins/export/")["通报"]

    assert [row[1] for row in rows[1:-1] if row[0] == "2026年10月"] == ["第 1 版"]


def test_formulas_targets_and_thresholds_leave_as_a_sheet_of_each() -> None:
    client = task_force()
    shown = client.get("/taskforce/parameters/").context

    found = sheets(client, "/taskforce/parameters/export/")

    assert list(found) == ["指标公式", "目标", "计算参数"]
    for title, rules in (("目标", shown["targets"]), ("计算参数", shown["thresholds"])):
        said = [(row[1], row[3]) for row in found[title][1 : len(rules) + 1]]
        assert said == [(rule.name, rule.value_text) for rule in rules]
    assert found["指标公式"][1][1] == "注册率"


def test_a_county_takes_out_no_parameters() -> None:
    assert county_client().get("/taskforce/parameters/export/").status_code == 403
    assert not AuditEntry.objects.filter(event="list_exported").exists()
