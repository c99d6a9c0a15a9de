"""Trace cases on their pages: asked for, decided by somebody else, extended, closed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from enterprises.models import Division
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.chains import lixia, make_chain
from traceability.models import Batch, TraceCase

pytestmark = pytest.mark.django_db
REQUESTED, APPROVED = TraceCase.State.REQUESTED, TraceCase.State.APPROVED


def officer(division: Division | None = None, role: Role = Role.COUNTY_OFFICER) -> Client:
    person = build.make_person(name="监管员")
    build.give_role(person, role, division=division or lixia())
    client = Client()
    client.force_login(person)
    return client


def province() -> Client:
    return officer(build.make_province(), Role.PROVINCE_OFFICER)


def request_case(client: Client, batch: Batch, **told: Any) -> Any:
    sent = {
        "batch": batch.pk,
        "kind": "failed_sample",
        "reason": "样品一不合格",
        "asked_path": "/370000/",
        "days": "30",
    }
    return client.post("/bureau/trace/cases/new/", sent | told)


def page(case: TraceCase, act: str = "") -> str:
    return f"/bureau/trace/cases/{case.pk}/{act}"


def test_a_request_waits_for_its_decision() -> None:
    client = officer()

    answer = request_case(client, make_chain().start)

    case = TraceCase.objects.get()
    assert answer["Location"] == page(case)
    assert case.state == REQUESTED
    assert "待批准" in client.get(page(case)).content.decode()


@pytest.mark.parametrize(
    ("told", "field"),
    [({"kind": ""}, "kind"), ({"reason": ""}, "reason"), ({"days": "91"}, "days")],
)
def test_a_bad_request_is_shown_again_at_its_field(told: dict[str, str], field: str) -> None:
    answer = request_case(officer(), make_chain().start, **told)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not TraceCase.objects.exists()


def test_a_batch_out_of_sight_starts_no_case() -> None:
    answer = request_case(officer(), make_chain().in_shop)

    assert answer["Location"] == "/bureau/trace/"
    assert not TraceCase.objects.exists()


def test_the_province_approves_and_the_chain_opens() -> None:
    county, chain = officer(), make_chain()
    request_case(county, chain.start)
    case = TraceCase.objects.get()

    province().post(page(case, "approve/"), {"note": "同意"})

    case.refresh_from_db()
    assert case.state == APPROVED
    text = county.get(f"/bureau/trace/{chain.start.pk}/").content.decode()
    assert "按案件查看" in text
    county.get(f"/bureau/trace/{chain.start.pk}/?case={case.pk}")
    assert len(county.get(page(case)).context["found"].runs) == 2


def test_a_refusal_needs_its_reason() -> None:
    request_case(officer(), make_chain().start)
    case = TraceCase.objects.get()

    answer = province().post(page(case, "refuse/"), {"note": ""})

    case.refresh_from_db()
    assert answer.status_code == 422
    assert case.state == REQUESTED


def test_an_open_case_is_extended_and_closed() -> None:
    county, higher = officer(), province()
    request_case(county, make_chain().start)
    case = TraceCase.objects.get()
    higher.post(page(case, "approve/"), {"note": ""})

    higher.post(page(case, "extend/"), {"days": "60", "reason": "还要查另一个市"})
    county.post(page(case, "close/"), {"note": "已处置"})

    case.refresh_from_db()
    assert case.state == TraceCase.State.CLOSED
    assert case.expires_at is not None
    assert case.decided_at is not None
    assert (case.expires_at - case.decided_at).days >= 59


def test_nobody_decides_the_own_request() -> None:
    client = province()
    request_case(client, make_chain().start)
    case = TraceCase.objects.get()

    answer = client.post(page(case, "approve/"), {"note": "同意"})

    case.refresh_from_db()
    assert answer.status_code == 422
    assert case.state == REQUESTED
    assert "申请人不能批准自己的申请" in answer.content.decode()


def test_the_list_says_how_long_traces_take() -> None:
    client, chain = officer(), make_chain()
    client.get(f"/bureau/trace/{chain.start.pk}/")

    answer = client.get("/bureau/trace/cases/")

    assert answer.context["times"].count == 2
    assert answer.context["times"].median_ms is not None
