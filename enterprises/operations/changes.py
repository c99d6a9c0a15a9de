"""Tell what is derived from the register which of its entries changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from enterprises.models import OperatorChange
from shilian.db.ids import new_ids

TAKEN_AT_ONCE = 50_000


def note_changes(operator_ids: Iterable[int]) -> None:
    """Remember that these operators were listed, moved, activated, reclassified or left the counts.

    The caller is the transaction that changes them. Cost: one query.
    """
    changed = list(operator_ids)
    rows = zip(new_ids(len(changed)), changed, strict=True)
    OperatorChange.objects.bulk_create(
        OperatorChange(id=id_, operator_id=operator_id) for id_, operator_id in rows
    )


def take_changes(limit: int = TAKEN_AT_ONCE) -> list[int]:
    """The operators that changed, oldest first, each once; they are forgotten on commit.

    Cost: one query that reads only what changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM enterprises_operatorchange WHERE id IN"
            " (SELECT id FROM enterprises_operatorchange ORDER BY id LIMIT %s"
            " FOR UPDATE SKIP LOCKED) RETURNING operator_id",
            [limit],
        )
        return sorted({operator_id for (operator_id,) in cursor.fetchall()})
