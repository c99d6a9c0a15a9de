"""Which batches may not move, and the holds as their pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from enterprises.actor import Actor
from shilian.clock import business_day
from traceability.models import Batch, Hold, Link, Recall, RecallBatch
from traceability.models.recalls import HoldQuerySet
from traceability.queries.gates import SAME_GOODS
from traceability.rules.codes import public_code
from traceability.rules.holds import Stop

# A recalled batch stays recalled when the recall has been finished; a drill stops nothing.
_STOPS = f"""
    SELECT batch_id, held_at, false, is_official FROM {Hold._meta.db_table}
    WHERE batch_id = ANY(%s) AND released_at IS NULL
    UNION ALL
    SELECT b.batch_id, b.added_at, true, true FROM {RecallBatch._meta.db_table} b
    JOIN {Recall._meta.db_table} r ON r.id = b.recall_id
    WHERE b.batch_id = ANY(%s) AND b.removed_at IS NULL
      AND NOT r.is_drill AND r.state <> '{Recall.State.CANCELLED}'"""

# Down to what the goods are in now; they are their holder's own all the way.
_PARTS = f"""
    WITH RECURSIVE down(batch_id, at_id) AS (
      SELECT id, id FROM unnest(%s::bigint[]) AS wanted(id)
      UNION
      SELECT down.batch_id, l.child_id FROM down
      JOIN {Link._meta.db_table} l ON l.parent_id = down.at_id AND l.kind = ANY (%s)
    )
    SELECT down.batch_id, b.id FROM down
    JOIN {Batch._meta.db_table} b ON b.id = down.at_id AND b.state = 'current'
    WHERE b.id <> down.batch_id"""


def stops_of(found: Collection[int]) -> dict[int, Stop]:
    """Of the batches that the caller has found, those that are frozen or recalled.

    A recall outweighs a hold; the earliest day counts. Cost: one query, none for no batches.
    """
    stops: dict[int, Stop] = {}
    for batch_id, at, is_recall, _ in _rows(found):
        known = stops.get(batch_id)
        day = business_day(at)
        stops[batch_id] = Stop(
            since=min(day, known.since) if known else day,
            is_recall=is_recall or (known is not None and known.is_recall),
        )
    return stops


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why goods must stop that come of stopped ones: since when, and whether only a bureau ends it."""

    since: datetime
    is_recall: bool
    is_official: bool


def standstill_of(found: Collection[int]) -> Standstill | None:
    """What stops anything that comes of these batches; None while all of them may move.

    Cost: one query, none for no batches.
    """
    rows = _rows(found)
    if not rows:
        return None
    return Standstill(
        since=min(at for _, at, _, _ in rows),
        is_recall=any(is_recall for _, _, is_recall, _ in rows),
        is_official=any(is_official for _, _, _, is_official in rows),
    )


def _rows(found: Collection[int]) -> list[tuple[int, datetime, bool, bool]]:
    if not found:
        return []
    ids = sorted(found)
    with connection.cursor() as cursor:
        cursor.execute(_STOPS, [ids, ids])
        return list(cursor.fetchall())


def parts_of(found: Collection[int]) -> dict[int, set[int]]:
    """What was split, merged, repacked or boxed of each batch that the caller has found.

    It is the same goods in other batches of the same holder. Cost: one query, none for no batches.
    """
    parts: dict[int, set[int]] = defaultdict(set)
    if found:
        with connection.cursor() as cursor:
            cursor.execute(_PARTS, [sorted(found), SAME_GOODS])
            for batch_id, part_id in cursor.fetchall():
                parts[batch_id].add(part_id)
    return parts


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A hold with the goods it stops; ``code`` is the batch's public code."""

    hold: Hold
    batch: Batch
    code: str


def held_batches(actor: Actor, found: Sequence[Hold]) -> list[HeldBatch]:
    """The holds with their batches, in the order given. Cost: one query, none for no holds."""
    wanted = [hold.batch_id for hold in found]
    rows = Batch.objects.visible_to(actor).in_bulk(wanted) if wanted else {}
    return [
        HeldBatch(hold, batch, public_code(batch.pk, batch.token_salt))
        for hold in found
        if (batch := rows.get(hold.batch_id)) is not None
    ]


def list_holds(actor: Actor) -> HoldQuerySet:
    """The holds in force within the actor's sight, for a keyset page."""
    return Hold.objects.visible_to(actor).in_force().select_related("operator")
