"""Recording purchases beside raw COPY and bulk_create of the very same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Division, Operator, OperatorKind, OperatorState, Sector
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked, samples_ms
from shilian.db.ids import new_id
from traceability.models import Batch, Partner, Product, Purchase
from traceability.operations import purchase_rows, purchases, writing
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts

MANY, SOME = 10_000, 100
ROUNDS = 5
PRODUCTS, SUPPLIERS = 200, 50
TABLES: tuple[type[models.Model], ...] = (Batch, Purchase)


@dataclass(frozen=True, slots=True)
class Bench:
    """An operator with its books, and drafts of its purchases."""

    actor: Actor
    operator: Operator
    drafts: list[PurchaseDraft]


def measure() -> Metrics:
    bench = prepare()
    record(bench, bench.drafts[:SOME])
    queries = {count: _queries(bench, count) for count in (1, MANY)}
    floor, ours, peer = _best_of_rounds(bench)
    one = sorted(samples_ms(lambda: record(bench, bench.drafts[:1]), 60))
    hundred = sorted(samples_ms(lambda: record(bench, bench.drafts[:SOME]), 15))
    return {
        "record_1_p50_ms": round(one[len(one) // 2], 2),
        "record_1_rows_per_s": round(1000 / one[len(one) // 2]),
        "record_100_rows_per_s": round(SOME * 1000 / hundred[len(hundred) // 2]),
        "record_10000_rows_per_s": round(MANY / ours),
        "copy_rows_per_s": round(MANY / floor),
        "bulk_create_rows_per_s": round(MANY / peer),
        "write_vs_copy": round(floor / ours, 3),
        "vs_bulk_create": round(peer / ours, 2),
        "record_1_queries": queries[1],
        "record_10000_queries": queries[MANY],
    }


def prepare() -> Bench:
    """A wholesaler with two hundred products and fifty suppliers, and ten thousand drafts."""
    operator = make_operator()
    products, suppliers = _products(operator), _suppliers(operator)
    today = clock.today()
    drafts = [
        PurchaseDraft(
            product_id=products[number % PRODUCTS].pk,
            supplier_id=suppliers[number % SUPPLIERS].pk,
            quantity=Decimal(number % 97 + 1),
            unit="袋",
            purchased_on=today - timedelta(days=number % 28),
            batch_number=f"L{number:06d}",
            produced_on=today - timedelta(days=30 + number % 60),
            voucher_number=f"PJ{number:06d}",
        )
        for number in range(MANY)
    ]
    return Bench(actor_for_operator(operator, channel="sheet"), operator, drafts)


def _products(operator: Operator) -> list[Product]:
    return Product.objects.bulk_create(
        Product(
            operator=operator,
            name=f"测速商品{number}",
            specification="500克/袋",
            unit="袋",
            shelf_life_value=12,
            shelf_life_unit="month",
            created_at=clock.now(),
        )
        for number in range(PRODUCTS)
    )


def _suppliers(operator: Operator) -> list[Partner]:
    return Partner.objects.bulk_create(
        Partner(
            operator=operator,
            name=f"测速供货者{number}",
            address=f"文化路{number}号",
            contact_name="李四",
            contact_phone="13900000000",
            is_supplier=True,
            created_at=clock.now(),
        )
        for number in range(SUPPLIERS)
    )


def make_operator() -> Operator:
    county = Division.objects.filter(level=Division.Level.COUNTY).order_by("pk").first()
    if county is None:
        county = Division.objects.create(
            id=370102, code="370102", name="测速区", level=Division.Level.COUNTY, path="/370102/"
        )
    at = clock.now()
    return Operator.objects.create(
        # Each run writes into the books of an operator of its own.
        credit_code=f"91370102{new_id() % 10**10:010d}",
        name="测速批发商行",
        sector=Sector.CIRCULATION,
        kind=OperatorKind.ENTERPRISE,
        is_wholesale=True,
        division=county,
        county=county,
        division_path=county.path,
        state=OperatorState.USING,
        listed_at=at,
        activated_at=at,
        using_at=at,
    )


def record(bench: Bench, drafts: list[PurchaseDraft]) -> None:
    purchases.record_purchases(
        by=bench.actor, operator=bench.operator, drafts=drafts, at=clock.now()
    )


def _queries(bench: Bench, count: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        record(bench, bench.drafts[:count])
    return len(captured)


def facts_of(bench: Bench) -> PurchaseFacts:
    """What the books say about everything the drafts name."""
    return purchase_rows.gather_facts(bench.operator, bench.drafts)


def beside_copy(bench: Bench, record_all: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of COPY of the drafts' rows, and of recording them: the best of rounds, in turns."""
    floor, ours = [], []
    for _ in range(ROUNDS):
        dumps = _binary(_rows(bench))
        floor.append(_seconds(lambda dumps=dumps: _raw_copy(dumps)))  # type: ignore[misc]
        ours.append(_seconds(record_all))
    return min(floor), min(ours)


