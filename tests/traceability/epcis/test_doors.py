"""The EPCIS endpoints: captured, asked for and answered as the standard says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Job
from enterprises.operations import jobs
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.enterprises import make_operator
from tests.traceability.epcis import examples
from tests.traceability.epcis.examples import document, object_event
from tests.traceability.epcis.test_checks import SCHEMA
from traceability.models import EpcisCapture

pytestmark = pytest.mark.django_db
ROOT = "/epcis/v2"
JSON = "application/json"
BUDGET = 22


def signed_in(role: Role = Role.OWNER, **where: Any) -> Client:
    person = build.make_person()
    build.give_role(person, role, **where)
    client = Client()
    client.force_login(person)
    return client


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = headers.pop("content_type", JSON)
    return client.post(ROOT + path, data, content_type=kind, headers=headers)


def finish() -> None:
    for job in Job.objects.filter(kind="epcis_capture"):
        jobs.run_to_end(job.pk)


def captured(client: Client, *events: dict[str, Any]) -> Any:
    answer = post(client, "/capture", document(*events))
    assert answer.status_code == 202, answer.content
    finish()
    return answer


def events_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    assert list(SCHEMA.iter_errors(answer.json())) == []
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"][
        "eventList"
    ]
    return found


def ask(client: Client, **query: Any) -> list[dict[str, Any]]:
    return events_of(client.get(f"{ROOT}/events", query))


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    return object_event(epcList=[f"urn:epc:id:sgtin:6901234.056789.{number}"], **changes)


def test_a_document_becomes_a_job_and_the_job_tells_how_it_ended() -> None:
    client = signed_in(operator=make_operator())

    answer = post(client, "/capture", document(*examples.EVENTS))
    address = answer.headers["Location"].split("://", 1)[1].partition("/")[2]
    before = client.get(f"/{address}").json()
    finish()
    after = client.get(f"/{address}").json()

    assert answer.status_code == 202
    assert answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert answer.headers["GS1-Capture-Error-Behaviour"] == "rollback"
    assert (before["running"], before["success"]) == (True, True)
    assert (after["running"], after["success"], after["errors"]) == (False, True, [])
    assert after["captureID"] == address.rsplit("/", 1)[1]
    assert client.get(f"{ROOT}/capture").json() == [after]


def test_the_same_document_again_is_a_conflict_with_the_first_ones_address() -> None:
    client = signed_in(operator=make_operator())
    first = captured(client, numbered(1))

    again = post(client, "/capture", document(numbered(1)))

    assert again.status_code == 409
    assert again.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert again.headers["Location"] == first.headers["Location"]


def test_a_single_event_is_created_once_and_found_by_its_address() -> None:
    client = signed_in(operator=make_operator())
    event = {"@context": examples.CONTEXT, **examples.commissioning()}

    created = post(client, "/events", event)
    path = "/" + created.headers["Location"].split("://", 1)[1].partition("/")[2]
    again = post(client, "/events", event)
    found = client.get(path)

    assert (created.status_code, again.status_code) == (201, 409)
    assert again.headers["Location"] == created.headers["Location"]
    assert list(SCHEMA.iter_errors(found.json())) == []
    assert found.json()["ilmd"] == event["ilmd"]
    assert found.json()["eventID"].startswith("ni:///sha-256;")


@pytest.mark.parametrize(
    ("body", "headers", "status", "exception"),
    [
        (b"{", {}, 400, "ValidationException"),
        (document(), {"content_type": "text/xml"}, 415, "UnsupportedMediaTypeException"),
        (document(), {"Accept": "text/xml"}, 406, "NotAcceptableException"),
        (document(), {"GS1-Capture-Error-Behaviour": "maybe"}, 400, "QueryParameterException"),
        (document(*[numbered(1)] * 5_001), {}, 413, "CaptureLimitExceededException"),
        (b" " * (5 * 1024 * 1024 + 1), {}, 413, "CaptureLimitExceededException"),
    ],
    ids=["json", "xml", "accept", "behaviour", "events", "bytes"],
)
def test_what_cannot_be_captured_is_refused_in_the_standards_words(
    body: Any, headers: dict[str, str], status: int, exception: str
) -> None:
    client = signed_in(operator=make_operator())

    answer = post(client, "/capture", body, **headers)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"epcisException:{exception}"
    assert not EpcisCapture.objects.exists()


def test_nobody_captures_without_an_operator_of_its_own() -> None:
    county = build.make_county()

    assert post(Client(), "/capture", document()).status_code in (401, 403)
    officer = signed_in(Role.COUNTY_OFFICER, division=county)
    assert post(officer, "/capture", document(numbered(1))).status_code == 403
    assert not EpcisCapture.objects.exists()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, {1, 2, 3}),
        ({"eventType": "AggregationEvent"}, set()),
        ({"EQ_action": "ADD"}, {2}),
        ({"EQ_bizStep": "receiving"}, {3}),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"}, {3}),
        ({"EQ_bizStep": "receiving,shipping", "EQ_action": "OBSERVE"}, {1, 3}),
        ({"EQ_disposition": "in_transit"}, {1, 2, 3}),
        ({"EQ_readPoint": "urn:epc:id:sgln:6901234.00000.0"}, {1, 2, 3}),
        ({"EQ_bizLocation": "https://id.gs1.org/414/6901234000009"}, set()),
        ({"GE_eventTime": "2026-05-05T00:00:00+08:00"}, {3}),
        ({"LT_eventTime": "2026-05-05T00:00:00+08:00"}, {1, 2}),
        ({"GE_recordTime": "2020-01-01T00:00:00Z"}, {1, 2, 3}),
        ({"LT_recordTime": "2020-01-01T00:00:00Z"}, set()),
        ({"MATCH_epc": "https://id.gs1.org/01/06901234567892/21/2"}, {2}),
        ({"MATCH_anyEPC": "urn:epc:id:sgtin:6901234.056789.2|urn:epc:id:sgtin:6901234.056789.3"}, {2, 3}),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:6901234.056789.*"}, {1, 2, 3}),
        ({"MATCH_parentID": "urn:epc:id:sgtin:6901234.056789.2"}, set()),
        ({"EXISTS_errorDeclaration": "true"}, set()),
        ({"EQ_bizTransaction_po": "urn:epcglobal:cbv:bt:6901234000009:77"}, {3}),
        ({"EQ_bizTransaction_inv": "urn:epcglobal:cbv:bt:6901234000009:77"}, set()),
        ({"EQ_source_owning_party": "urn:epc:id:pgln:6901234.00000"}, {3}),
        ({"EXISTS_example:note": "true"}, {2}),
        ({"EQ_example:note": "frisch"}, {2}),
        ({"EQ_example:note": "alt"}, set()),
    ],
    ids=str,
)  # fmt: skip
def test_each_parameter_finds_its_events(query: dict[str, str], numbers: set[int]) -> None:
    client = signed_in(operator=make_operator())
    third = numbered(
        3,
        bizStep="receiving",
        eventTime="2026-05-06T08:00:00+08:00",
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000009:77"}
        ],
        sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/6901234000009"}],
    )
    captured(client, numbered(1), numbered(2, action="ADD", **{"example:note": "frisch"}), third)

    found = ask(client, **query)

    assert {int(event["epcList"][0].rsplit(".", 1)[1]) for event in found} == numbers


@pytest.mark.parametrize(
    ("query", "exception"),
    [
        ({"EQ_nothing": "1"}, "QueryParameterException"),
        ({"GE_eventTime": "gestern"}, "QueryParameterException"),
        ({"eventType": "QuantityEvent"}, "QueryParameterException"),
        ({"MATCH_epc": "https://id.gs1.org/01/06901234567893/21/2"}, "QueryParameterException"),
        ({"nextPageToken": "x"}, "QueryParameterException"),
        ({"perPage": "0"}, "QueryParameterException"),
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be_read_is_refused(query: dict[str, str], exception: str) -> None:
    client = signed_in(operator=make_operator())

    answer = client.get(f"{ROOT}/events", query)

    assert answer.status_code == 400
    assert answer.json()["type"] == f"epcisException:{exception}"


@pytest.mark.parametrize("order", ["recordTime", "eventTime"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_pages_go_on_where_the_last_one_ended(order: str, direction: str) -> None:
    client = signed_in(operator=make_operator())
    captured(client, *[numbered(n, eventTime=f"2026-05-04T08:0{n}:00+08:00") for n in range(1, 8)])
    seen: list[str] = []
    address = f"{ROOT}/events?perPage=3&orderBy={order}&orderDirection={direction}"

    for _ in range(3):
        answer = client.get(address)
        seen += [event["epcList"][0][-1] for event in events_of(answer)]
        link = answer.headers.get("Link", "")
        address = "/" + link[1:].split(">")[0].split("://", 1)[-1].partition("/")[2]

    assert seen == sorted("1234567", reverse=direction == "DESC")
    assert "Link" not in answer.headers


def test_an_operator_sees_its_own_events_and_an_officer_the_jurisdictions() -> None:
    operator = make_operator()
    captured(signed_in(operator=operator), numbered(1))

    assert ask(signed_in(operator=make_operator())) == []
    assert len(ask(signed_in(Role.COUNTY_OFFICER, division=operator.county))) == 1
    neighbour = build.make_county(code="370103", name="市中区")
    assert ask(signed_in(Role.COUNTY_OFFICER, division=neighbour)) == []


def test_a_page_of_events_keeps_its_budget() -> None:
    client = signed_in(operator=make_operator())
    captured(client, *[numbered(n) for n in range(40)])

    with CaptureQueriesContext(connection) as captured_queries:
        ask(client)

    assert len(captured_queries) <= BUDGET


def test_the_collections_name_what_occurs() -> None:
    client = signed_in(operator=make_operator())
    captured(client, *examples.EVENTS)

    def members(name: str) -> list[str]:
        found: list[str] = client.get(f"{ROOT}/{name}").json()["member"]
        return found

    assert "AssociationEvent" in members("eventTypes")
    assert "https://id.gs1.org/00/069012340000000016" in members("epcs")
    assert members("bizLocations") == ["https://id.gs1.org/414/6901234000009"]
    assert "packing" in members("bizSteps")
    assert members("dispositions") == ["active", "in_transit"]
    box = quote("https://id.gs1.org/00/069012340000000016", safe="")
    assert len(events_of(client.get(f"{ROOT}/epcs/{box}/events"))) == 1
    assert len(events_of(client.get(f"{ROOT}/eventTypes/ObjectEvent/events"))) == 2


def test_a_named_query_is_kept_asked_and_forgotten() -> None:
    operator = make_operator()
    client = signed_in(operator=operator)
    captured(client, numbered(1), numbered(2, bizStep="receiving"))

    kept = post(client, "/queries", {"name": "到货", "query": {"EQ_bizStep": ["receiving"]}})
    again = post(client, "/queries", {"name": "到货", "query": {}})
    found = events_of(client.get(f"{ROOT}/queries/到货/events"))

    assert (kept.status_code, again.status_code) == (201, 409)
    assert again.json()["type"] == "epcisException:DuplicateNameException"
    assert [event["bizStep"] for event in found] == ["receiving"]
    assert signed_in(operator=make_operator()).get(f"{ROOT}/queries/到货").status_code == 404
    assert client.delete(f"{ROOT}/queries/到货").status_code == 204
    assert client.get(f"{ROOT}/queries/到货").status_code == 404


def test_a_subscription_is_kept_without_telling_its_token() -> None:
    client = signed_in(operator=make_operator())
    post(client, "/queries", {"name": "all", "query": {}})

    made = post(
        client,
        "/queries/all/subscriptions",
        {"dest": "https://erp.example.com/epcis", "signatureToken": "geheim", "stream": True},
    )
    path = "/" + made.headers["Location"].split("://", 1)[1].partition("/")[2]
    refused = post(client, "/queries/all/subscriptions", {"dest": "http://10.0.0.1/"})

    assert made.status_code == 201
    assert "geheim" not in made.content.decode() + client.get(path).content.decode()
    assert refused.status_code == 400
    assert client.delete(path).status_code == 204


def test_a_person_captures_only_for_the_shop_acted_for() -> None:
    owned, helped = make_operator(), make_operator()
    person = build.make_person()
    build.give_role(person, Role.OWNER, operator=owned)
    build.give_role(person, Role.CLERK, operator=helped)
    client = Client()
    client.force_login(person)

    own = post(client, "/capture", document(numbered(1)), **{"X-Operator": owned.credit_code})
    other = post(client, "/capture", document(numbered(2)), **{"X-Operator": helped.credit_code})

    assert (own.status_code, other.status_code) == (202, 404)
    assert EpcisCapture.objects.get().operator == owned


def test_the_server_says_what_it_can() -> None:
    client = signed_in(operator=make_operator())

    answer = client.options(f"{ROOT}/capture")

    assert answer.status_code == 204
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == "5000"
    assert "POST" in answer.headers["Allow"]
