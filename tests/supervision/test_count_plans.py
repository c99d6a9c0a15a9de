"""Counting reads what it counts: batches and corrected records are looked up, never joined whole.

A join would read every batch that the platform ever had for each ten thousand operators.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Operator
from supervision.fabrication.score import score_operators
from supervision.models import OperatorMonth
from supervision.recount.raw import Moment, records
from supervision.rollups import fill, rebuild
from tests.builders.enterprises import make_operator
from tests.builders.numbers import correct_purchase, make_goods_class, make_purchase, noon

pytestmark = pytest.mark.django_db
MONTH, AT = date(2026, 10, 1), noon(date(2026, 10, 31))


@pytest.fixture
def shop() -> Operator:
    """A shop with a purchase that was corrected twice."""
    make_goods_class()
    shop = make_operator(listed_at=noon(date(2026, 9, 1)), activated_at=noon(date(2026, 9, 1)))
    first = make_purchase(shop, on=date(2026, 10, 5), goods_class="K06_DAIRY")
    second = correct_purchase(first, at=noon(date(2026, 10, 20)), on=date(2026, 10, 6))
    correct_purchase(second, at=noon(date(2026, 10, 25)), on=date(2026, 10, 7))
    return shop


def test_the_filler_looks_batches_and_corrections_up(shop: Operator) -> None:
    statement = said("WITH RECURSIVE records", lambda: fill.fill(at=AT))

    assert unbounded(statement, "traceability_batch") == []
    assert OperatorMonth.objects.get(operator_id=shop.pk).purchase_count == 1


def test_corrected_records_are_looked_up_by_their_ids(shop: Operator) -> None:
    statement = said("WITH RECURSIVE records", lambda: rebuild.rebuild(MONTH, at=AT))

    assert [node for node in walked(plan_of(statement)) if is_full_join(node)] == []


def test_what_records_look_like_is_read_of_the_same_operators_alone(shop: Operator) -> None:
    fill.fill(at=AT)

    statement = said("WITH RECURSIVE written", lambda: score_operators(MONTH, [shop.pk], at=AT))

    assert [node for node in walked(plan_of(statement)) if is_full_join(node)] == []


def test_the_recount_looks_batches_up(shop: Operator) -> None:
    statement = said("LEFT JOIN LATERAL", lambda: records(Moment(MONTH, AT), [shop.pk]))

    assert unbounded(statement, "traceability_batch") == []


def test_a_recount_takes_the_correction_that_stood_at_the_instant(shop: Operator) -> None:
    between = Moment(MONTH, noon(date(2026, 10, 20)) + timedelta(hours=1))

    assert [record.day for record in records(between, [shop.pk])] == [date(2026, 10, 6)]
    assert [record.day for record in records(Moment(MONTH, AT), [shop.pk])] == [date(2026, 10, 7)]


def said(part: str, call: Callable[[], object]) -> str:
    """The first statement with the part in it that the call executes."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return next(each["sql"] for each in captured.captured_queries if part in each["sql"])


def plan_of(statement: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def walked(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from walked(below)


def is_full_join(node: dict[str, Any]) -> bool:
    """Whether it joins all of a table of records by hashing or merging it.

    What a `WITH` reads hangs below whichever join happens to be topmost; that join does not read it.
    """
    inputs = [each for each in node.get("Plans", ()) if not is_apart(each)]
    scanned = [each.get("Relation Name", "") for below in inputs for each in walked(below)]
    tables = ("traceability_purchase", "traceability_sale", "traceability_factoryinspection")
    is_whole = node["Node Type"] in ("Hash Join", "Merge Join")
    return is_whole and any(name.startswith(tables) for name in scanned)


def is_apart(node: dict[str, Any]) -> bool:
    """Whether it is computed once for the statement and is no input of the node above it."""
    return node.get("Parent Relationship") == "InitPlan"


def unbounded(statement: str, table: str) -> list[str]:
    """Scans of the table that no limit stands above."""
    return list(_unbounded(plan_of(statement), table, is_limited=False))


def _unbounded(node: dict[str, Any], table: str, *, is_limited: bool) -> Iterator[str]:
    is_limited = is_limited or node["Node Type"] == "Limit"
    name = node.get("Relation Name", "")
    if name.startswith(table) and not is_limited:
        yield name
    for below in node.get("Plans", ()):
        yield from _unbounded(below, table, is_limited=is_limited)
