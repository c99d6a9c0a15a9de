"""Which batches are frozen, recalled or in a drill, and by which recall, as officers are shown it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from enum import Enum

from django.db import connection

from enterprises.actor import Actor
from traceability.graph.columns import written
from traceability.models import Hold, Recall, RecallBatch


class Sign(Enum):
    """``label`` is what an officer reads, ``tone`` that of its badge; the gravest first."""

    RECALLING = ("recalling", "召回中", "bad")
    RECALLED = ("recalled", "已召回", "bad")
    FROZEN = ("frozen", "已冻结", "warn")
    DRILL = ("drill", "演练中", "info")

    def __init__(self, code: str, label: str, tone: str) -> None:
        self.code, self.label, self.tone = code, label, tone


ORDER = {sign: place for place, sign in enumerate(Sign)}
BY_CODE = {sign.code: sign for sign in Sign}
# A finished recall still holds for its goods; a drill is over with its end.
_SIGNS = f"""
    SELECT batch_id, '{Sign.FROZEN.code}' FROM {Hold._meta.db_table}
    WHERE batch_id = ANY(%(ids)s::bigint[]) AND released_at IS NULL
    UNION
    SELECT b.batch_id, CASE WHEN r.is_drill THEN '{Sign.DRILL.code}'
      WHEN r.state = '{Recall.State.ACTIVE}' THEN '{Sign.RECALLING.code}'
      ELSE '{Sign.RECALLED.code}' END
    FROM {RecallBatch._meta.db_table} b JOIN {Recall._meta.db_table} r ON r.id = b.recall_id
    WHERE b.batch_id = ANY(%(ids)s::bigint[]) AND b.removed_at IS NULL
      AND (r.state = '{Recall.State.ACTIVE}'
        OR r.state = '{Recall.State.FINISHED}' AND NOT r.is_drill)"""

# Written out, because a recall may be asked about a hundred thousand batches.
_ABOUT = f"""
    SELECT DISTINCT recall_id FROM {RecallBatch._meta.db_table}
    WHERE batch_id = ANY(%(ids)s::bigint[]) AND removed_at IS NULL"""


def signs_of(batch_ids: Collection[int]) -> dict[int, tuple[Sign, ...]]:
    """Of the batches that the caller has found, those that are stopped or drilled, and how.

    Cost: one query, none for no batches.
    """
    signs: dict[int, list[Sign]] = defaultdict(list)
    if batch_ids:
        with connection.cursor() as cursor:
            cursor.execute(_SIGNS, {"ids": written(batch_ids)})
            for batch_id, code in cursor.fetchall():
                signs[batch_id].append(BY_CODE[code])
    return {id_: tuple(sorted(found, key=ORDER.__getitem__)) for id_, found in signs.items()}


def recalls_about(actor: Actor, batch_ids: Collection[int]) -> list[Recall]:
    """The recalls, no drills, that already concern one of the batches, newest first.

    Only those that the actor may open. Cost: at most two queries, none for no batches.
    """
    if not batch_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, {"ids": written(batch_ids)})
        found = [recall_id for (recall_id,) in cursor.fetchall()]
    rows = Recall.objects.visible_to(actor).filter(pk__in=found, is_drill=False)
    return list(rows.exclude(state=Recall.State.CANCELLED).order_by("-pk")) if found else []
