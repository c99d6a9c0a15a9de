"""Before a recall begins the page names as many as are told once it has begun."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.roles import Role
from tests.builders.chains import make_chain
from tests.builders.enterprises import AT, give_role, make_person, make_province
from traceability.models import Recall

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.parametrize("is_drill", [False, True])
def test_the_page_and_its_question_name_everyone_who_is_told(is_drill: bool) -> None:
    chain, client, person = make_chain(), Client(), make_person()
    give_role(person, Role.PROVINCE_OFFICER, division=make_province())
    client.force_login(person)
    address = reverse("traceability:recall_new")

    with CaptureQueriesContext(connection) as queries:
        text = client.get(f"{address}?batch={chain.start.pk}").content.decode()
    sent = {"batch": chain.start.pk, "level": "second", "cause": "complaint", "start": "yes"}
    sent |= {"reason": "菌落总数超标"} | ({"is_drill": "on"} if is_drill else {})
    done = client.post(address, sent, follow=True).content.decode()

    assert Recall.objects.get().holder_count == 5
    assert "5 家：持有者 4 家，还没有收货的买方 1 家" in text
    assert "启动以后，5 家马上收到通知" in text
    assert "已启动，通知了5家" in done
    assert len(queries) <= 25
