"""What came of a batch through EPCIS: shown where the batch and its trace are shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from traceability.models import EpcisEvent

MOST = 50
STEPS = {
    "commissioning": "投产、采收",
    "creating_class_instance": "投产、采收",
    "shipping": "发货",
    "receiving": "收货",
    "accepting": "收货",
    "packing": "装箱",
    "repackaging": "分装",
}
TYPES = {
    "ObjectEvent": "观察",
    "AggregationEvent": "装箱",
    "TransactionEvent": "交易",
    "TransformationEvent": "加工",
    "AssociationEvent": "装配",
}


@dataclass(frozen=True, slots=True)
class EventMark:
    """One event about a batch, in the words of a page."""

    event_id: str
    what: str
    happened_at: datetime
    recorded_at: datetime
    is_declared_wrong: bool


def events_of_batches(found: Collection[int]) -> list[EventMark]:
    """The events that became records about these batches, which the caller found in sight; the
    latest first. Cost: one query."""
    if not found:
        return []
    rows = EpcisEvent.objects.filter(record_id__isnull=False, batch_ids__overlap=list(found))
    return [
        EventMark(
            event_id=row.event_id,
            what=STEPS.get(row.biz_step) or TYPES.get(row.event_type, row.event_type),
            happened_at=row.event_time,
            recorded_at=row.recorded_at,
            is_declared_wrong=row.declared_wrong_at is not None,
        )
        for row in rows.order_by("-event_time", "-pk")[:MOST]
    ]
