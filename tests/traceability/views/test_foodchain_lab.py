"""The files for FoodChain-Lab: consistent in themselves, and without what an officer may not see."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Operator
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.traceability.views.mill import Chain, ask, hold, lines, link, officer
from traceability.models import LinkKind

pytestmark = pytest.mark.django_db


def exported(chain: Chain, form: str) -> Any:
    city = officer(build.make_city(), Role.CITY_OFFICER)
    return ask(city, laboratory=lines(*chain.sold), contact="same_day", export=form)


def rows_of(table: dict[str, Any]) -> list[dict[str, str]]:
    return [{cell["id"]: cell["value"] for cell in row} for row in table["data"]]


def test_the_exchange_file_is_consistent() -> None:
    chain = Chain()
    dough = hold(chain.mill, "小麦")
    link(dough, chain.flour, kind=LinkKind.TRANSFORMATION)
    farm = hold(build.make_operator(name="种粮大户"), "小麦")
    link(farm, dough)

    written = json.loads(exported(chain, "json").content)

    data = written["data"]
    stations, deliveries = rows_of(data["stations"]), rows_of(data["deliveries"])
    by_id = {row["ID"]: row for row in deliveries}
    names = {row["ID"]: row["Name"] for row in stations}
    assert len(names) == len(stations) == 7
    assert len(by_id) == len(deliveries) == 6
    assert {row[end] for row in deliveries for end in ("from", "to")} <= names.keys()
    relations = rows_of(data["deliveryRelations"])
    # From the farm through the mill to the wholesaler, on to both shops, and into both findings.
    assert len(relations) == 5
    for row in relations:
        assert by_id[row["from"]]["to"] == by_id[row["to"]]["from"]
    weights = {node["id"]: node["weight"] for node in written["tracing"]["nodes"]}
    assert weights.keys() == names.keys()
    assert {id_ for id_, weight in weights.items() if weight} == {"F1", "F2"}
    assert {node["id"] for node in written["tracing"]["deliveries"]} == by_id.keys()
    crossed = [node["id"] for node in written["tracing"]["nodes"] if node["crossContamination"]]
    assert sorted(names[id_] for id_ in crossed) == ["乙面馆", "甲面馆"]


def test_the_template_has_the_sheets_and_headings_of_the_program() -> None:
    book = load_workbook(BytesIO(exported(Chain(), "xlsx").content))

    assert book.sheetnames == ["Stations", "Deliveries", "Deliveries2Deliveries"]
    stations, deliveries, relations = book.worksheets
    ids = [row[0] for row in stations.iter_rows(min_row=2, values_only=True)]
    assert len(set(ids)) == len(ids) == 6
    head = next(deliveries.iter_rows(min_row=1, max_row=1, values_only=True))
    assert [text for text in head if text] == [
        "DeliveryID",
        "Station",
        "Product Name",
        "Lot Number",
        "Lot size",
        "Delivery Date Departure",
        "Delivery Date Arrival",
        "Unit weigt/vol./pck.",
        "Recipient",
        "Additional Fields ->",
        "Production date",
        "Best before date",
    ]
    merged = {str(cells) for cells in deliveries.merged_cells.ranges}
    assert merged == {"E1:F1", "G1:I1", "J1:L1", "M1:N1"}
    rows = list(deliveries.iter_rows(min_row=3, values_only=True))
    assert {row[1] for row in rows} | {row[14] for row in rows} <= set(ids)
    assert [row[9:12] for row in rows if row[9]] == [(10, 11, 2026)] * 3
    sent = {row[0] for row in rows}
    pairs = list(relations.iter_rows(min_row=2, values_only=True))
    assert len(pairs) == 4
    assert {id_ for pair in pairs for id_ in pair} <= sent


def test_an_export_is_audited_and_holds_nothing_from_elsewhere() -> None:
    chain = Chain()

    answer = ask(officer(), laboratory=lines(*chain.sold), export="json")

    assert "邻县批发部" not in answer.content.decode()
    assert AuditEntry.objects.get(event="list_exported").about == "common_source"


def test_telephones_and_addresses_stay_out_of_page_and_files() -> None:
    chain = Chain()
    Operator.objects.update(
        contact_phone="13800001111", contact_name="不该出现", address="秘密路9号"
    )
    page = ask(officer(), laboratory=lines(*chain.sold)).content.decode()

    for text in (page, exported(chain, "json").content.decode()):
        assert "13800001111" not in text
        assert "不该出现" not in text
        assert "秘密路" not in text
