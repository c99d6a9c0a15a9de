"""An operator's records and papers before an officer, and the trace that a look leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Operator
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders import traceability as goods
from tests.builders.numbers import make_purchase, make_sale
from tests.builders.traceability import batch_of
from tests.supervision.views.bureau import buys_on, county_client, shop, signed_in
from traceability.models import EvidenceDocument, Purchase
from traceability.operations import movements
from traceability.rules.movements import MovementDraft

pytestmark = pytest.mark.django_db
# The page's own, and one INSERT that notes the look with its savepoint.
BUDGET = 16


def test_shows_records_with_what_they_lack() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5), missing=["shelf_life", "voucher"])

    answer = county_client().get(f"/bureau/operators/{operator.pk}/records/")

    assert [row.missing for row in answer.context["rows"]] == [["保质期", "相关凭证"]]
    assert "缺 2 项" in answer.content.decode()


def test_shows_each_kind_on_its_own_tab() -> None:
    operator = shop()
    make_sale(operator, on=date(2026, 10, 5))

    client = county_client()

    address = f"/bureau/operators/{operator.pk}/records/"
    assert len(client.get(f"{address}?kind=sale").context["rows"]) == 1
    assert len(client.get(f"{address}?kind=purchase").context["rows"]) == 0


def test_shows_what_was_lost_destroyed_or_sent_back_and_notes_the_look() -> None:
    operator = shop()
    batch = batch_of(goods.make_purchase(operator))
    drafts = [
        MovementDraft(kind, batch.pk, Decimal(1), goods.TODAY, cause)
        for kind, cause in (("loss", "受潮"), ("return", "包装破损"))
    ]
    movements.record_movements(
        by=build.owner_of(operator), operator=operator, drafts=drafts, at=build.AT
    )
    client, address = county_client(), f"/bureau/operators/{operator.pk}/records/?kind=movement"

    rows = client.get(address).context["rows"]

    supplier = Purchase.objects.get(operator=operator).supplier_name
    assert [row.partner for row in rows] == [f"退货给{supplier}：包装破损", "损耗：受潮"]
    assert [row.missing for row in rows] == [[], []]
    assert len(client.get(f"{address}&search=受潮").context["rows"]) == 1
    assert AuditEntry.objects.filter(event="records_seen")[0].details == {"kind": "movement"}
    sheet = load_workbook(
        BytesIO(client.get(address.replace("?", "export/?")).content), read_only=True
    ).active
    assert "损耗：受潮" in {cell for row in sheet.iter_rows(values_only=True) for cell in row}


def test_narrows_to_a_month_and_to_what_is_incomplete() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5), missing=["voucher"])
    make_purchase(operator, on=date(2026, 9, 5))
    client, address = county_client(), f"/bureau/operators/{operator.pk}/records/"

    assert len(client.get(f"{address}?month=2026-09").context["rows"]) == 1
    assert len(client.get(f"{address}?complete=no").context["rows"]) == 1
    assert len(client.get(address).context["rows"]) == 2


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "近日"])
def test_a_month_that_cannot_be_leaves_the_list_whole(month: str) -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5))

    answer = county_client().get(f"/bureau/operators/{operator.pk}/records/?month={month}")

    assert (answer.status_code, len(answer.context["rows"])) == (200, 1)


def test_a_look_is_written_down_where_the_operator_can_read_it() -> None:
    operator = shop()
    client = county_client()

    client.get(f"/bureau/operators/{operator.pk}/records/")

    entry = AuditEntry.objects.get(event="records_seen")
    assert (entry.operator_id, entry.details) == (operator.pk, {"kind": "purchase"})
    shown = client.get(f"/bureau/operators/{operator.pk}/").context["looks"]
    assert [look.event for look in shown] == ["查看记录"]


def test_the_operator_reads_who_looked_and_nobody_elses_looks() -> None:
    operator, other = shop(), shop()
    county_client().get(f"/bureau/operators/{operator.pk}/records/")

    assert "监管员" in _owner_client(operator).get("/my/looks/").content.decode()
    assert "监管员" not in _owner_client(other).get("/my/looks/").content.decode()


def _owner_client(operator: Operator) -> Client:
    person = build.make_person(name="店主")
    build.give_role(person, Role.OWNER, operator=operator)
    client = Client()
    client.force_login(person)
    return client


def test_the_food_safety_office_reads_figures_but_no_records() -> None:
    operator = shop()
    office = signed_in(Role.FOOD_SAFETY_OFFICE, division=build.make_county())

    assert office.get(f"/bureau/operators/{operator.pk}/").status_code == 200
    assert office.get(f"/bureau/operators/{operator.pk}/records/").status_code == 403
    assert office.get(f"/bureau/operators/{operator.pk}/papers/").status_code == 403
    assert not AuditEntry.objects.filter(event="records_seen").exists()


def test_papers_say_when_they_lapsed() -> None:
    operator = shop()
    EvidenceDocument.objects.create(
        operator=operator,
        kind=EvidenceDocument.Kind.LICENCE,
        valid_until=date(2026, 11, 9),
        sha256="0" * 64,
        file_path="x",
        media_type="image/jpeg",
        byte_count=1,
        uploaded_at=build.AT,
    )

    answer = county_client().get(f"/bureau/operators/{operator.pk}/papers/")

    assert [paper.is_lapsed for paper in answer.context["papers"]] == [True]


def test_costs_a_fixed_number_of_queries() -> None:
    operator = shop()
    buys_on(operator, *range(1, 20))
    client = county_client()

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/bureau/operators/{operator.pk}/records/")

    assert len(queries) <= BUDGET


def test_exports_what_is_filtered_and_tells_the_owner() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5), missing=["voucher"])
    make_purchase(operator, on=date(2026, 9, 5))
    address = f"/bureau/operators/{operator.pk}/records/export/?month=2026-10"

    answer = county_client().get(address)

    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[-1] == "相关凭证"]
    assert len(rows) == 1
    assert AuditEntry.objects.filter(event="list_exported", about="operator_records").exists()
    assert AuditEntry.objects.filter(event="records_seen", operator_id=operator.pk).exists()


def test_a_sheet_of_a_foreign_operators_records_does_not_exist() -> None:
    elsewhere = build.make_operator(
        township=build.make_township(county=build.make_county(code="370104"))
    )

    answer = county_client().get(f"/bureau/operators/{elsewhere.pk}/records/export/")

    assert answer.status_code == 404
    assert not AuditEntry.objects.filter(event="list_exported").exists()
