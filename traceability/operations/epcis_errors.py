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
    """Mark the events that the readings declare wrong, and void the records they became.

    Where the record can no longer be voided, the declaration is refused with the reason.
    Cost: two queries for each declaration, and those of voiding.
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
                _void(by, operator, original, reason, at)
            originals.update(declared_wrong_at=at)
    except Rejected as refused:
        reading.problems += [p.at_row(reading.position) for p in errors(refused.problems)]


def _void(by: Actor, operator: Operator, event: EpcisEvent, reason: str, at: datetime) -> None:
    """Void what the event was recorded as. Raises: Rejected."""
    id_ = event.record_id
    if id_ is None:
        return
    if event.record_kind == "purchase":
        purchases.void_purchase(by=by, operator=operator, purchase_id=id_, reason=reason, at=at)
    elif event.record_kind == "sale":
        sales.void_sale(by=by, operator=operator, sale_id=id_, reason=reason, at=at)
    elif event.record_kind == "run":
        first = event.batch_ids[0]
        batches.void_run(by=by, operator=operator, batch_id=first, reason=reason, at=at)
    else:
        batches.void_batch(by=by, operator=operator, batch_id=id_, reason=reason, at=at)
