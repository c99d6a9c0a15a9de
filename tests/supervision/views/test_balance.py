"""An operator's balance before an officer, and the trace that a look leaves."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.builders.traceability import make_purchase
from tests.supervision.views.bureau import county_client, shop, signed_in

pytestmark = pytest.mark.django_db
# The page's own, and one INSERT that notes the look with its savepoint.
BUDGET = 14


def address_of(operator) -> str:
    return f"/bureau/operators/{operator.pk}/balance/"


def test_the_balance_is_shown_and_the_owner_can_see_who_looked() -> None:
    operator = shop()
    purchase = make_purchase(operator)
    query = f"?since={purchase.purchased_on}&until={clock.today()}"

    answer = county_client().get(address_of(operator) + query)

    [line] = answer.context["lines"]
    assert line.balance.came == 10
    entry = AuditEntry.objects.get(event="records_seen")
    assert (entry.operator_id, entry.details["kind"]) == (operator.pk, "balance")


def test_it_leaves_as_a_sheet() -> None:
    operator = shop()
    purchase = make_purchase(operator)
    query = f"?since={purchase.purchased_on}&until={clock.today()}&kind=batch"

    sheet = county_client().get(f"{address_of(operator)}export/{query}").content
    rows = list(load_workbook(BytesIO(sheet)).active.iter_rows(values_only=True))

    assert rows[0][:4] == ("名称", "规格", "生产者", "生产批号")
    assert rows[1][6] == 10
    assert AuditEntry.objects.filter(event="list_exported", about="operator_balance").exists()


def test_it_costs_a_fixed_number_of_queries() -> None:
    operator = shop()
    for _ in range(3):
        make_purchase(operator)
    client = county_client()

    with CaptureQueriesContext(connection) as queries:
        client.get(address_of(operator))

    assert len(queries) <= BUDGET


@pytest.mark.parametrize("path", ["", "export/"])
def test_the_food_safety_office_and_strangers_see_nothing(path: str) -> None:
    operator = shop()
    office = signed_in(Role.FOOD_SAFETY_OFFICE, division=build.make_county())

    assert office.get(address_of(operator) + path).status_code == 403
    assert Client().get(address_of(operator) + path).status_code == 302
    assert not AuditEntry.objects.filter(event="records_seen").exists()
