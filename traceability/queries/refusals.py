"""What buyers took short or refused lately, as the seller is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from enterprises.models import Operator
from traceability.models import IncomingDraft, Sale

State = IncomingDraft.State
# Long enough for whoever does not look every day; after that the ledger still says it.
TOLD_FOR = timedelta(days=7)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """One sale of which ``quantity`` came back to the seller's stock, with the buyer's reason."""

    sale_id: int
    name: str
    buyer_name: str
    quantity: Decimal
    unit: str
    is_whole: bool
    reason: str
    decided_at: datetime | None


def lately_refused(operator: Operator, *, at: datetime) -> tuple[Refusal, ...]:
    """The operator's standing sales that buyers answered so, newest first. Cost: two queries."""
    drafts = list(
        IncomingDraft.objects.filter(
            seller_operator_id=operator.pk,
            state__in=[State.ACCEPTED_SHORT, State.REFUSED],
            decided_at__gt=at - TOLD_FOR,
        ).order_by("-decided_at")[:SHOWN]
    )
    if not drafts:
        return ()
    ids = [draft.sale_id for draft in drafts]
    sales = Sale.objects.current().filter(operator=operator, pk__in=ids).in_bulk()
    return tuple(
        _refusal(draft, sales[draft.sale_id]) for draft in drafts if draft.sale_id in sales
    )


def _refusal(draft: IncomingDraft, sale: Sale) -> Refusal:
    return Refusal(
        sale_id=sale.pk,
        name=str(draft.facts.get("name", "")),
        buyer_name=sale.buyer_name,
        quantity=sale.returned_quantity,
        unit=sale.unit,
        is_whole=draft.state == State.REFUSED,
        reason=draft.reason,
        decided_at=draft.decided_at,
    )
