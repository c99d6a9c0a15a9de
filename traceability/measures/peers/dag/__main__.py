"""From each start, the set of all links below it: what a trace tells, without hops and quantities.

Reads a line ``{"edges": [[parent, child]…], "starts": […]}``, prints
``{"seconds": […], "links": […]}``, one entry for each start.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import connection


def main() -> None:
    settings.configure(
        INSTALLED_APPS=["traceability.measures.peers.dag"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["PGDATABASE"],
                "USER": os.environ["PGUSER"],
                "HOST": os.environ["PGHOST"],
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    asked = json.loads(sys.stdin.readline())
    _load(asked["edges"])
    node = apps.get_model("dag", "Node")
    # A start is made without asking the database for it: one query less than a caller would need.
    answers = [_below(node(pk=start)) for start in asked["starts"]]
    seconds, links = zip(*answers, strict=True)
    json.dump({"seconds": seconds, "links": links}, sys.stdout)


def _load(edges: list[list[int]]) -> None:
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            editor.create_model(model)
    with connection.cursor() as cursor:
        with cursor.copy("COPY dag_node (id) FROM STDIN") as copy:
            for node in sorted({end for edge in edges for end in edge}):
                copy.write_row([node])
        with cursor.copy("COPY dag_edge (parent_id, child_id) FROM STDIN") as copy:
            for edge in edges:
                copy.write_row(edge)
        cursor.execute("VACUUM ANALYZE dag_node, dag_edge")


def _below(start: Any) -> tuple[float, int]:
    began = time.perf_counter()
    found = start.descendants_edges_set()
    return time.perf_counter() - began, len(found)


if __name__ == "__main__":
    main()
