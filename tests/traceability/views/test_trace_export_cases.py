"""The long workbook of a trace that a case opened: fetched while the case is open, not after."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from enterprises.models import AuditEntry, Job
from enterprises.operations import jobs
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.chains import lixia, make_chain, make_open_case
from traceability.models import Batch, TraceCase
from traceability.operations import cases

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _every_export_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprises.views.exports.AT_ONCE", 0)


def officer() -> Client:
    person = build.make_person(name="监管员")
    build.give_role(person, Role.COUNTY_OFFICER, division=lixia())
    client = Client()
    client.force_login(person)
    return client


def exported(client: Client, start: Batch, query: str = "") -> str:
    """The address of the finished file."""
    page = client.get(f"/bureau/trace/{start.pk}/export/{query}")["Location"]
    jobs.run_to_end(Job.objects.latest("id").pk)
    return f"{page}file/"


def fetch(client: Client, file: str) -> int:
    """What the server says to it, read to its end."""
    answer = client.get(file)
    answer.getvalue()
    return answer.status_code


def close(case: TraceCase) -> None:
    by = build.officer_of(lixia())
    cases.close_case(by=by, case_id=case.pk, note="已处置", at=build.AT)


def test_it_is_fetched_while_the_case_is_open() -> None:
    chain, client = make_chain(), officer()
    case = make_open_case(chain.start)

    file = exported(client, chain.start, f"?case={case.pk}")

    assert fetch(client, file) == 200
    assert Job.objects.latest("id").result["opened_by"] == case.pk


def test_it_is_not_fetched_once_the_case_is_closed() -> None:
    chain, client = make_chain(), officer()
    case = make_open_case(chain.start)
    file = exported(client, chain.start, f"?case={case.pk}")

    close(case)

    assert fetch(client, file) == 404
    assert fetch(client, file.removesuffix("file/")) == 404
    assert not AuditEntry.objects.filter(event="export_fetched").exists()


def test_it_is_not_fetched_once_the_case_has_expired() -> None:
    chain, client = make_chain(), officer()
    case = make_open_case(chain.start)
    file = exported(client, chain.start, f"?case={case.pk}")

    TraceCase.objects.filter(pk=case.pk).update(expires_at=build.AT + timedelta(seconds=1))
    with time_machine.travel(build.AT + timedelta(seconds=1), tick=False):
        assert fetch(client, file) == 404


def test_what_is_ones_own_is_fetched_also_under_a_case_that_had_ended_before() -> None:
    chain, client = make_chain(), officer()
    case = make_open_case(chain.start)
    close(case)

    file = exported(client, chain.start, f"?case={case.pk}")

    assert Job.objects.latest("id").result["opened_by"] is None
    assert fetch(client, file) == 200
