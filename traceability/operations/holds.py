"""Freezing batches (冻结) and releasing them.

Locks are taken in one order: batches by id, then holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Rejected
from shilian.text import tidy_prose
from traceability import page_store
from traceability.models import Batch, Hold
from traceability.queries import holds as queries
from traceability.queries import stock
from traceability.rules import holds as rules
from traceability.rules.holds import HoldFacts

ZERO = Decimal(0)
Parts = Mapping[int, set[int]]


@transaction.atomic
def hold_batches(*, by: Actor, batch_ids: Sequence[int], reason: str, at: datetime) -> list[Hold]:
    """Freeze batches within sight: nobody may sell or use them until they are released.

    What was split, merged, repacked or boxed of them is the same goods and is frozen with them.
    Their public pages say at once that sales have stopped.
    Raises: Forbidden; Rejected with every problem, also when nothing is left of a batch.
    Source: Food Safety Law article 63; 食品召回管理办法 article 12.
    Cost: a fixed number of queries, and two for each holder.
    """
    by.require(Permission.HOLD_BATCHES)
    wanted, reason = list(dict.fromkeys(batch_ids)), tidy_prose(reason)
    batches, parts = _locked_with_parts(by, wanted[: rules.MAX_BATCHES + 1])
    facts = _facts(batches, parts)
    own = {id_: facts[id_] for id_ in wanted if id_ in facts}
    if problems := rules.check_hold(wanted, own, reason):
        raise Rejected(problems)
    others = sorted(id_ for id_ in facts.keys() - own.keys() if not facts[id_].is_held)
    stopped = [batches[id_] for id_ in (*wanted, *others)]
    held = Hold.objects.bulk_create([_hold(by, batch, reason, at) for batch in stopped])
    _tell(by, at, "batches_held", stopped, reason)
    return held


@transaction.atomic
def release_batches(
    *, by: Actor, batch_ids: Sequence[int], reason: str, at: datetime
) -> list[Hold]:
    """Let frozen batches move again; what a bureau froze, only a bureau releases.

    What had been frozen together with them as the same goods moves again too. A recall of the batch
    goes on. Raises: Forbidden; Rejected with every problem.
    """
    by.require(Permission.HOLD_BATCHES)
    wanted, reason = list(dict.fromkeys(batch_ids)), tidy_prose(reason)
    batches, parts = _locked_with_parts(by, wanted)
    rows = Hold.objects.visible_to(by).in_force().filter(batch_id__in=batches).order_by("pk")
    holds = {hold.batch_id: hold for hold in rows.select_for_update()}
    frozen = {id_: holds[id_].is_official for id_ in wanted if id_ in holds}
    if problems := rules.check_release(wanted, frozen, reason, is_officer=by.is_officer):
        raise Rejected(problems)
    found = _frozen_together(wanted, parts, holds)
    for hold in found:
        hold.released_by, hold.released_name = by.person_id, by.name
        hold.released_at, hold.release_reason = at, reason
    fields = ["released_by", "released_name", "released_at", "release_reason"]
    Hold.objects.bulk_update(found, fields)
    _tell(by, at, "batches_released", [batches[hold.batch_id] for hold in found], reason)
    return found


def _frozen_together(wanted: Sequence[int], parts: Parts, holds: Mapping[int, Hold]) -> list[Hold]:
    """The holds of the batches, and of their parts those that began at the same moment."""
    together = {id_: holds[id_] for id_ in wanted}
    for id_ in wanted:
        for part in parts.get(id_, set()) & holds.keys():
            if _began(holds[part]) == _began(holds[id_]):
                together[part] = holds[part]
    return list(together.values())


def _began(hold: Hold) -> tuple[datetime, bool]:
    return hold.held_at, hold.is_official


def _locked_with_parts(by: Actor, ids: Sequence[int]) -> tuple[dict[int, Batch], Parts]:
    """Those within sight and the same goods in other batches, kept from sellers meanwhile.

    Asked again once all are locked: a batch may have been split while we waited for it, and then
    its new parts have the higher numbers.
    """
    parts: Parts = queries.parts_of(ids)
    batches: dict[int, Batch] = {}
    asked: set[int] = set()
    while wanted := set(ids).union(*parts.values()) - asked:
        batches |= _locked_batches(by, wanted)
        asked |= wanted
        parts = queries.parts_of(ids)
    return batches, parts


def _locked_batches(by: Actor, ids: Collection[int]) -> dict[int, Batch]:
    """Those within sight, kept from sellers until the transaction ends."""
    rows = Batch.objects.visible_to(by).current().filter(pk__in=ids).order_by("pk")
    locked = rows.select_for_update(no_key=True, of=("self",)).select_related("operator")
    return {batch.pk: batch for batch in locked}


def _facts(batches: dict[int, Batch], parts: Parts) -> dict[int, HoldFacts]:
    # Read only once the locks are held, so that what was sold meanwhile is seen.
    held = set(
        Hold.objects.in_force().filter(batch_id__in=batches).values_list("batch_id", flat=True)
    )
    holders = {batch.operator_id: batch.operator for batch in batches.values()}
    gone: dict[int, Decimal] = {}
    for holder in holders.values():
        own = [batch.pk for batch in batches.values() if batch.operator_id == holder.pk]
        gone |= stock.gone_from(holder, own)
    left = {id_: batch.quantity - gone.get(id_, ZERO) for id_, batch in batches.items()}
    return {
        id_: HoldFacts(
            name=batch.name,
            on_hand=left[id_],
            is_held=id_ in held,
            is_in_parts=any(left.get(part, ZERO) > 0 for part in parts.get(id_, ())),
        )
        for id_, batch in batches.items()
    }


def _hold(by: Actor, batch: Batch, reason: str, at: datetime) -> Hold:
    return Hold(
        batch_id=batch.pk,
        operator_id=batch.operator_id,
        division_id=batch.division_id,
        county_id=batch.county_id,
        reason=reason,
        is_official=by.is_officer,
        held_by=by.person_id,
        held_name=by.name,
        held_at=at,
    )


def _tell(by: Actor, at: datetime, event: str, batches: Collection[Batch], reason: str) -> None:
    """One audit row for each holder; the public pages follow once committed."""
    for operator_id in sorted({batch.operator_id for batch in batches}):
        own = [batch for batch in batches if batch.operator_id == operator_id]
        audit.append(
            by=by,
            at=at,
            event=event,
            about=own[0].operator,
            subject="Batch",
            subject_id=own[0].pk,
            count=len(own),
            reason=reason,
        )
    ids = [batch.pk for batch in batches]
    transaction.on_commit(lambda: page_store.forget(ids))
