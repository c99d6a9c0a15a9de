"""Goods on their way to an operator, as its own side sees them: the seller's paper and the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.spelling import part_of
from traceability.models import IncomingDraft
from traceability.queries import holds
from traceability.rules.holds import Stop

# The badge of the bottom bar says "99+": nobody needs the exact number of a longer list.
COUNTED = 100


@dataclass(frozen=True, slots=True)
class IncomingGoods:
    """One sale of a registered seller that the buyer is to answer, or has answered."""

    id: int
    name: str
    specification: str
    quantity: Decimal
    unit: str
    sold_on: date
    seller_name: str
    seller_phone: str
    seller_address: str
    batch_number: str
    produced_on: str
    shelf_life: str
    expires_on: str
    maker_name: str
    origin_place: str
    certificate_number: str
    voucher_number: str
    state: str
    state_label: str
    accepted_quantity: Decimal | None
    reason: str
    purchase_id: int | None
    decided_at: datetime | None
    stop: Stop | None = None

    @property
    def is_waiting(self) -> bool:
        return self.state == IncomingDraft.State.WAITING

    @property
    def is_withdrawn(self) -> bool:
        return self.state == IncomingDraft.State.WITHDRAWN


def waiting_count(operator: Operator) -> int:
    """How many sales wait for the operator's answer, counted up to a hundred. Cost: one query."""
    rows = IncomingDraft.objects.filter(operator=operator).waiting()
    return len(rows.values_list("pk")[:COUNTED])


def list_incoming(
    actor: Actor, operator: Operator, *, waiting: bool, search: str = ""
) -> QuerySet[IncomingDraft]:
    """The sales that wait, or those already answered."""
    rows = IncomingDraft.objects.visible_to(actor).filter(operator=operator)
    rows = rows.waiting() if waiting else rows.exclude(state=IncomingDraft.State.WAITING)
    if search:
        rows = rows.filter(part_of("facts__name", search) | part_of("facts__seller_name", search))
    return rows


def find_incoming(actor: Actor, operator: Operator, incoming_id: int) -> IncomingGoods | None:
    rows = IncomingDraft.objects.visible_to(actor).filter(operator=operator, pk=incoming_id)
    return next(iter(goods_of(rows)), None)


def goods_of(rows: Iterable[IncomingDraft]) -> list[IncomingGoods]:
    """The goods, each marked when its seller's batch is frozen or recalled. Cost: one query."""
    found = list(rows)
    stops = holds.stops_of({row.seller_batch_id for row in found if row.is_waiting})
    return [
        replace(goods, stop=stops.get(row.seller_batch_id)) if row.is_waiting else goods
        for row, goods in zip(found, goods_in(found), strict=True)
    ]


def goods_in(rows: Iterable[IncomingDraft]) -> Iterator[IncomingGoods]:
    """The same one by one, for a list too long to be held at once."""
    return map(_goods, rows)


def _goods(row: IncomingDraft) -> IncomingGoods:
    facts = row.facts
    printed: dict[str, Any] = {
        name: str(facts.get(name) or "")
        for name in (
            "name",
            "specification",
            "seller_name",
            "seller_phone",
            "seller_address",
            "batch_number",
            "produced_on",
            "shelf_life",
            "expires_on",
            "maker_name",
            "origin_place",
            "certificate_number",
            "voucher_number",
        )
    }
    return IncomingGoods(
        id=row.pk,
        quantity=row.quantity,
        unit=row.unit,
        sold_on=row.sold_on,
        state=row.state,
        state_label=IncomingDraft.State(row.state).label,
        accepted_quantity=row.accepted_quantity,
        reason=row.reason,
        purchase_id=row.purchase_id,
        decided_at=row.decided_at,
        **printed,
    )
