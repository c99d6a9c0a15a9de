"""The subscriptions of an operator as its page tells them: what, where to, when, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import ApiKey, Operator, SelfBuiltSystem
from traceability.epcis import schedule
from traceability.models import EpcisSubscription


class Going(StrEnum):
    WELL = "well"
    FAILING = "failing"
    # Its system has ended or has no key that is valid: nothing is sent.
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    subscription: EpcisSubscription
    going: Going
    when: str
    conditions: list[str]


def list_subscriptions(operator: Operator, *, at: datetime) -> list[ListedSubscription]:
    """In the order they were made. Cost: one query."""
    keys = ApiKey.objects.valid(at=at).filter(system=OuterRef("system"))
    works = Q(system__state=SelfBuiltSystem.State.IN_SERVICE) & Q(Exists(keys))
    rows = EpcisSubscription.objects.filter(query__operator_id=operator.pk)
    rows = rows.select_related("query", "system").annotate(is_served=Q(system=None) | works)
    return [_listed(each) for each in rows.order_by("pk")]


def _listed(each: EpcisSubscription) -> ListedSubscription:
    going = Going.FAILING if each.failed_count else Going.WELL
    if not each.is_served:  # type: ignore[attr-defined]
        going = Going.RESTING
    when = "有新事件就送" if each.schedule is None else schedule.in_words(each.schedule)
    return ListedSubscription(
        each,
        going,
        when,
        [f"{name}＝{_shown(value)}" for name, value in each.query.query.items()],
    )


def _shown(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def count_subscriptions(operator: Operator) -> int:
    """Cost: one query."""
    return EpcisSubscription.objects.filter(query__operator_id=operator.pk).count()


def find_subscription(actor: Actor, subscription_id: int) -> EpcisSubscription:
    """Of the operator that the actor acts for. Raises: OutOfScope. Cost: one query."""
    own = EpcisSubscription.objects.filter(query__operator_id=actor.operator_id or 0)
    found = own.filter(pk=subscription_id).select_related("query").first()
    if found is None:
        raise OutOfScope
    return found
