"""A roster that is stopped: what was written stays and is said, the rest is not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from enterprises.actor import Actor, OutOfScope, actor_for
from enterprises.jobs import LeaseLost, Run
from enterprises.models import AuditEntry, ImportSession, Job, Operator, Person
from enterprises.operations import jobs, roster
from enterprises.queries import imports
from enterprises.roles import Role
from shilian import clock
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    give_role,
    make_county,
    make_person,
    make_township,
)
from tests.builders.rosters import line, preview, sheet, write

pytestmark = pytest.mark.django_db
State = ImportSession.State


@pytest.fixture
def by() -> Actor:
    make_township()
    person = make_person()
    give_role(person, Role.COUNTY_OFFICER, division=make_county())
    return actor_for(person, channel="sheet")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def lines(count: int) -> list[list[Any]]:
    return [line(code=credit_code(n), station=None) for n in range(1, count + 1)]


def begun(by: Actor, session: ImportSession) -> Run:
    """The writing of the session in the hands of a worker."""
    run = jobs.claim(roster.commit_roster(by=by, session=session, at=AT).pk, at=clock.now())
    assert run is not None
    return run


def write_chunk(by: Actor, session: ImportSession, run: Run, size: int) -> None:
    with transaction.atomic():
        rows = imports.rows_to_write(by, session, size)
        roster.write_rows(by=by, session=session, rows=rows, at=AT)
        run.progress(run.done_count + len(rows))


def test_what_was_written_by_then_stays_and_is_said(by: Actor) -> None:
    session = preview(by, *lines(3))
    run = begun(by, session)
    write_chunk(by, session, run, 1)

    roster.cancel_roster(by=by, session=session, at=AT)
    with pytest.raises(LeaseLost):
        write_chunk(by, session, run, 1)

    session.refresh_from_db()
    assert (session.state, Job.objects.get(pk=run.job_id).state) == ("cancelled", "cancelled")
    assert session.summary == {"new": 2, "written": 1, "warned": 0}
    assert "取消前写入的 1 户保留在名册里" in session.message
    assert Operator.objects.count() == 1
    assert AuditEntry.objects.get(event="roster_cancelled").details == {"written": 1}


def test_the_same_file_sent_again_writes_the_rest(by: Actor) -> None:
    session = preview(by, *lines(3))
    write_chunk(by, session, begun(by, session), 1)
    roster.cancel_roster(by=by, session=session, at=AT)

    again = write(by, preview(by, *lines(3)))

    assert again.summary == {"new": 2, "same": 1, "warned": 0}
    assert Operator.objects.count() == 3


def test_a_file_that_is_being_read_is_put_aside(by: Actor) -> None:
    session = roster.upload_roster(by=by, file_name="a.xlsx", content=[sheet(line())], at=AT)

    roster.cancel_roster(by=by, session=session, at=AT)
    jobs.run_to_end(session.job_id or 0)
    roster.finish_reading(session=session)

    session.refresh_from_db()
    assert (session.state, session.message) == (State.CANCELLED, "已放弃，没有写入任何内容。")
    assert not session.rows.exists()


def test_what_is_written_to_its_last_row_is_not_called_cancelled(by: Actor) -> None:
    session = preview(by, line())
    write_chunk(by, session, begun(by, session), 1)

    with pytest.raises(Rejected) as refused:
        roster.cancel_roster(by=by, session=session, at=AT)

    session.refresh_from_db()
    assert refused.value.codes == ["import_over"]
    assert session.state == State.WRITING
    assert not AuditEntry.objects.filter(event="roster_cancelled").exists()


def test_a_colleague_does_not_stop_anothers_work(by: Actor) -> None:
    session = preview(by, line())
    run = begun(by, session)

    with pytest.raises(OutOfScope):
        roster.cancel_roster(by=replace(by, person_id=6), session=session, at=AT)

    assert Job.objects.get(pk=run.job_id).state == "running"


def test_what_is_stuck_can_be_put_aside(by: Actor) -> None:
    session = preview(by, line())
    run = begun(by, session)
    Job.objects.filter(pk=run.job_id).update(state="parked", lease_token=None, lease_until=None)

    roster.cancel_roster(by=by, session=session, at=AT)

    session.refresh_from_db()
    assert session.state == State.CANCELLED


def test_the_page_offers_it_while_it_works(by: Actor) -> None:
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    session = preview(by, *lines(2))
    write_chunk(by, session, begun(by, session), 1)
    address = f"/bureau/roster/{session.pk}/"

    offered = client.get(address).content.decode()
    client.post(f"{address}cancel/")
    after = client.get(f"{address}?rows=written")

    assert f"{address}cancel/" in offered
    assert "已经写入的会保留" in offered
    assert "取消前写入的 1 户保留在名册里" in after.content.decode()
    assert next((tab.key, tab.count) for tab in after.context["tabs"]) == ("written", 1)
    assert len(after.context["rows"]) == 1
