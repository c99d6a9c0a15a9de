"""How fast the graph is walked, beside the best single statements for the same answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db import connection

from shilian.bench import Metrics
from shilian.bench.measure import clocked, fastest_s, percentile, samples_ms
from traceability.graph.trace import Trace, trace
from traceability.measures import trace_graph
from traceability.measures.sources import measure_sources
from traceability.measures.trace_graph import Graph
from traceability.measures.trace_lists import measure_lists
from traceability.measures.versus import lot_in_tryton, measure_peers

PICKS = 1_000


def measure() -> Metrics:
    """All of it over one generated graph. Units are in the names."""
    with lot_in_tryton() as tryton:
        with clocked() as loading:
            graph = trace_graph.load()
        return {
            "batch_count": trace_graph.BATCHES,
            "link_count": trace_graph.link_count(),
            "load_s": round(loading.seconds, 1),
            **measure_peers(graph, tryton),
            **_random(graph),
            **_hubs(graph),
            **measure_lists(graph),
            **measure_sources(graph),
            **_layouts(graph),
        }


def _random(graph: Graph) -> Metrics:
    """A thousand batches from all stages, each both ways; everything they need is in memory."""
    drawn = random.Random(20261105)
    picks = [graph.batch_id(drawn.randrange(trace_graph.BATCHES)) for _ in range(PICKS)]
    sizes = [len(trace([pick], "up").hops) for pick in picks]
    sizes += [len(trace([pick], "down").hops) for pick in picks]
    up, down = iter(picks), iter(picks)
    taken = samples_ms(lambda: trace([next(up)], "up"), PICKS)
    taken += samples_ms(lambda: trace([next(down)], "down"), PICKS)
    return {
        "random_nodes_p50": percentile([float(size) for size in sizes], 50),
        "random_nodes_p95": percentile([float(size) for size in sizes], 95),
        "random_p50_ms": round(percentile(taken, 50), 3),
        "random_p95_ms": round(percentile(taken, 95), 3),
    }


def _hubs(graph: Graph) -> Metrics:
    start = graph.batch_id(trace_graph.HUB_250K)
    found = trace([start], "down")
    statements = [_recursive(start), _recursive_packed(start)]
    # The same answer, or the comparison means nothing.
    for statement in statements:
        if statement() != (len(found.hops), found.link_count):
            raise RuntimeError("the statement and the trace disagree")
    ours, *theirs = fastest_s([lambda: _down(start), *statements])
    small = graph.batch_id(trace_graph.HUB_80K)
    [small_s] = fastest_s([lambda: _down(small)])
    return {
        "hub_nodes": len(found.hops),
        "hub_links": found.link_count,
        "hub_s": round(ours, 3),
        "hub_nodes_per_s": round(len(found.hops) / ours),
        "hub_best_sql_s": round(min(theirs), 3),
        "hub_vs_best_sql": round(ours / min(theirs), 2),
        "hub_80k_s": round(small_s, 3),
    }


def _down(start: int) -> Trace:
    return trace([start], "down")


RECURSIVE = """
WITH RECURSIVE reached(id, hop) AS (
  SELECT %s::bigint, 0
  UNION
  SELECT l.child_id, r.hop + 1 FROM reached r JOIN traceability_link l ON l.parent_id = r.id
  WHERE r.hop < 500
), met AS (SELECT id, min(hop) AS hop FROM reached GROUP BY id)
"""


def _recursive(start: int) -> Callable[[], tuple[int, int]]:
    """One statement, a row for each link: where it starts, where it ends, and the start's hop."""

    def run() -> tuple[int, int]:
        rows = _rows(
            f"{RECURSIVE} SELECT m.id, m.hop, l.child_id, l.kind, l.quantity"
            " FROM met m LEFT JOIN traceability_link l ON l.parent_id = m.id",
            start,
        )
        hops = {row[0]: row[1] for row in rows}
        return len(hops), sum(row[2] is not None for row in rows)

    return run


def _recursive_packed(start: int) -> Callable[[], tuple[int, int]]:
    """The same with nodes, hops and links packed as the trace has them."""

    def run() -> tuple[int, int]:
        [(nodes, _, children, *_)] = _rows(
            f"{RECURSIVE} SELECT (SELECT string_agg(int8send(id), '') FROM met),"
            " (SELECT string_agg(int4send(hop), '') FROM met),"
            " string_agg(int8send(l.child_id), ''), string_agg(int8send(l.parent_id), ''),"
            " string_agg(left(l.kind, 1), ''),"
            " string_agg(int8send((l.quantity * 1000)::bigint), '')"
            " FROM met m JOIN traceability_link l ON l.parent_id = m.id",
            start,
        )
        return len(bytes(nodes)) // 8, len(bytes(children)) // 8

    return run


def _layouts(graph: Graph) -> Metrics:
    """The links as they are laid out, and in twelve ranges of the parent's time instead."""
    start = graph.batch_id(trace_graph.HUB_80K)
    [(kind,)] = _rows("SELECT relkind FROM pg_class WHERE relname = %s", "traceability_link")
    trace_graph.copy_links_into_ranges(graph)
    [decided] = fastest_s([lambda: _down(start)])
    with trace_graph.links_from(trace_graph.RANGES):
        [ranges] = fastest_s([lambda: _down(start)])
    if kind != "r":
        raise RuntimeError("the links are partitioned; measure the penalty against one table")
    [single] = fastest_s([lambda: _down(start)])
    return {
        "partition_penalty": round(decided / single, 2),
        "range_12_penalty": round(ranges / single, 2),
    }


def _rows(query: str, argument: int | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [argument])
        return list(cursor.fetchall())
