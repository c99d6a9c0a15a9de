"""A shop's people and a bureau's roster imports as sheets."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.actor import actor_for
from enterprises.models import AuditEntry, Operator, Person
from enterprises.operations import invitations
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.builders.rosters import line, preview

pytestmark = pytest.mark.django_db
BUDGET = 12


def cells(answer: HttpResponse) -> list[tuple[Any, ...]]:
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def owner_of(operator: Operator) -> Person:
    person = build.make_person(login="13800000001", name="张老板")
    person.phone = "13800000001"
    person.save()
    build.give_role(person, Role.OWNER, operator=operator)
    return person


def test_an_owner_takes_out_the_people_of_the_shop_alone() -> None:
    operator, other = build.make_operator(name="老张粮油店"), build.make_operator()
    owner = owner_of(operator)
    for place, name in ((operator, "小李"), (other, "别店的人")):
        build.give_role(build.make_person(name=name), Role.CLERK, operator=place)
    invitations.invite_clerk(
        by=actor_for(owner), operator=operator, name="小王", phone="13900000002", at=clock.now()
    )

    answer = client_of(owner).get("/my/clerks/export/")

    found = cells(answer)[1:4]
    assert [(row[0], row[1]) for row in found] == [
        ("张老板", "负责人"),
        ("小李", "店员"),
        ("小王", "店员"),
    ]
    assert found[0][2] == "138****0001"
    assert str(found[2][5]).startswith("已邀请，")
    assert cells(answer)[4][0] is None
    entry = AuditEntry.objects.get(event="list_exported")
    assert (entry.about, entry.count, entry.operator_id) == ("clerks", 3, operator.pk)


def test_a_clerk_takes_out_nothing() -> None:
    clerk = build.make_person()
    build.give_role(clerk, Role.CLERK, operator=build.make_operator())

    assert client_of(clerk).get("/my/clerks/export/").status_code == 403
    assert not AuditEntry.objects.filter(event="list_exported").exists()


def test_a_bureau_takes_out_its_roster_imports(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    build.make_township()
    officer = build.make_person(name="监管员")
    build.give_role(officer, Role.COUNTY_OFFICER, division=build.make_county())
    preview(actor_for(officer), line(), line(code=None))
    neighbour = build.make_person()
    elsewhere = build.make_county(code="370103", name="市中区")
    build.give_role(neighbour, Role.COUNTY_OFFICER, division=elsewhere)
    client = client_of(officer)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/bureau/roster/export/")

    heads, row = cells(answer)[:2]
    said = dict(zip(heads, row, strict=True))
    assert (said["文件"], said["状态"], said["新增"], said["有错误"]) == (
        "名录.xlsx",
        "待确认",
        1,
        1,
    )
    assert len(queries) <= BUDGET
    assert cells(client_of(neighbour).get("/bureau/roster/export/"))[1][0] is None


def test_the_audit_names_whom_and_what_it_is_about() -> None:
    operator = build.make_operator(name="老张粮油店")
    person = build.make_person(name="王审计")
    build.give_role(person, Role.AUDIT_ADMIN)
    for facts in (
        {"event": "operator_activated", "operator_id": operator.pk},
        {"event": "list_exported", "about": "dashboard"},
        {"event": "list_exported", "about": "accounts"},
        {"event": "account_opened", "about": "Person", "about_id": person.pk},
        {"event": "month_frozen", "about": "MonthFreeze", "details": {"month": "2026-10-01"}},
        {"event": "demonstration_step_done", "about": "systems"},
    ):
        AuditEntry.objects.create(at=clock.now(), channel="form", **facts)
    client = client_of(person)

    with CaptureQueriesContext(connection) as queries:
        rows = client.get("/admin/audit/").context["rows"]

    assert {row.subject for row in rows} >= {
        "老张粮油店",
        "指标表格",
        "账号",
        "账号 王审计",
        "当月数字 2026-10-01",
        "—",
    }
    assert len(queries) <= BUDGET


def test_the_accounts_say_which_shop() -> None:
    owner_of(build.make_operator(name="老张粮油店"))
    admin = build.make_person(name="安全员")
    build.give_role(admin, Role.SECURITY_ADMIN)
    client = client_of(admin)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/admin/accounts/")

    assert "经营主体负责人，老张粮油店" in answer.content.decode()
    assert len(queries) <= BUDGET
    assert "经营主体负责人，老张粮油店" in {
        row[2] for row in cells(client.get("/admin/accounts/export/"))[1:3]
    }
