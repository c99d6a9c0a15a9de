from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shilian.db.copy import copy_rows
from tests.traceability.graph.slow_trace import DrawnLink, slow_hops, slow_links
from traceability.graph.trace import AT_ONCE, Limits, trace
from traceability.models import Link, LinkKind

pytestmark = pytest.mark.django_db
TRANSFER = LinkKind.TRANSFER.value


def store(links: Iterable[DrawnLink]) -> None:
    rows = [(link.child, link.parent, link.kind, link.quantity) for link in links]
    copy_rows("default", Link._meta.db_table, ["child_id", "parent_id", "kind", "quantity"], rows)


def chain(*pairs: tuple[int, int]) -> None:
    """Links as (parent, child), in the order in which goods went."""
    store(DrawnLink(child, parent, TRANSFER, Decimal(1)) for parent, child in pairs)


def fan(parent: int, children: range) -> None:
    chain(*((parent, child) for child in children))


BATCHES = st.integers(1, 25)
QUANTITIES = st.decimals("0.001", "99999.999", places=3, allow_nan=False)
LINKS = st.lists(
    st.builds(DrawnLink, BATCHES, BATCHES, st.sampled_from(LinkKind.values), QUANTITIES),
    max_size=60,
    unique_by=lambda link: (link.child, link.parent),
).map(lambda links: [link for link in links if link.child != link.parent])


@given(links=LINKS, starts=st.sets(BATCHES, min_size=1, max_size=3))
@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("at_once", [1, AT_ONCE])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_agrees_with_the_slow_walk(
    direction: Any, at_once: int, links: list[DrawnLink], starts: set[int]
) -> None:
    """On any graph, cycles among them, both in one statement and level by level."""
    Link.objects.all().delete()
    store(links)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("traceability.graph.trace.AT_ONCE", at_once)
        found = trace(starts, direction)

    expected = slow_hops(links, starts, direction)
    assert found.hops == expected
    assert list(found.hops) == sorted(expected, key=lambda batch: (expected[batch], batch))
    assert Counter(found.steps) == Counter(
        (link.child, link.parent, link.kind, link.quantity)
        for link in slow_links(links, expected, direction)
    )
    assert found.cut is None
    for batch, hop in expected.items():
        path = found.path_to(batch)
        assert len(path) == hop + 1
        assert path[0] in starts
        assert path[-1] == batch
        pairs = {(link.parent, link.child) for link in links}
        steps = pairwise(path)
        assert all(((b, a) if direction == "up" else (a, b)) in pairs for a, b in steps)


def test_the_same_links_in_another_order_give_the_same_trace() -> None:
    pairs = [(1, 2), (1, 3), (2, 4), (3, 4), (4, 5), (3, 6)]
    chain(*pairs)
    first = trace([1], "down")
    Link.objects.all().delete()
    chain(*reversed(pairs))

    again = trace([1], "down")

    assert list(again.hops.items()) == list(first.hops.items())
    assert list(again.steps) == list(first.steps)


def test_of_two_shortest_paths_the_smaller_ids_win() -> None:
    chain((1, 2), (1, 3), (2, 4), (3, 4))

    assert trace([1], "down").path_to(4) == [1, 2, 4]
    assert trace([4], "up").path_to(1) == [4, 2, 1]


def test_a_batch_not_reached_has_no_path() -> None:
    chain((1, 2), (3, 2))

    with pytest.raises(KeyError):
        trace([1], "down").path_to(3)


def test_two_paths_to_one_batch_are_two_links_and_one_batch() -> None:
    chain((1, 2), (1, 3), (2, 4), (3, 4))

    found = trace([1], "down")

    assert found.hops == {1: 0, 2: 1, 3: 1, 4: 2}
    assert found.link_count == 4


def test_goods_sent_back_are_walked_once() -> None:
    chain((1, 2), (2, 3))
    store([DrawnLink(1, 3, LinkKind.RETURN, Decimal("2.5"))])

    found = trace([1], "down")

    assert found.hops == {1: 0, 2: 1, 3: 2}
    assert [step.kind for step in found.steps] == [TRANSFER, TRANSFER, LinkKind.RETURN]
    assert not found.is_cut


