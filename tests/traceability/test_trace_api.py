"""The trace of a batch by its code, for programs: the same lens as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Operator
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.chains import bare_batch, lixia, make_chain, make_open_case
from traceability.models import Batch, Link, TraceRun
from traceability.rules.codes import public_code

pytestmark = pytest.mark.django_db
BUDGET = 24


def signed_in(role: Role = Role.COUNTY_OFFICER, **where: Any) -> Client:
    person = build.make_person()
    build.give_role(person, role, **(where or {"division": lixia()}))
    client = Client()
    client.force_login(person)
    return client


def owner(operator: Operator) -> Client:
    return signed_in(Role.OWNER, operator=operator)


def ask(client: Client, batch: Batch, **query: str) -> Any:
    code = public_code(batch.pk, batch.token_salt)
    return client.get(f"/api/v1/batches/{code}/trace", query)


def holders(answer: Any) -> list[str]:
    return sorted(batch["holder"] for batch in answer.json()["batches"])


def test_an_officer_is_told_the_own_part_and_a_count() -> None:
    chain = make_chain()

    answer = ask(signed_in(), chain.start)

    assert holders(answer) == ["历下批发", "历下食堂"]
    assert answer.json()["hidden"] == {"1": 1, "2": 1}
    assert answer.json()["batch_count"] == 4
    assert answer.json()["next"] is None


def test_an_open_case_opens_the_chain() -> None:
    chain = make_chain()
    case = make_open_case(chain.start)

    answer = ask(signed_in(), chain.start, case=str(case.pk))

    assert len(answer.json()["batches"]) == 4


def test_an_operator_is_told_its_own_batch_and_papers() -> None:
    chain = make_chain()

    answer = ask(owner(chain.wholesaler), chain.start)

    assert holders(answer) == ["历下批发"]
    assert [paper["partner"] for paper in answer.json()["papers"]] == ["市中批发"]


def test_pages_go_on_where_the_last_one_ended() -> None:
    start = bare_batch(build.make_operator())
    shop = build.make_operator()
    for _ in range(130):
        child = bare_batch(shop)
        Link.objects.create(parent_id=start.pk, child_id=child.pk, kind="transfer", quantity=1)
    client = signed_in()

    first = ask(client, start).json()
    second = ask(client, start, cursor=first["next"]).json()

    codes = [batch["code"] for page in (first, second) for batch in page["batches"]]
    assert len(codes) == len(set(codes)) == 131
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [({"direction": "sideways"}, "direction_unknown"), ({"cursor": "forged"}, "cursor_unknown")],
)
def test_a_bad_question_is_answered_with_its_problem(query: dict[str, str], code: str) -> None:
    chain = make_chain()

    answer = ask(signed_in(), chain.start, **query)

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [problem["code"] for problem in answer.json()["problems"]] == [code]
    assert not TraceRun.objects.exists()


@pytest.mark.parametrize("code", ["forged", "AAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_code_that_is_none_is_not_found(code: str) -> None:
    answer = signed_in().get(f"/api/v1/batches/{code}/trace")

    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_a_stranger_is_asked_to_sign_in() -> None:
    chain = make_chain()

    assert ask(Client(), chain.start).status_code == 401


def test_the_schema_describes_the_trace() -> None:
    answer = signed_in().get("/api/v1/schema/")

    assert "/api/v1/batches/{code}/trace" in answer.json()["paths"]


def test_the_queries_are_few() -> None:
    chain, client = make_chain(), signed_in()

    with CaptureQueriesContext(connection) as queries:
        ask(client, chain.start)

    assert len(queries) <= BUDGET
