"""Whether a batch may leave its maker: its own factory inspection, or that of what it was split from.

A batch that was only split, merged, repacked or boxed is the same goods, so it passes with all of
those that it came from, and stops when one of them fails later. What a run made anew, and what a
buyer sent back, needs an inspection of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from django.db import connection

from enterprises.models import Operator
from shilian.db.ids import lower_bound, made_at
from traceability.models import Batch, BatchOrigin, FactoryInspection, LinkKind
from traceability.rules.gate import needs_inspection

INHERITING = (BatchOrigin.REPACKED.value, BatchOrigin.PACKED.value)
SAME_GOODS = [
    LinkKind.SPLIT.value,
    LinkKind.MERGE.value,
    LinkKind.REPACK.value,
    LinkKind.AGGREGATION.value,
]
# The way back to the batches that were made, bought or grown, never through somebody else's hands.
_ROOTS = """
    WITH RECURSIVE up(batch_id, at_id) AS (
      SELECT id, id FROM unnest(%(ids)s::bigint[]) AS wanted(id)
      UNION
      SELECT up.batch_id, l.parent_id FROM up
      JOIN traceability_batch b ON b.id = up.at_id AND b.operator_id = %(operator)s
        AND b.origin_kind = ANY (%(inheriting)s)
      JOIN traceability_link l ON l.child_id = up.at_id AND l.kind = ANY (%(same)s)
    )
    SELECT up.batch_id, b.id, b.goods_class, b.origin_kind, b.maker_operator_id, b.is_farm_produce
    FROM up JOIN traceability_batch b ON b.id = up.at_id AND b.operator_id = %(operator)s
    WHERE NOT b.origin_kind = ANY (%(inheriting)s)"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The latest factory inspection of one batch."""

    has_passed: bool
    certificate_number: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the batch needs a passed inspection before it leaves, and whether it has one.

    ``has_failed``: the last word on it, or on one of those that it came from, is that it failed.
    """

    needs_inspection: bool = False
    has_passed: bool = False
    certificate_number: str = ""
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class _Root:
    batch_id: int
    is_gated: bool


NO_ROOTS: Mapping[int, list[_Root]] = MappingProxyType({})


def gates_of(operator: Operator, batches: Iterable[Batch], *, on: date) -> dict[int, Gate]:
    """The gate of each of the operator's batches.

    Cost: at most one query; one more when some of them were split, repacked or boxed.
    """
    found = list(batches)
    heirs = [batch.pk for batch in found if batch.origin_kind in INHERITING]
    roots = _roots(operator, heirs, on) if heirs else NO_ROOTS
    above = {root.batch_id for each in roots.values() for root in each}
    asked = {batch.pk for batch in found if batch.is_own_made} | above
    verdicts = latest_verdicts(operator, asked)
    return {batch.pk: _gate(operator, batch, roots, verdicts, on) for batch in found}


def latest_verdicts(operator: Operator, batch_ids: Collection[int]) -> dict[int, Verdict]:
    """The last word of the factory on each batch that it inspected. Cost: at most one query."""
    if not batch_ids:
        return {}
    # A record comes after its batch; the day allows for clocks that differ.
    since = lower_bound(made_at(min(batch_ids)) - timedelta(days=1))
    rows = (
        FactoryInspection.objects.current()
        .filter(operator=operator, batch_id__in=batch_ids, pk__gte=since)
        .order_by("batch_id", "-inspected_on", "-pk")
        .distinct("batch_id")
        .values_list("batch_id", "result", "certificate_number")
    )
    return {
        batch_id: Verdict(result == FactoryInspection.Result.PASSED, number)
        for batch_id, result, number in rows
    }


def _gate(
    operator: Operator,
    batch: Batch,
    roots: Mapping[int, list[_Root]],
    verdicts: Mapping[int, Verdict],
    on: date,
) -> Gate:
    own = verdicts.get(batch.pk)
    above = [root.batch_id for root in roots.get(batch.pk, ()) if root.is_gated]
    if batch.origin_kind in INHERITING:
        is_needed = bool(above)
    else:
        is_needed = _is_gated(operator, batch.goods_class, on) and batch.is_own_made
    if own is not None or batch.origin_kind not in INHERITING:
        has_failed = own is not None and not own.has_passed
        own = own or Verdict(False, "")
        number = own.certificate_number if own.has_passed else ""
        return Gate(is_needed, own.has_passed, number, has_failed)
    said = [verdicts.get(id_, Verdict(False, "")) for id_ in above]
    has_passed = bool(said) and all(verdict.has_passed for verdict in said)
    has_failed = any(id_ in verdicts and not verdicts[id_].has_passed for id_ in above)
    numbers = "、".join(dict.fromkeys(verdict.certificate_number for verdict in said))
    return Gate(is_needed, has_passed, numbers[:60] if has_passed else "", has_failed)


def _is_gated(operator: Operator, goods_class: str, on: date) -> bool:
    return needs_inspection(goods_class, is_enterprise=operator.is_enterprise, on=on)


def _roots(operator: Operator, ids: Collection[int], on: date) -> dict[int, list[_Root]]:
    known: dict[str, Any] = {
        "ids": sorted(ids),
        "operator": operator.pk,
        "inheriting": list(INHERITING),
        "same": SAME_GOODS,
    }
    roots: dict[int, list[_Root]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, known)
        for heir, id_, goods_class, origin, maker, is_farm in cursor.fetchall():
            batch = Batch(
                id=id_,
                operator_id=operator.pk,
                origin_kind=origin,
                maker_operator_id=maker,
                is_farm_produce=is_farm,
            )
            is_gated = batch.is_own_made and _is_gated(operator, goods_class, on)
            roots[heir].append(_Root(id_, is_gated))
    return roots