def test_a_silo_refilled_every_day_is_followed_for_the_whole_year() -> None:
    """Each refill is a new batch of what was left and what came; each day's bags leave it."""
    days = range(1, 366)
    chain(*((day, day + 1) for day in days))
    chain(*((10_000 + day, day) for day in days))
    chain(*((day, 20_000 + day) for day in days))

    down = trace([10_001], "down")
    up = trace([366], "up")

    assert down.depth == 366
    assert len(down.hops) == 1 + 366 + 365
    assert len(up.hops) == 366 + 365
    assert not down.is_cut
    assert not up.is_cut


def test_boxes_in_pallets_are_found_from_their_contents_and_back() -> None:
    box = LinkKind.AGGREGATION
    store(DrawnLink(100 + part // 10, part, box, Decimal(1)) for part in range(10, 30))
    store(DrawnLink(200, box_, box, Decimal(1)) for box_ in (101, 102))
    chain((200, 300))

    assert set(trace([15], "down").hops) == {15, 101, 200, 300}
    assert len(trace([300], "up").hops) == 1 + 1 + 2 + 20


def test_a_large_trace_goes_on_level_by_level() -> None:
    fan(1, range(1_000, 1_000 + AT_ONCE + 10))
    chain(*((child, child + 1_000_000) for child in range(1_000, 1_000 + AT_ONCE + 10)))
    chain((1_001_000, 3_000_000), (3_000_000, 1))

    with CaptureQueriesContext(connection) as queries:
        found = trace([1], "down")

    assert len(found.hops) == 2 * (AT_ONCE + 10) + 2
    assert found.hops[3_000_000] == 3
    assert len(queries) == 4


def test_an_ordinary_trace_is_one_query() -> None:
    chain(*((number, number + 1) for number in range(1, 30)))

    with CaptureQueriesContext(connection) as queries:
        found = trace([1], "down")

    assert found.depth == 29
    assert len(queries) == 1


def test_a_hundred_thousand_holders_are_all_found() -> None:
    fan(1, range(10, 100_010))

    found = trace([1], "down")

    assert len(found.hops) == 100_001
    assert found.link_count == 100_000
    assert not found.is_cut


CUTS = [
    (Limits(depth=4), "depth", 5),
    (Limits(depth=5), None, 6),
    (Limits(nodes=3), "nodes", 3),
    (Limits(nodes=6), None, 6),
    (Limits(links=2), "links", 3),
    (Limits(links=5), None, 6),
    (Limits(seconds=60), None, 6),
]


@pytest.mark.parametrize(("limits", "cut", "count"), CUTS)
def test_a_limit_that_ended_the_walk_is_named(limits: Limits, cut: str | None, count: int) -> None:
    chain(*((number, number + 1) for number in range(1, 6)))

    found = trace([1], "down", limits)

    assert (found.cut, len(found.hops)) == (cut, count)
    assert found.is_cut == (cut is not None)


def test_time_that_ran_out_is_named() -> None:
    fan(1, range(1_000, 1_000 + AT_ONCE + 10))
    chain((1_000, 2))

    found = trace([1], "down", Limits(seconds=0))

    assert found.cut == "seconds"
    assert 2 not in found.hops


def test_a_cut_trace_has_no_link_to_a_batch_it_left_out() -> None:
    fan(1, range(10, 30))

    found = trace([1], "down", Limits(nodes=8))

    assert list(found.hops) == [1, *range(10, 17)]
    assert {step.child_id for step in found.steps} == set(range(10, 17))


@pytest.mark.parametrize("kind", LinkKind.values)
def test_every_kind_comes_back_as_it_was_written(kind: str) -> None:
    store([DrawnLink(2, 1, kind, Decimal("12345678901.234"))])

    [step] = trace([1], "down").steps

    assert step == (2, 1, kind, Decimal("12345678901.234"))


@pytest.mark.parametrize("direction", ["up", "down"])
def test_links_are_read_from_the_index_in_its_order(direction: str) -> None:
    """Nothing is sorted or looked up past the index; the statement's two halves differ only in it."""
    near, far = ("child_id", "parent_id") if direction == "up" else ("parent_id", "child_id")
    fan(1, range(10, 5_000))
    with connection.cursor() as cursor:
        # A table this small, and not analysed, would be read and sorted whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            f"EXPLAIN SELECT child_id, parent_id, kind, quantity FROM traceability_link"
            f" WHERE {near} = ANY ('{{10,20,30}}'::bigint[]) ORDER BY {near}, {far} LIMIT 100"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Sort" not in plan
    assert "Seq Scan" not in plan
