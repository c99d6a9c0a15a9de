"""How fast twenty failed batches lead to their common source, in the generated graph."""

from __future__ import annotations

import random

from shilian.bench import Metrics
from shilian.bench.measure import percentile, samples_ms
from traceability.measures import trace_graph
from traceability.measures.trace_graph import Graph
from traceability.queries.findings import NamedFinding
from traceability.queries.source_walk import Question, sources_of, walk_up
from traceability.rules.common_source import FindingKind, FindingLine

FINDINGS = 20
ROUNDS = 9


def measure_sources(graph: Graph) -> Metrics:
    """Unrelated shops, and holders of one lot: the walk, the spread and both rankings.

    Units are in the names.
    """
    drawn = random.Random(20261106)
    anywhere = drawn.sample(range(trace_graph.SHOP, trace_graph.HUB_80K), FINDINGS)
    one_lot = drawn.sample(range(trace_graph.HUB_250K + 1, trace_graph.FAN_100K), FINDINGS)
    return {
        "common_source_s": _median_s(graph, one_lot),
        "common_source_unrelated_s": _median_s(graph, anywhere),
    }


def _median_s(graph: Graph, numbers: list[int]) -> float:
    question = Question(
        tuple(
            NamedFinding(
                FindingLine(FindingKind.LABORATORY, row, ""), (graph.batch_id(number),), ""
            )
            for row, number in enumerate(numbers, start=1)
        )
    )
    taken = samples_ms(lambda: _rank(question), ROUNDS)
    return round(percentile(taken, 50) / 1000, 4)


def _rank(question: Question) -> None:
    walk = walk_up(question)
    sources = sources_of(question, walk)
    owner_of = {batch: holder.operator_id for batch, holder in walk.holders.items()}
    sources.batches(20, least=2)
    sources.operators(owner_of, 20, least=2)
