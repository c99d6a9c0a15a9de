"""Error declarations: an event says that an earlier one was wrong, and its record is voided.

Source: GS1 EPCIS 2.0.1 section 7.4.1.4 (error declarations); the original stays beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Rejected, errors
from traceability.epcis.reading import Reading
from traceability.models import EpcisEvent
from traceability.operations import batches, purchases, sales

REASONS = {"did_not_occur": "事件没有发生", "incorrect_data": "内容有误"}


def declare_wrong(
    *, by: Actor, operator: Operator, readings: Sequence[Reading], at: datetime
) -> None:
    """Mark the stored events that the readings declare wrong, and void every record they made.

    A record that was in the books before, or that another event still tells of, stays. Where it can
    no longer be voided, the declaration is refused with the reason.
    Cost: two queries for each declaration, three more for each event, and those of voiding.
    """
    for reading in readings:
        if reading.is_error:
            _declare(by, operator, reading, at)


def _declare(by: Actor, operator: Operator, reading: Reading, at: datetime) -> None:
    same = Q(digest=reading.digest)
    if "eventID" in reading.event:
        same |= Q(event_id=reading.event_id)
    originals = EpcisEvent.objects.filter(same, operator=operator, is_error=False)
    said = reading.event["errorDeclaration"].get("reason", "")
    reason = f"EPCIS 更正声明：{REASONS.get(said, said or '未说明原因')}"[:200]
    try:
        with transaction.atomic():
            for original in originals.filter(declared_wrong_at=None):
                original.declared_wrong_at = at
                original.save(update_fields=["declared_wrong_at"])
                for id_ in _to_be_voided(original):
                    _void(by, operator, original, id_, reason, at)
    except Rejected as refused:
        reading.problems += [p.at_row(reading.position) for p in errors(refused.problems)]


def _to_be_voided(event: EpcisEvent) -> list[int]:
    """The event's records that events alone made, and of which none stands any more."""
    about = Q(record_id=event.record_id) | Q(batch_ids__overlap=event.batch_ids)
    telling = EpcisEvent.objects.filter(
        about,
        operator_id=event.operator_id,
        record_kind=event.record_kind,
        record_id__isnull=False,
    )
    others = list(telling) if event.record_ids else []
    return [
        id_
        for id_ in event.record_ids
        if not any(each.declared_wrong_at is None for each in others if id_ in each.record_ids)
        and any(each.made_record for each in others if id_ in each.record_ids)
    ]


def _void(
    by: Actor, operator: Operator, event: EpcisEvent, id_: int, reason: str, at: datetime
) -> None:
    """Void a record that the event was recorded as. Raises: Rejected."""
    if event.record_kind == "purchase":
        purchases.void_purchase(by=by, operator=operator, purchase_id=id_, reason=reason, at=at)
    elif event.record_kind == "sale":
        sales.void_sale(by=by, operator=operator, sale_id=id_, reason=reason, at=at)
    elif event.record_kind == "run":
        first = event.batch_ids[0]
        batches.void_run(by=by, operator=operator, batch_id=first, reason=reason, at=at)
    else:
        batches.void_batch(by=by, operator=operator, batch_id=id_, reason=reason, at=at)
