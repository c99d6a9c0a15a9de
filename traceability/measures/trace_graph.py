"""A province's goods as a graph: 5 million batches and 15 million links, with hubs.

Farms sell to processors; a product takes 21 batches of ingredients; wholesalers of two levels sell
on to shops and canteens. Two lots spread like water (80,000 and 250,000 batches, each holder buying
from one or two others), and one goes to 100,000 holders at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise

from django.db import DEFAULT_DB_ALIAS, connections

from enterprises.models import Division, Operator, OperatorKind, OperatorState, Sector
from shilian import clock
from shilian.db import ids
from traceability.models import LinkKind

OWNER, RANGES = "owner", "link_by_range"
BATCHES = 5_000_000
OPERATORS = 100_000
DAYS = 150
# The number of the first batch of each kind; a batch's number says how late in the year it came.
FARM, BOUGHT, MADE, FIRST_DEALER, SECOND_DEALER, SHOP = (
    0, 600_000, 1_200_000, 1_720_000, 2_320_000, 2_920_000,
)  # fmt: skip
HUB_80K, HUB_250K, FAN_100K = 4_570_000, 4_650_000, 4_900_000
INGREDIENTS = 21
FAN = 40
TRANSFER, MADE_OF, MERGED = (
    LinkKind.TRANSFER.value,
    LinkKind.TRANSFORMATION.value,
    LinkKind.MERGE.value,
)


class Graph:
    """The generated batches by number; ``batch_id`` gives the id under which each is stored."""

    def __init__(self, first_day: date) -> None:
        self.first_id = ids.lower_bound(clock.start_of(first_day))
        self.step = (DAYS * 24 * 3600 * 1000 // BATCHES) << ids.SHIFT

    def batch_id(self, number: int) -> int:
        return self.first_id + number * self.step

    def written(self, number: str) -> str:
        """The same as an expression of SQL."""
        return f"({self.first_id} + ({number})::bigint * {self.step})"


def load() -> Graph:
    """Generate all of it inside the database; about two minutes."""
    graph = Graph(clock.add_months(clock.month_of(clock.today()), -5))
    first_operator = _make_operators()
    with _without_indexes("traceability_link"):
        for statement in _link_statements(graph):
            _run(statement)
    with _without_indexes("traceability_batch"):
        _run(_batches(graph, first_operator))
    _run("VACUUM ANALYZE traceability_link, traceability_batch, enterprises_operator")
    return graph


def _link_statements(graph: Graph) -> Iterator[str]:
    def links(first: int, last: int, parent: str, kind: str, quantity: str, more: str = "") -> str:
        return f"""
            INSERT INTO traceability_link (child_id, parent_id, kind, quantity)
            SELECT {graph.written("n")}, {graph.written(parent)}, '{kind}', {quantity}
            FROM generate_series({first}, {last - 1}) n {more}"""

    def any_of(first: int, last: int) -> str:
        return f"{first} + abs(hashint8(n)::bigint) % {last - first}"

    yield links(BOUGHT, MADE, any_of(FARM, BOUGHT), TRANSFER, "12.5")
    nearby = f"(n - {MADE})::bigint * {MADE - BOUGHT} / {FIRST_DEALER - MADE}"
    ingredient = f"{BOUGHT} + ({nearby} + i * 7) % {MADE - BOUGHT}"
    every = f"CROSS JOIN generate_series(0, {INGREDIENTS - 1}) i"
    yield links(MADE, FIRST_DEALER, ingredient, MADE_OF, "2.5", every)
    yield links(FIRST_DEALER, SECOND_DEALER, any_of(MADE, FIRST_DEALER), TRANSFER, "40")
    yield links(SECOND_DEALER, SHOP, any_of(FIRST_DEALER, SECOND_DEALER), TRANSFER, "20")
    yield links(SHOP, HUB_80K, any_of(FIRST_DEALER, SHOP), TRANSFER, "5")
    for hub, end in ((HUB_80K, HUB_250K), (HUB_250K, FAN_100K)):
        seller = f"{hub} + (n - {hub} - 1) / {FAN}"
        yield links(hub + 1, end, seller, TRANSFER, "3")
        # Every second one bought from that seller's neighbour as well: two paths to one holder.
        yield links(hub + FAN + 1, end, f"{seller} - 1", MERGED, "1.5", "WHERE n % 2 = 0")
    yield links(FAN_100K + 1, BATCHES, str(FAN_100K), TRANSFER, "3")


def lot_edges(links: int) -> list[tuple[int, int]]:
    """The links (seller, buyer) of a lot that only branches, by number, nearest first."""
    return [((buyer - 1) // FAN, buyer) for buyer in range(1, links + 1)]


def add_lot(graph: Graph, links: int) -> int:
    """Store such a lot after all others; the id of its first batch."""
    rows = ",".join(
        f"({graph.batch_id(BATCHES + buyer)}, {graph.batch_id(BATCHES + seller)}, '{TRANSFER}', 3)"
        for seller, buyer in lot_edges(links)
    )
    _run(f"INSERT INTO traceability_link (child_id, parent_id, kind, quantity) VALUES {rows}")
    return graph.batch_id(BATCHES)


def _make_operators() -> int:
    """A hundred thousand holders over all counties; returns the first one's id, the rest follow."""
    at = clock.now()
    places = list(Division.objects.counties().order_by("pk").values_list("pk", "path"))
    first = ids.new_ids(1)[0]
    Operator.objects.bulk_create(
        (
            Operator(
                id=first + number,
                credit_code=f"98{number:016d}",
                name=f"测速食品商行{number}",
                sector=Sector.CIRCULATION,
                kind=OperatorKind.INDIVIDUAL,
                division_id=county,
                county_id=county,
                division_path=path,
                state=OperatorState.USING,
                listed_at=at,
                activated_at=at,
                using_at=at,
            )
            for number in range(OPERATORS)
            for county, path in [places[number % len(places)]]
        ),
        batch_size=5_000,
    )
    return first


