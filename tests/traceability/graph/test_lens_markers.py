"""A mark in every text of every row: none appears in a view in which it does not belong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Role
from tests.builders.chains import Chain, make_chain, make_open_case, sell
from tests.builders.enterprises import (
    AT,
    make_city,
    make_county,
    make_operator,
    make_province,
    make_station,
    officer_of,
    owner_of,
    station_officer_of,
)
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.traceability import TODAY, batch_of, make_purchase
from traceability.graph import holders, nodes
from traceability.models import EvidenceDocument, TraceCase
from traceability.operations.cases import look_at_trace
from traceability.queries import cases as queries

pytestmark = pytest.mark.django_db
MARK = re.compile(r"§\d+§")
# Read by code, never by people: changing them would break the world, not reveal it.
KEYS = {"path", "division_path", "asked_path", "code", "pinyin", "password", "sha256", "login"}
NODE = {("Batch", name) for name in ("name", "specification", "unit", "batch_number")}
NAMES = {("Operator", "name"), ("Division", "name")}


@dataclass
class Marks:
    """Where each mark was put: model, field, and whose row it is."""

    places: dict[str, tuple[str, str, int | None]] = field(default_factory=dict)

    def new(self, row: models.Model, name: str) -> str:
        mark = f"§{len(self.places) + 1}§"
        owner = row.pk if isinstance(row, Operator) else getattr(row, "operator_id", None)
        self.places[mark] = (type(row).__name__, name, owner)
        return mark

    def found_in(self, *things: Any) -> set[tuple[str, str, int | None]]:
        return {self.places[mark] for thing in things for mark in MARK.findall(repr(thing))}


def mark_everything() -> Marks:
    marks = Marks()
    for label in ("enterprises", "traceability"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.model_name in {"goodsclass", "goodscategory"}:
                continue
            for row in model._default_manager.all():
                changed = dict(_marked(marks, row))
                if changed:
                    model._default_manager.filter(pk=row.pk).update(**changed)
    return marks


def _marked(marks: Marks, row: models.Model) -> Iterator[tuple[str, Any]]:
    for column in row._meta.concrete_fields:
        if column.primary_key or column.name in KEYS or column.choices:
            continue
        value = getattr(row, column.attname)
        if isinstance(column, models.JSONField):
            yield (
                column.attname,
                {"private": marks.new(row, column.name), **_texts(marks, row, value)},
            )
        elif isinstance(column, models.CharField | models.TextField):
            yield column.attname, marks.new(row, column.name)


def _texts(marks: Marks, row: models.Model, value: Any) -> dict[str, Any]:
    found = value if isinstance(value, dict) else {}
    return {key: marks.new(row, key) for key, each in found.items() if isinstance(each, str)}


def world() -> tuple[Chain, TraceCase, Marks]:
    """The chain with papers of every kind beside it, and a case that opens all of it."""
    chain = make_chain()
    producer = make_producer()
    made = make_made_batch(producer, (batch_of(make_purchase(producer)).pk, 3))
    make_inspection(made)
    sell(chain.dealt, make_operator(name="未答复"), quantity=Decimal(1))
    EvidenceDocument.objects.create(
        operator=chain.dealer,
        kind=EvidenceDocument.Kind.LICENCE,
        sha256="0" * 64,
        file_path="private",
        media_type="image/jpeg",
        byte_count=1,
        uploaded_at=AT,
    )
    case = make_open_case(chain.start)
    return chain, case, mark_everything()


def everything_of(actor: Actor, batch_id: int, direction: Any, case: TraceCase | None) -> list[Any]:
    """Whatever a page could draw from a look."""
    look = look_at_trace(
        by=actor,
        starts=[batch_id],
        direction=direction,
        case_id=case.pk if case else None,
        at=AT,
    )
    view = look.view
    return [
        view,
        view.papers,
        list(view.part.steps),
        nodes.page_of(view, today=TODAY),
        holders.holders_by_county(view.hops),
    ]


def places_in(marks: Marks, things: list[Any]) -> tuple[set[tuple[str, str]], set[int]]:
    """What is shown, and of whose rows."""
    found = marks.found_in(*things)
    return {place[:2] for place in found}, {place[2] for place in found if place[2] is not None}


def test_the_marks_reach_every_private_text() -> None:
    _, _, marks = world()

    marked = {place[:2] for place in marks.places.values()}
    assert {
        ("Operator", "contact_phone"),
        ("Operator", "address"),
        ("Partner", "contact_phone"),
        ("Partner", "name"),
        ("Purchase", "supplier_contact"),
        ("Purchase", "voucher_number"),
        ("Purchase", "raw"),
        ("Sale", "buyer_contact"),
        ("Sale", "certificate_number"),
        ("IncomingDraft", "facts"),
        ("EvidenceDocument", "file_path"),
        ("FactoryInspection", "inspector"),
        ("Person", "name"),
        ("TraceCase", "reason"),
    } <= marked


@pytest.mark.parametrize(
    ("who", "under_case", "shown"),
    [
        ("station", False, {"wholesaler"}),
        ("county", False, {"wholesaler", "canteen"}),
        ("city", False, {"wholesaler", "canteen", "dealer"}),
        ("county", True, {"wholesaler", "canteen", "dealer", "shop"}),
        ("city", True, {"wholesaler", "canteen", "dealer", "shop"}),
        ("province", False, {"wholesaler", "canteen", "dealer", "shop"}),
        ("task_force", False, {"wholesaler", "canteen", "dealer", "shop"}),
    ],
)
def test_an_officer_reads_batches_and_holders_inside_and_nothing_else(
    who: str, under_case: bool, shown: set[str]
) -> None:
    officers = {
        "station": lambda: station_officer_of(make_station()),
        "county": lambda: officer_of(make_county()),
        "city": lambda: officer_of(make_city(), Role.CITY_OFFICER),
        "province": lambda: officer_of(make_province(), Role.PROVINCE_OFFICER),
        "task_force": lambda: officer_of(make_province(), Role.TASK_FORCE),
    }
    officer = officers[who]()
    chain, case, marks = world()

    things = everything_of(officer, chain.start.pk, "down", case if under_case else None)

    kinds, owners = places_in(marks, things)
    assert kinds <= NODE | NAMES
    assert {("Batch", "name"), ("Operator", "name")} <= kinds
    assert owners == {getattr(chain, name).pk for name in shown}


def test_upwards_an_officer_reads_no_suppliers_name() -> None:
    officer = officer_of(make_province(), Role.PROVINCE_OFFICER)
    chain, _, marks = world()

    things = everything_of(officer, chain.in_shop.pk, "up", None)

    assert places_in(marks, things)[0] <= NODE | NAMES


@pytest.mark.parametrize(
    ("direction", "paper"),
    [("up", ("Purchase", "supplier_name")), ("down", ("Sale", "buyer_name"))],
)
def test_an_operator_reads_its_own_batches_and_papers(
    direction: str, paper: tuple[str, str]
) -> None:
    chain = make_chain()
    dealer = owner_of(chain.dealer)
    marks = mark_everything()

    things = everything_of(dealer, chain.dealt.pk, direction, None)

    kinds, owners = places_in(marks, things)
    unit = (paper[0], "unit")
    assert paper in kinds
    assert kinds <= NODE | NAMES | {paper, unit}
    assert owners == {chain.dealer.pk}


def test_a_receipt_names_the_officer_and_neither_the_case_nor_the_others() -> None:
    chain = make_chain()
    case, county = make_open_case(chain.start), officer_of(make_county())
    look_at_trace(by=county, starts=[chain.start.pk], direction="down", case_id=case.pk, at=AT)
    owner = owner_of(chain.shop)
    marks = mark_everything()

    receipts = queries.shown_receipts(queries.receipts_of(owner, chain.shop))

    assert {place[:2] for place in marks.found_in(receipts)} == {
        ("TraceRun", "person_name"),
        ("TraceRun", "bureau"),
    }