def _best_of_rounds(bench: Bench) -> tuple[float, float, float]:
    """Seconds of the floor, of ours and of the peer: each the best of its rounds, in turns."""
    taken: dict[str, list[float]] = {"floor": [], "ours": [], "peer": []}
    for _ in range(ROUNDS):
        dumps = _binary(_rows(bench))
        taken["floor"].append(_seconds(lambda dumps=dumps: _raw_copy(dumps)))  # type: ignore[misc]
        taken["ours"].append(_seconds(lambda: record(bench, bench.drafts)))
        fields = _as_fields(_rows(bench))
        taken["peer"].append(_seconds(lambda fields=fields: _bulk_create(fields)))  # type: ignore[misc]
    return min(taken["floor"]), min(taken["ours"]), min(taken["peer"])


def _seconds(call: Callable[[], Any]) -> float:
    with clocked() as taken:
        call()
    return taken.seconds


def _rows(bench: Bench) -> tuple[list[writing.Row], list[writing.Row]]:
    """The rows that recording the drafts would write, with ids of their own."""
    at = clock.now()
    pen = writing.pen_for(bench.actor, bench.operator, at)
    facts = purchase_rows.gather_facts(bench.operator, bench.drafts)
    nothing: list[list[Any]] = [[] for _ in bench.drafts]
    ids = pen.ids(2 * MANY)
    batches = list(purchase_rows.batch_rows(pen, bench.drafts, facts, ids[:MANY]))
    rows = purchase_rows.rows_for(pen, bench.drafts, facts, ids[MANY:], batches, nothing)
    return batches, list(rows)


def _binary(rows: tuple[list[writing.Row], list[writing.Row]]) -> list[bytes]:
    """The rows as PostgreSQL itself sends them, so that the floor pays for nothing but the tables."""
    dumps = []
    with transaction.atomic(), connection.cursor() as cursor:
        for model, some in zip(TABLES, rows, strict=True):
            writing.copy_records(model, some)
            statement = sql.SQL(
                "COPY (SELECT {} FROM {} WHERE id >= {} AND id <= {} ORDER BY id) TO STDOUT (FORMAT BINARY)"
            ).format(*_names(model), sql.Literal(some[0][0]), sql.Literal(some[-1][0]))
            with cursor.cursor.copy(statement) as copy:
                dumps.append(b"".join(bytes(block) for block in copy))
        transaction.set_rollback(True)
    return dumps


def _raw_copy(dumps: list[bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for model, dump in zip(TABLES, dumps, strict=True):
            columns, table = _names(model)
            statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(table, columns)
            with cursor.cursor.copy(statement) as copy:
                copy.write(dump)


def _names(model: type[models.Model]) -> tuple[sql.Composable, sql.Composable]:
    columns = sql.SQL(", ").join(map(sql.Identifier, writing.columns_of(model)))
    return columns, sql.Identifier(model._meta.db_table)


def _as_fields(
    rows: tuple[list[writing.Row], list[writing.Row]],
) -> list[tuple[type[models.Model], list[dict[str, Any]]]]:
    return [
        (
            model,
            [
                dict(zip([f.attname for f in model._meta.concrete_fields], row, strict=True))
                for row in some
            ],
        )
        for model, some in zip(TABLES, rows, strict=True)
    ]


def _bulk_create(fields: list[tuple[type[models.Model], list[dict[str, Any]]]]) -> None:
    """What a plain Django program does with the same facts: objects, then ``bulk_create``."""
    with transaction.atomic():
        for model, some in fields:
            model._default_manager.bulk_create([model(**values) for values in some])
