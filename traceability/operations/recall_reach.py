"""Whom a recall reaches: its batches and notices, written by whole sets and never row by row.

Cost: a fixed number of statements, whatever the number of batches and holders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from enterprises.models import Operator
from traceability import page_store
from traceability.graph.columns import written
from traceability.graph.trace import Trace, trace
from traceability.models import Batch, IncomingDraft, Link, Recall, RecallBatch, RecallNotice
from traceability.queries.recall_audience import UPSTREAM
from traceability.rules import recalls as rules

PAGES_AT_ONCE = 5_000

_BATCHES, _NOTICES = RecallBatch._meta.db_table, RecallNotice._meta.db_table
_ADD = f"""
    INSERT INTO {_BATCHES}
      (recall_id, batch_id, operator_id, county_id, hop, quantity, unit, passed_on, added_at)
    SELECT %s, b.id, b.operator_id, b.county_id, reached.hop, b.quantity, b.unit, 0, %s
    FROM unnest(%s::bigint[], %s::smallint[]) AS reached(id, hop)
    CROSS JOIN LATERAL (
      SELECT id, operator_id, county_id, quantity, unit FROM {Batch._meta.db_table}
      WHERE id = reached.id AND state = 'current' OFFSET 0
    ) b
    ON CONFLICT (recall_id, batch_id) DO UPDATE SET removed_at = NULL, hop = excluded.hop"""
_REMOVE = f"""
    UPDATE {_BATCHES} SET removed_at = %s
    WHERE recall_id = %s AND removed_at IS NULL AND batch_id <> ALL(%s::bigint[])
    RETURNING batch_id"""
# What went to a batch of the same recall is answered for by its holder, also where that batch has
# been taken out since. Where no such link is left, the parent's holder answers for all again.
_PASS_ON = f"""
    UPDATE {_BATCHES} p SET passed_on = gone.quantity
    FROM (
      SELECT parent.batch_id,
        coalesce(sum(l.quantity) FILTER (WHERE child.batch_id IS NOT NULL), 0) AS quantity
      FROM {_BATCHES} parent
      LEFT JOIN {Link._meta.db_table} l ON l.parent_id = parent.batch_id
      LEFT JOIN {_BATCHES} child
        ON child.recall_id = parent.recall_id AND child.batch_id = l.child_id
      WHERE parent.recall_id = %s GROUP BY parent.batch_id
    ) gone
    WHERE p.recall_id = %s AND p.batch_id = gone.batch_id AND p.passed_on <> gone.quantity"""
_NOTICE_COLUMNS = (
    "(recall_id, operator_id, division_id, county_id, role, batch_count, sent_at, answered_name,"
    " note, evidence_ids)"
)
# Whoever has a batch it has not answered for is asked again. Counts would not tell: it may have
# lost one batch when it got another.
_TELL_HOLDERS = f"""
    INSERT INTO {_NOTICES} AS n {_NOTICE_COLUMNS}
    SELECT %s, o.id, o.division_id, o.county_id, 'holder', held.batches, %s, '', '', '{{}}'
    FROM (
      SELECT operator_id, count(*) AS batches FROM {_BATCHES}
      WHERE recall_id = %s AND removed_at IS NULL GROUP BY operator_id
    ) held
    JOIN {Operator._meta.db_table} o ON o.id = held.operator_id
    ON CONFLICT (recall_id, operator_id) DO UPDATE SET
      batch_count = excluded.batch_count, role = excluded.role, withdrawn_at = NULL,
      answered_at = CASE WHEN EXISTS (
        SELECT 1 FROM {_BATCHES} b
        WHERE b.recall_id = n.recall_id AND b.operator_id = n.operator_id
          AND b.removed_at IS NULL AND b."left" IS NULL
      ) THEN NULL ELSE n.answered_at END"""
_WITHDRAW = f"""
    UPDATE {_NOTICES} n SET withdrawn_at = %s, batch_count = 0
    WHERE n.recall_id = %s AND n.withdrawn_at IS NULL AND n.role = 'holder' AND NOT EXISTS (
      SELECT 1 FROM {_BATCHES} b
      WHERE b.recall_id = n.recall_id AND b.operator_id = n.operator_id AND b.removed_at IS NULL
    )"""
# Goods that a seller says it sent and the buyer has not answered may already lie on its shelf.
# They were offered after the first batch came to be, so older months are not looked at.
_TELL_BUYERS = f"""
    INSERT INTO {_NOTICES} AS n {_NOTICE_COLUMNS}
    SELECT DISTINCT b.recall_id, d.operator_id, d.division_id, d.county_id, 'holder', 0,
      %s::timestamptz, '', '', '{{}}'::bigint[]
    FROM {_BATCHES} b
    JOIN {IncomingDraft._meta.db_table} d
      ON d.seller_operator_id = b.operator_id AND d.seller_batch_id = b.batch_id
    WHERE b.recall_id = %s AND b.removed_at IS NULL AND d.state = 'waiting' AND d.id > %s
    ON CONFLICT (recall_id, operator_id) DO UPDATE SET withdrawn_at = NULL
      WHERE n.withdrawn_at IS NOT NULL"""
_TELL_SOURCES = f"""
    INSERT INTO {_NOTICES} {_NOTICE_COLUMNS}
    SELECT %s, o.id, o.division_id, o.county_id, 'source', 0, %s, '', '', '{{}}'
    FROM {Operator._meta.db_table} o WHERE o.id IN (
      SELECT operator_id FROM {Batch._meta.db_table} WHERE id = ANY(%s::bigint[])
    )
    ON CONFLICT DO NOTHING"""
_COUNT = f"""
    SELECT (SELECT count(*) FROM {_BATCHES} WHERE recall_id = %s AND removed_at IS NULL),
      count(*), count(DISTINCT county_id)
    FROM {_NOTICES} WHERE recall_id = %s AND withdrawn_at IS NULL"""
_LOCK = f"SELECT 1 FROM {_NOTICES} WHERE recall_id = %s ORDER BY operator_id FOR UPDATE"


def reach_of(recall: Recall, found: Trace) -> dict[int, int]:
    """The batches of the trace that the recall concerns, with their hops."""
    if not recall.left_out_ids:
        return found.hops
    return rules.reach(recall.start_ids, _onward(found), frozenset(recall.left_out_ids))


def _onward(found: Trace) -> Mapping[int, list[int]]:
    onward: dict[int, list[int]] = defaultdict(list)
    for level in found.levels:
        for child, parent in zip(level.children, level.parents, strict=True):
            onward[parent].append(child)
    return onward


def spread(recall: Recall, found: Trace, hops: Mapping[int, int], at: datetime) -> None:
    """Make batches, notices and counts of the locked recall what the trace says; saves it.

    Answers that were given stay. Public pages follow once committed, except for a drill.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [recall.pk])
        ids = written(hops)
        depths = "{" + ",".join(map(str, hops.values())) + "}"
        cursor.execute(_ADD, [recall.pk, at, ids, depths])
        cursor.execute(_REMOVE, [at, recall.pk, ids])
        removed = [row[0] for row in cursor.fetchall()]
        cursor.execute(_PASS_ON, [recall.pk, recall.pk])
        cursor.execute(_TELL_HOLDERS, [recall.pk, at, recall.pk])
        cursor.execute(_WITHDRAW, [at, recall.pk])
        cursor.execute(_TELL_BUYERS, [at, recall.pk, min(recall.start_ids)])
        if recall.tells_upstream:
            above = trace(recall.start_ids, "up", UPSTREAM)
            cursor.execute(_TELL_SOURCES, [recall.pk, at, written(above.hops)])
        cursor.execute(_COUNT, [recall.pk, recall.pk])
        _save_counts(recall, found, cursor.fetchone())
    if not recall.is_drill:
        forget_pages([*hops, *removed])


def _save_counts(recall: Recall, found: Trace, counts: tuple[Any, ...]) -> None:
    recall.batch_count, recall.holder_count, recall.county_count = counts
    recall.trace_ms, recall.trace_cut = round(found.seconds * 1000), found.cut or ""
    recall.save(
        update_fields=[
            "start_ids",
            "left_out_ids",
            "batch_count",
            "holder_count",
            "county_count",
            "trace_ms",
            "trace_cut",
        ]
    )


def forget_pages(ids: list[int]) -> None:
    """Once committed, the public pages of the batches are built anew."""

    def forget() -> None:
        for first in range(0, len(ids), PAGES_AT_ONCE):
            page_store.forget(ids[first : first + PAGES_AT_ONCE])

    transaction.on_commit(forget)
