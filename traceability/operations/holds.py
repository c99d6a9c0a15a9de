"""Freezing batches (冻结) and releasing them.

Locks are taken in one order: batches by id, then holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from traceability.queries import stock
from traceability.rules import holds as rules
from traceability.rules.holds import HoldFacts

ZERO = Decimal(0)


@transaction.atomic
def hold_batches(*, by: Actor, batch_ids: Sequence[int], reason: str, at: datetime) -> list[Hold]:
    """Freeze batches within sight: nobody may sell or use them until they are released.

    Their public pages say at once that sales have stopped.
    Raises: Forbidden; Rejected with every problem, also when nothing is left of a batch.
    Source: Food Safety Law article 63; 食品召回管理办法 article 12.
    Cost: a fixed number of queries, and two for each holder.
    """
    by.require(Permission.HOLD_BATCHES)
    wanted, reason = list(dict.fromkeys(batch_ids)), tidy_prose(reason)
    batches = _locked_batches(by, wanted[: rules.MAX_BATCHES + 1])
    if problems := rules.check_hold(wanted, _facts(batches), reason):
        raise Rejected(problems)
    held = Hold.objects.bulk_create([_hold(by, batches[id_], reason, at) for id_ in wanted])
    _tell(by, at, "batches_held", batches.values(), reason)
    return held


@transaction.atomic
def release_batches(
    *, by: Actor, batch_ids: Sequence[int], reason: str, at: datetime
) -> list[Hold]:
    """Let frozen batches move again; what a bureau froze, only a bureau releases.

    A recall of the batch goes on. Raises: Forbidden; Rejected with every problem.
    """
    by.require(Permission.HOLD_BATCHES)
    wanted, reason = list(dict.fromkeys(batch_ids)), tidy_prose(reason)
    batches = _locked_batches(by, wanted)
    rows = Hold.objects.visible_to(by).in_force().filter(batch_id__in=batches).order_by("pk")
    found = list(rows.select_for_update())
    frozen = {hold.batch_id: hold.is_official for hold in found}
    if problems := rules.check_release(wanted, frozen, reason, is_officer=by.is_officer):
        raise Rejected(problems)
    for hold in found:
        hold.released_by, hold.released_name = by.person_id, by.name
        hold.released_at, hold.release_reason = at, reason
    fields = ["released_by", "released_name", "released_at", "release_reason"]
    Hold.objects.bulk_update(found, fields)
    _tell(by, at, "batches_released", batches.values(), reason)
    return found


def _locked_batches(by: Actor, ids: Collection[int]) -> dict[int, Batch]:
    """Those within sight, kept from sellers until the transaction ends."""
    rows = Batch.objects.visible_to(by).current().filter(pk__in=ids).order_by("pk")
    locked = rows.select_for_update(no_key=True, of=("self",)).select_related("operator")
    return {batch.pk: batch for batch in locked}


def _facts(batches: dict[int, Batch]) -> dict[int, HoldFacts]:
    # Read only once the locks are held, so that what was sold meanwhile is seen.
    held = set(
        Hold.objects.in_force().filter(batch_id__in=batches).values_list("batch_id", flat=True)
    )
    holders = {batch.operator_id: batch.operator for batch in batches.values()}
    gone: dict[int, Decimal] = {}
    for holder in holders.values():
        own = [batch.pk for batch in batches.values() if batch.operator_id == holder.pk]
        gone |= stock.gone_from(holder, own)
    return {
        batch.pk: HoldFacts(
            name=batch.name,
            on_hand=batch.quantity - gone.get(batch.pk, ZERO),
            is_held=batch.pk in held,
        )
        for batch in batches.values()
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
