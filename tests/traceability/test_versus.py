from __future__ import annotations

import pytest

from tests.builders.traceability import TODAY
from traceability.measures import trace_graph, versus
from traceability.measures.trace_graph import Graph


def test_without_the_peers_the_figures_are_null_and_say_why(monkeypatch):
    monkeypatch.setattr(versus, "find_spec", lambda name: None)

    with versus.lot_in_tryton() as tryton:
        metrics = versus.measure_peers(Graph(TODAY), tryton)

    assert metrics["vs_tryton"] is None
    assert metrics["vs_django_dag_random"] is None
    assert metrics["vs_django_dag_hub"] is None
    assert "make install" in str(metrics["peers"])


def test_the_lot_branches_to_as_many_holders_as_links():
    edges = trace_graph.lot_edges(100)

    assert edges[0] == (0, 1)
    assert sorted(buyer for _, buyer in edges) == list(range(1, 101))
    assert all(seller < buyer for seller, buyer in edges)


def test_a_peer_with_another_answer_is_no_comparison():
    with pytest.raises(RuntimeError, match="means nothing"):
        versus._must_agree((3, 2), (3, 1))
