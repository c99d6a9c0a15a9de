"""The same graphs walked by Tryton and by django-dag, each in a process and database of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from shilian.bench import Metrics
from shilian.bench.measure import percentile, samples_ms
from shilian.embedded.leash import leashed
from shilian.embedded.postgres import Postgres
from shilian.embedded.roles import OWNER, create_database
from traceability.graph.trace import Trace, trace
from traceability.measures import trace_graph
from traceability.measures.trace_graph import Graph

LOT_LINKS = 2_400
PICKS = 100
ROUNDS = 5
MISSING = "没有安装对比用的软件包，请运行 make install；vs_tryton 与 vs_django_dag 未测。"
NOT_MEASURED: Metrics = {
    "vs_tryton": None,
    "vs_django_dag_random": None,
    "vs_django_dag_hub": None,
}

Peer = subprocess.Popen[str]


@contextmanager
def lot_in_tryton() -> Iterator[Peer | None]:
    """Tryton making its records while the block does other work; None without the packages."""
    if not (find_spec("trytond") and find_spec("django_dag")):
        yield None
        return
    with peer_process("lot_moves", {"edges": trace_graph.lot_edges(LOT_LINKS)}) as peer:
        yield peer


def measure_peers(graph: Graph, tryton: Peer | None) -> Metrics:
    """How many times as long they take; their tables hold only what they are asked about.

    Without the packages the figures are null and ``peers`` says why.
    """
    if tryton is None:
        return {**NOT_MEASURED, "peers": MISSING}
    return {**_beside_tryton(graph, tryton), **_beside_django_dag(graph)}


def _beside_tryton(graph: Graph, tryton: Peer) -> Metrics:
    """A lot that only branches, level by level over the moves of it that Tryton calls its traces."""
    start = trace_graph.add_lot(graph, LOT_LINKS)
    found = trace([start], "down")
    theirs = answer_of(tryton)
    _must_agree((theirs["nodes"], theirs["links"]), (len(found.hops), found.link_count))
    ours = _seconds(start)
    return {
        "tryton_moves": LOT_LINKS,
        "tryton_s": round(theirs["seconds"], 2),
        "tryton_ours_s": round(ours, 5),
        "vs_tryton": round(theirs["seconds"] / ours),
    }


def _beside_django_dag(graph: Graph) -> Metrics:
    """All links below random batches, together, and below the smaller hub."""
    drawn = random.Random(20261107)
    picks = [graph.batch_id(drawn.randrange(trace_graph.BATCHES)) for _ in range(PICKS)]
    starts = [*picks, graph.batch_id(trace_graph.HUB_80K)]
    found = [trace([start], "down") for start in starts]
    with peer_process("dag", {"edges": _edges(found), "starts": starts}) as peer:
        theirs = answer_of(peer)
    _must_agree(theirs["links"], [each.link_count for each in found])
    random_s, hub_s = sum(map(_seconds, picks)), _seconds(starts[-1])
    *each_s, peer_hub_s = theirs["seconds"]
    return {
        "django_dag_random_s": round(sum(each_s), 3),
        "django_dag_hub_s": round(peer_hub_s, 2),
        "vs_django_dag_random": round(sum(each_s) / random_s, 1),
        "vs_django_dag_hub": round(peer_hub_s / hub_s, 1),
    }


def _seconds(start: int) -> float:
    """The median, everything being in memory."""
    return percentile(samples_ms(lambda: trace([start], "down"), ROUNDS), 50) / 1000


def _edges(found: Iterable[Trace]) -> list[tuple[int, int]]:
    """The links of the traces as (parent, child), each once."""
    links = {
        end
        for each in found
        for level in each.levels
        for end in zip(level.parents, level.children, strict=True)
    }
    return sorted(links)


def _must_agree(theirs: object, ours: object) -> None:
    if theirs != ours:
        raise RuntimeError("the peer found something else; the comparison means nothing")


@contextmanager
def peer_process(program: str, question: dict[str, Any]) -> Iterator[Peer]:
    """The program at work on the question; a database of the scratch server keeps its tables."""
    with _database(f"peer_{program}") as environment:
        peer = subprocess.Popen(
            leashed([sys.executable, "-m", f"traceability.measures.peers.{program}"]),
            cwd=settings.BASE_DIR,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            print(json.dumps(question), file=peer.stdin, flush=True)
            yield peer
        finally:
            peer.kill()
            peer.wait()


def answer_of(peer: Peer) -> dict[str, Any]:
    """Let the program measure, and hear what it found."""
    said, _ = peer.communicate("\n")
    if peer.returncode:
        raise RuntimeError("the peer ended without an answer; its own message is above")
    answer: dict[str, Any] = json.loads(said)
    return answer


@contextmanager
def _database(name: str) -> Iterator[dict[str, str]]:
    """An empty database, as libpq's variables; gone afterwards."""
    server = Postgres(settings.LAYOUT)
    with server.connect() as connection:
        create_database(connection, name)
        try:
            yield {"PGHOST": str(settings.LAYOUT.sockets), "PGUSER": OWNER, "PGDATABASE": name}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
