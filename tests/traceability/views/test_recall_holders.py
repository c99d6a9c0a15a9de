"""Officers read of each holder within sight where its goods are, and how many lie beyond."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.models import Division
from enterprises.roles import Role
from tests.builders.chains import Chain, lixia, make_chain
from tests.builders.enterprises import AT, give_role, make_person, make_province
from tests.builders.recalls import answer, line, make_recall
from traceability.models import Recall

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def officer(division: Division, role: Role) -> Client:
    client, person = Client(), make_person()
    give_role(person, role, division=division)
    client.force_login(person)
    return client


def county() -> Client:
    return officer(lixia(), Role.COUNTY_OFFICER)


def province() -> Client:
    return officer(make_province(), Role.PROVINCE_OFFICER)


def read(client: Client, name: str, recall: Recall) -> str:
    response = client.get(reverse(f"traceability:{name}", args=[recall.pk]))
    assert response.status_code == 200
    return response.content.decode()


def answered() -> tuple[Chain, Recall]:
    """The canteen has sealed 2 of its 6, sold 3 and cannot find one; nobody else has answered."""
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.canteen, recall, lines=(line(chain.in_canteen, left=2, sold=3),))
    return chain, recall


@pytest.mark.parametrize("name", ["recall_holders", "recall_report"])
def test_each_holder_stands_with_its_quantities(name: str) -> None:
    _, recall = answered()

    text = read(county(), name, recall)

    assert "历下食堂" in text
    assert "封存 2，已售未追回 3，对不上 1" in text
    assert "没有回复 50" in text


@pytest.mark.parametrize("name", ["recall_holders", "recall_report"])
def test_those_out_of_sight_are_counted_and_not_named(name: str) -> None:
    _, recall = answered()

    seen_by_county, seen_by_province = read(county(), name, recall), read(province(), name, recall)

    assert "另有 3 家在辖区以外" in seen_by_county
    assert "青岛小店" not in seen_by_county
    assert "在辖区以外" not in seen_by_province


def test_the_workbook_gives_every_holder_its_quantities() -> None:
    _, recall = answered()

    response = county().get(reverse("traceability:recall_export", args=[recall.pk]))

    book = load_workbook(BytesIO(response.content))
    rows = {row[2]: row[10:] for row in book["主体名单"].values}
    assert rows["主体"][:3] == ("单位", "应说明数量", "封存未售")
    assert rows["历下食堂"] == ("袋", 6, 2, 0, 3, 0, 1, 0)
    assert rows["历下批发"] == ("袋", 50, 0, 0, 0, 0, 0, 50)
    assert ("概况", "其中辖区以外（不列名单）", 3) in {row[:3] for row in book["概况"].values}


def test_many_holders_cost_no_more_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceability.views.recalls.PRINTED", 1)
    _, recall = answered()
    client = province()
    read(client, "recall_holders", recall)

    with CaptureQueriesContext(connection) as listed:
        read(client, "recall_holders", recall)
    with CaptureQueriesContext(connection) as printed:
        text = read(client, "recall_report", recall)

    assert (len(listed) <= 15, len(printed) <= 22) == (True, True)
    assert "只列前 1 家，另有 4 家" in text
