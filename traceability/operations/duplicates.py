"""The same goods told by two channels: found, shown, and decided by somebody who knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from traceability.models import Channel, DuplicateSuspect
from traceability.operations import purchases, sales
from traceability.queries import duplicates as queries
from traceability.queries.duplicates import Pair
from traceability.rules import duplicates as rules

Kind, State = DuplicateSuspect.Kind, DuplicateSuspect.State


@transaction.atomic
def find_duplicates(
    *, by: Actor, since: datetime, at: datetime, operator_ids: Sequence[int] | None = None
) -> int:
    """Put every new pair on the list; one that is there already stays as it was decided.

    Returns: how many pairs were seen. May run any number of times.
    Cost: at most two queries for each kind of record, and one INSERT.
    """
    found: list[DuplicateSuspect] = []
    for kind in (Kind.PURCHASE, Kind.SALE):
        pairs = queries.pairs_since(kind, since, operator_ids=operator_ids)
        alike = [pair for pair in pairs if rules.is_suspect(pair.record, pair.earlier)]
        # A correction of the one that came first has the later id now.
        known = _listed_the_other_way(kind, alike)
        found += [_suspect(kind, pair, at) for pair in alike if pair not in known]
    DuplicateSuspect.objects.bulk_create(found, ignore_conflicts=True, batch_size=1_000)
    if found:
        audit.append(
            by=by, at=at, event="duplicates_found", subject="DuplicateSuspect", count=len(found)
        )
    return len(found)


def _listed_the_other_way(kind: str, pairs: Sequence[Pair]) -> set[Pair]:
    """Those that stand on the list with their two records in the other order. Cost: one query."""
    if not pairs:
        return set()
    rows = DuplicateSuspect.objects.filter(
        kind=kind, record_id__in={pair.earlier_id for pair in pairs}
    )
    listed = set(rows.values_list("earlier_id", "record_id"))
    return {pair for pair in pairs if (pair.record_id, pair.earlier_id) in listed}


def _suspect(kind: str, pair: Pair, at: datetime) -> DuplicateSuspect:
    return DuplicateSuspect(
        operator_id=pair.operator_id,
        division_id=pair.division_id,
        county_id=pair.county_id,
        kind=kind,
        record_id=pair.record_id,
        earlier_id=pair.earlier_id,
        channel=pair.record.channel,
        earlier_channel=pair.earlier.channel,
        happened_on=pair.record.happened_on,
        name=pair.name,
        partner_name=pair.partner_name,
        quantity=pair.record.quantity,
        unit=pair.record.unit,
        found_at=at,
    )


@transaction.atomic
def decide_duplicate(
    *, by: Actor, suspect: DuplicateSuspect, is_same: bool, at: datetime
) -> DuplicateSuspect:
    """Say whether the two tell of the same goods; then the later record is voided.

    The operator alone voids its record; an officer can only say that they are two.
    Raises: Rejected when it was decided before, or the record cannot be voided (its goods have
    left); OutOfScope, Forbidden.
    """
    locked = _lock(by, suspect)
    if locked.state != State.WAITING:
        message = f"这一对已经核对过了（{locked.get_state_display()}）。"
        raise Rejected([Problem("duplicate_decided", "", message)])
    if is_same and not by.is_operator:
        message = "作废记录只能由经营户自己办理，请联系经营户在“疑似重复”里处理。"
        raise Rejected([Problem("operator_decides", "", message)])
    if is_same:
        _void(by, locked.operator, locked, at)
    locked.state = State.SAME if is_same else State.DIFFERENT
    locked.decided_at, locked.decided_by, locked.decided_name = at, by.person_id, by.name
    locked.save(update_fields=["state", "decided_at", "decided_by", "decided_name"])
    audit.append(
        by=by, at=at, event=f"duplicate_{locked.state}", about=locked.operator,
        subject="DuplicateSuspect", subject_id=locked.pk,
    )  # fmt: skip
    return locked


def _lock(by: Actor, suspect: DuplicateSuspect) -> DuplicateSuspect:
    seen = DuplicateSuspect.objects.visible_to(by).select_for_update(of=("self",))
    locked = seen.select_related("operator").filter(pk=suspect.pk).first()
    if locked is None:
        raise OutOfScope
    by.require(
        Permission.RECORD_PURCHASES if by.is_operator else Permission.VIEW_RECORDS,
        on=locked.operator,
    )
    return locked


def _void(by: Actor, operator: Operator, suspect: DuplicateSuspect, at: datetime) -> None:
    """Void the record that came later."""
    reason = f"与{Channel(suspect.earlier_channel).label}的记录重复"
    if suspect.kind == Kind.PURCHASE:
        purchases.void_purchase(
            by=by, operator=operator, purchase_id=suspect.record_id, reason=reason, at=at
        )
    else:
        sales.void_sale(by=by, operator=operator, sale_id=suspect.record_id, reason=reason, at=at)