def _batches(graph: Graph, first_operator: int) -> str:
    # A step without a common divisor gives neighbours in time to holders all over the province.
    return f"""
        INSERT INTO traceability_batch (id, operator_id, division_id, county_id, product_id, name,
          specification, unit, goods_class, is_farm_produce, batch_number, produced_on, shelf_life,
          origin_kind, origin_place, maker_name, quantity, received_on, recorded_at, state,
          token_salt)
        SELECT {graph.written("n")}, o.id, o.division_id, o.county_id, 1, '测速鲜奶', '250毫升', '箱',
          'K06_DAIRY', false, 'L' || n, current_date - 30, '21天', 'purchased', '', '测速乳业', 10,
          current_date - 20, now(), 'current', 1
        FROM generate_series(0, {BATCHES - 1}) n
        JOIN enterprises_operator o ON o.id = {first_operator} + n::bigint * 7919 % {OPERATORS}
        ORDER BY n"""


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Loading first and indexing afterwards is four times as fast."""
    rows = _rows(
        "SELECT indexname, indexdef, coalesce(conname, ''), pg_get_constraintdef(c.oid)"
        " FROM pg_indexes LEFT JOIN pg_constraint c"
        " ON conindid = (schemaname || '.' || indexname)::regclass"
        " WHERE tablename = %s",
        [table],
    )
    for name, _, constraint, _ in rows:
        _run(
            f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
            if constraint
            else f"DROP INDEX {name}"
        )
    yield
    for _, definition, constraint, rule in rows:
        _run(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}" if constraint else definition
        )


def link_count() -> int:
    [(count,)] = _rows("SELECT count(*) FROM traceability_link", [])
    return int(count)


def copy_links_into_ranges(graph: Graph) -> None:
    """The same links and indexes as a table of twelve range partitions."""
    _run(
        f"CREATE TABLE {RANGES} (LIKE traceability_link, PRIMARY KEY (child_id, parent_id))"
        " PARTITION BY RANGE (parent_id)"
    )
    bounds = [str(graph.batch_id(BATCHES * part // 12)) for part in range(12)] + ["MAXVALUE"]
    for part, (low, high) in enumerate(pairwise(bounds)):
        _run(
            f"CREATE TABLE {RANGES}_{part} PARTITION OF {RANGES} FOR VALUES FROM ({low}) TO ({high})"
        )
    _run(f"INSERT INTO {RANGES} SELECT * FROM traceability_link")
    _run(f"CREATE INDEX ON {RANGES} (parent_id, child_id) INCLUDE (kind, quantity)")
    _run(f"VACUUM ANALYZE {RANGES}")


@contextmanager
def links_from(table: str) -> Iterator[None]:
    """Within the block the links are read from another table of the same shape."""
    swap = "ALTER TABLE {} RENAME TO {}"
    _run(swap.format("traceability_link", "link_aside"))
    _run(swap.format(table, "traceability_link"))
    _run("GRANT SELECT ON traceability_link TO PUBLIC")
    # Plans made for the other table go with the connection.
    connections[DEFAULT_DB_ALIAS].close()
    yield
    _run(swap.format("traceability_link", table))
    _run(swap.format("link_aside", "traceability_link"))
    connections[DEFAULT_DB_ALIAS].close()


def _run(statement: str) -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement)


def _rows(query: str, arguments: list[str]) -> list[tuple[str, ...]]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())
