"""What people read of a large trace: the list of a recall, and the page of a lot with many holders."""

from __future__ import annotations

import json
import subprocess
import sys

from django.conf import settings
from django.urls import reverse

from enterprises.models import Division, Membership, Person
from enterprises.roles import Role
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import fastest_s
from shilian.embedded.leash import leashed
from traceability.graph.holders import CountyHolders, holders_by_county
from traceability.graph.trace import trace
from traceability.measures import trace_graph
from traceability.measures.trace_graph import Graph

LOGIN = "measure_trace"


def measure_lists(graph: Graph) -> Metrics:
    """The larger hub by county with names, its trace included; a page in a fresh process."""
    start = graph.batch_id(trace_graph.HUB_250K)
    walk_s, list_s = fastest_s([lambda: trace([start], "down"), lambda: _recall_list(start)])
    return {
        "recall_list_s": round(list_s, 3),
        "recall_list_vs_trace": round(list_s / walk_s, 2),
        **_page(graph.batch_id(trace_graph.FAN_100K), graph.batch_id(0)),
    }


def _recall_list(start: int) -> list[CountyHolders]:
    """Every holder below the batch, from the question to the names."""
    return holders_by_county(trace([start], "down").hops)


def _page(batch_id: int, ordinary_id: int) -> Metrics:
    """The first page of a batch with a hundred thousand holders; memory is the process's peak.

    The finder and an ordinary batch were read before, as on a server that has had visitors.
    """
    person = Person.objects.create(login=LOGIN, name="测速员", created_at=clock.now())
    root = Division.objects.get(parent=None)
    Membership.objects.create(
        person=person, role=Role.PROVINCE_OFFICER, division=root, granted_at=clock.now()
    )
    traces = [reverse("traceability:trace_batch", args=[pk]) for pk in (ordinary_id, batch_id)]
    pages = [reverse("traceability:trace"), *traces]
    finished = subprocess.run(
        leashed([sys.executable, "-m", "traceability.measures.page_reader", LOGIN, *pages]),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, peak_mb = json.loads(finished.stdout)
    return {"page_100k_s": round(seconds, 3), "page_100k_mb": round(peak_mb)}
