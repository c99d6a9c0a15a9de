"""Where the goods of a recall are, of all its holders together and of each by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q, Sum

from enterprises.actor import Actor
from traceability.models import Recall, RecallBatch, RecallNotice
from traceability.rules.recalls import ZERO, Balance

AT_ONCE = 1_000
_ANSWERED = Q(left__isnull=False)
_SUMS: dict[str, Any] = {
    "received": Sum("quantity"),
    "gone": Sum("passed_on"),
    "silent": Sum("quantity", filter=~_ANSWERED),
    "silent_gone": Sum("passed_on", filter=~_ANSWERED),
    "kept": Sum("left"),
    "back": Sum("recovered"),
    "consumed": Sum("sold"),
    "burnt": Sum("destroyed"),
}


@dataclass(frozen=True, slots=True)
class HolderLine:
    """One who was told, and where its goods are by unit; a source has none."""

    notice: RecallNotice
    balances: tuple[Balance, ...]


def balances_of(recall: Recall) -> list[Balance]:
    """Where all goods of the recall are, by unit. Cost: one query."""
    rows = RecallBatch.objects.affected().filter(recall=recall)
    return [_balance(row) for row in rows.values("unit").annotate(**_SUMS).order_by("unit")]


def lines_of(recall: Recall, notices: Iterable[RecallNotice]) -> Iterator[HolderLine]:
    """The notices that the caller has found, each with its goods, in the order given.

    Cost: one query for each thousand.
    """
    remaining = iter(notices)
    while some := list(islice(remaining, AT_ONCE)):
        balances = _by_holder(recall, [notice.operator_id for notice in some])
        for notice in some:
            yield HolderLine(notice, tuple(balances.get(notice.operator_id, ())))


def count_outside(actor: Actor, recall: Recall) -> int:
    """How many were told of the recall who lie outside the actor's sight. Cost: one query."""
    told = RecallNotice.objects.standing().filter(recall=recall)
    seen = told.visible_to(actor).values("operator_id")
    return told.exclude(operator_id__in=seen).count()


def _by_holder(recall: Recall, operator_ids: Collection[int]) -> dict[int, list[Balance]]:
    rows = RecallBatch.objects.affected().filter(recall=recall, operator_id__in=operator_ids)
    found: dict[int, list[Balance]] = defaultdict(list)
    for row in rows.values("operator_id", "unit").annotate(**_SUMS).order_by("unit"):
        found[row["operator_id"]].append(_balance(row))
    return found


def _balance(row: Mapping[str, Any]) -> Balance:
    return Balance(
        unit=row["unit"],
        total=row["received"] - row["gone"],
        unanswered=(row["silent"] or ZERO) - (row["silent_gone"] or ZERO),
        left=row["kept"] or ZERO,
        recovered=row["back"] or ZERO,
        sold=row["consumed"] or ZERO,
        destroyed=row["burnt"] or ZERO,
    )
