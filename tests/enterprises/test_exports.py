"""Lists that leave as a sheet: at once when short, by a job when long, to nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises import tasks
from enterprises.jobs import Run
from enterprises.models import AuditEntry, Job, Membership, Operator, Person
from enterprises.operations import exports, jobs
from enterprises.roles import Role
from shilian import clock
from shilian.web.exports import write_xlsx
from tests.builders import enterprises as build

pytestmark = pytest.mark.django_db
EXPORT = "/bureau/operators/export/"
LONG = 3
BUDGET = 14


@pytest.fixture(autouse=True)
def _short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprises.views.exports.AT_ONCE", LONG - 1)
    monkeypatch.setattr("supervision.extracts.CHUNK", 2)


def officer(role: Role = Role.COUNTY_OFFICER, **where: Any) -> tuple[Client, Person]:
    person = build.make_person(name="监管员")
    build.give_role(person, role, **(where or {"division": build.make_county()}))
    client = Client()
    client.force_login(person)
    return client, person


def shops(count: int = LONG) -> list[Operator]:
    return [build.make_operator(name=f"店{number:02}") for number in range(count)]


def asked(client: Client, address: str = EXPORT) -> str:
    """The page of the job that the export was given to."""
    answer = client.get(address)
    assert answer.status_code == 302, answer.content.decode()[:500]
    return str(answer["Location"])


def finished(client: Client, address: str = EXPORT) -> tuple[str, Job]:
    page = asked(client, address)
    return page, jobs.run_to_end(Job.objects.latest("id").pk)


def cells(answer: Any) -> list[tuple[Any, ...]]:
    body = answer.getvalue() if answer.streaming else answer.content
    return list(load_workbook(BytesIO(body)).active.iter_rows(values_only=True))


def test_a_short_list_is_downloaded_at_once() -> None:
    shops(LONG - 1)

    answer = officer()[0].get(EXPORT)

    assert [row[0] for row in cells(answer)[1:3]] == ["店00", "店01"]
    assert not Job.objects.exists()


def test_a_long_list_is_made_by_a_job_and_fetched_from_its_page() -> None:
    names = [shop.name for shop in shops(LONG + 4)]
    client, person = officer()

    page, job = finished(client)
    shown = client.get(page).content.decode()
    rows = cells(client.get(f"{page}file/"))

    entry = AuditEntry.objects.get(event="list_exported")
    assert (job.state, job.message) == ("done", "已生成，共 7 行。")
    assert "下载表格" in shown
    assert [row[0] for row in rows[1:8]] == names
    assert "由 监管员 于" in rows[9][0]
    assert str(job.pk) in rows[9][0]
    assert (entry.about, entry.about_id, entry.count) == ("operators", job.pk, 7)
    assert entry.person_id == person.pk
    assert AuditEntry.objects.filter(event="export_fetched", about_id=job.pk).exists()


def test_the_filters_go_with_the_job() -> None:
    shops()
    build.make_operator(name="食堂", sector="catering")
    client, _ = officer()

    page, job = finished(client, f"{EXPORT}?sector=circulation")

    assert job.result["rows"] == LONG
    assert client.get(page).context["back_url"] == "/bureau/operators/?sector=circulation"


def test_two_presses_are_one_job() -> None:
    shops()
    client, _ = officer()

    assert asked(client) == asked(client)
    assert asked(client, f"{EXPORT}?sector=circulation") != asked(client)
    assert Job.objects.count() == 2


def test_phones_stay_masked_for_those_who_may_not_see_them() -> None:
    for shop in shops():
        Operator.objects.filter(pk=shop.pk).update(contact_phone="13812345678")
    office, _ = officer(Role.FOOD_SAFETY_OFFICE, division=build.make_county())

    page, _ = finished(office)

    assert {row[10] for row in cells(office.get(f"{page}file/"))[1:4]} == {"138****5678"}


def test_nobody_else_sees_the_job_or_its_file() -> None:
    shops()
    client, _ = officer()
    page, _ = finished(client)
    others = [officer()[0], officer(Role.TASK_FORCE, division=build.make_province())[0]]

    for other in others:
        assert other.get(page).status_code == 404
        assert other.get(f"{page}file/").status_code == 404
        assert other.post(f"{page}cancel/").status_code == 404


def test_a_person_who_changed_office_does_not_get_the_former_ones_list() -> None:
    shops()
    client, person = officer()
    page, _ = finished(client)
    Membership.objects.filter(person=person).update(ended_at=clock.now())
    elsewhere = build.make_county(code="370103", name="市中区")
    build.give_role(person, Role.COUNTY_OFFICER, division=elsewhere)

    assert client.get(page).status_code == 404
    assert client.get(f"{page}file/").status_code == 404


def test_the_job_reads_with_the_rights_held_when_it_runs() -> None:
    shops()
    client, person = officer()
    asked(client)
    Membership.objects.filter(person=person).update(ended_at=clock.now())

    job = jobs.run_to_end(Job.objects.get().pk)

    assert (job.state, job.message) == ("failed", jobs.NO_LONGER_ALLOWED)
    assert not list((settings.FILES_DIR / exports.FOLDER).glob(f"{job.pk}-*"))
    assert not AuditEntry.objects.filter(event="list_exported").exists()


def test_a_list_too_long_for_one_sheet_says_how_to_narrow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("enterprises.export_jobs.ROW_LIMIT", LONG - 1)
    shops()
    client, _ = officer()

    page, job = finished(client)

    assert job.state == "failed"
    assert job.message == "一次最多导出 2 行，请缩小范围（例如按月份或县区）后再导出。"
    assert job.message in client.get(page).content.decode()
    assert client.get(f"{page}file/").status_code == 302


def test_a_poisoned_export_is_parked_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    shops()
    client, _ = officer()
    page = asked(client)
    monkeypatch.setattr("supervision.queries.operators.rows_of", fail)

    job = jobs.run_to_end(Job.objects.get().pk)

    assert (job.state, job.attempts) == ("parked", 3)
    assert jobs.PARKED_MESSAGE in client.get(page).content.decode()
    assert not list((settings.FILES_DIR / exports.FOLDER).glob(f"{job.pk}-*"))


def test_rows_of_a_sheet_that_is_begun_anew_forgive_no_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("enterprises.export_jobs.TOLD_EVERY", 1)
    monkeypatch.setattr(exports, "finish_export", break_down)
    shops()
    asked(officer()[0])

    job = jobs.run_to_end(Job.objects.get().pk)

    assert (job.state, job.attempts, job.done_count) == ("parked", 3, 0)


def test_what_a_killed_worker_leaves_lies_where_it_is_cleared(tmp_path: Path) -> None:
    drafts: list[list[str]] = []

    def rows() -> Iterator[list[str]]:
        yield ["第一行"]
        drafts.append([path.name for path in tmp_path.iterdir()])

    write_xlsx(BytesIO(), "名单", ["名称"], rows(), "水印", drafts_in=tmp_path)

    assert len(drafts[0]) == 1
    assert not list(tmp_path.iterdir())


def test_an_export_keeps_its_drafts_beside_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = settings.FILES_DIR / exports.FOLDER
    seen: list[int] = []

    def look(run: Run, rows: Iterable[Any]) -> Iterator[Any]:
        yield from rows
        seen.append(len(list(folder.iterdir())))

    shops()
    asked(officer()[0])
    monkeypatch.setattr("enterprises.export_jobs._told", look)
    before = len(list(folder.iterdir())) if folder.exists() else 0

    jobs.run_to_end(Job.objects.get().pk)

    # The file itself, and the rows that are not in it yet.
    assert seen == [before + 2]


def test_a_worker_that_lost_the_job_offers_and_audits_nothing() -> None:
    shops()
    asked(officer()[0])
    run = jobs.claim(Job.objects.get().pk, at=clock.now())
    Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    jobs.run_slice(run.job_id, at=clock.now())

    with pytest.raises(jobs.LeaseLost):
        jobs.find_handler(exports.KIND).run(run)

    assert len(list((settings.FILES_DIR / exports.FOLDER).glob(f"{run.job_id}-*"))) == 1
    assert AuditEntry.objects.filter(event="list_exported").count() == 1


def test_a_job_that_is_rung_after_its_file_was_offered_makes_no_second_one() -> None:
    shops()
    asked(officer()[0])
    run = jobs.claim(Job.objects.get().pk, at=clock.now())
    handler = jobs.find_handler(exports.KIND).run
    handler(run)

    handler(run)

    assert AuditEntry.objects.filter(event="list_exported").count() == 1


def test_a_waiting_export_can_be_cancelled_by_its_person() -> None:
    shops()
    client, _ = officer()
    page = asked(client)

    assert "取消" in client.get(page).content.decode()
    assert client.post(f"{page}cancel/")["Location"] == "/bureau/operators/"
    assert Job.objects.get().state == "cancelled"
    assert "已由提交人取消" in client.get(page).content.decode()


def test_a_file_is_kept_three_days_and_then_cleared() -> None:
    shops()
    client, _ = officer()
    page, job = finished(client)
    path = settings.FILES_DIR / job.result["file"]

    tasks.clear_exports()
    kept = path.exists()
    with time_machine.travel(clock.now() + timedelta(days=3, minutes=1)):
        tasks.clear_exports()

    assert kept
    assert not path.exists()
    assert "已过保存期" in client.get(page).content.decode()


def test_a_file_is_not_given_out_after_its_time_even_if_it_still_lies_there() -> None:
    shops()
    client, _ = officer()
    page, _ = finished(client)
    Job.objects.update(finished_at=clock.now() - timedelta(days=3))

    assert client.get(f"{page}file/")["Location"] == page
    assert not AuditEntry.objects.filter(event="export_fetched").exists()


def test_the_page_of_a_job_costs_a_fixed_number_of_queries() -> None:
    shops()
    client, _ = officer()
    page = asked(client)

    with CaptureQueriesContext(connection) as queries:
        client.get(page, headers={"HX-Request": "true"})

    assert len(queries) <= BUDGET


def test_asking_for_a_long_list_costs_a_fixed_number_of_queries() -> None:
    shops(12)
    client, _ = officer()

    with CaptureQueriesContext(connection) as queries:
        client.get(EXPORT)

    assert len(queries) <= 30


@pytest.mark.parametrize(
    ("role", "address", "heading"),
    [
        (Role.SECURITY_ADMIN, "/admin/accounts/export/", "登录名"),
        (Role.SECURITY_ADMIN, "/bureau/invitations/export/", "邀请人"),
        (Role.AUDIT_ADMIN, "/admin/audit/export/", "事件"),
    ],
)
def test_administrators_export_their_lists(role: Role, address: str, heading: str) -> None:
    person = build.make_person()
    Membership.objects.create(person=person, role=role, granted_at=clock.now())
    client = Client()
    client.force_login(person)

    answer = client.get(address)

    assert heading in cells(answer)[0]
    assert AuditEntry.objects.filter(event="list_exported", person_id=person.pk).exists()


def test_the_audit_of_one_day_is_that_day_in_shanghai() -> None:
    client, _ = officer(Role.AUDIT_ADMIN, division=build.make_county())
    for hour in (15, 16):
        AuditEntry.objects.create(
            at=clock.now().replace(2026, 10, 4, hour, 0), event="signed_in", channel="form"
        )

    answer = client.get("/admin/audit/?day=2026-10-05")

    assert [row.entry.at.hour for row in answer.context["rows"]] == [16]
