"""What self-built systems are told of by webhook: goods that arrive and recalls.

The tables themselves are looked through every half minute, so nothing that records a sale or starts
a recall waits for a message, and no way of recording can forget to send one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from enterprises.models import Operator, Webhook, WebhookDelivery
from enterprises.operations import webhooks
from enterprises.operations.api_requests import actor_of
from enterprises.operations.webhooks import Subjects
from shilian import clock
from shilian.db.ids import lower_bound
from traceability.models import IncomingDraft, RecallNotice

# After a longer outage of the workers the lists of the interface tell what was missed.
LOOK_BACK = timedelta(hours=24)
AT_ONCE = 500


def announce_news(*, at: datetime) -> int:
    """Write down a message for every draft and notice that a webhook was not told of yet.

    Returns: how many. Cost: at most four queries for each webhook.
    """
    count = 0
    active = Webhook.objects.active().select_related("system__operator")
    for webhook in active.filter(system__state="in_service"):
        operator_ids = list(actor_of(webhook.system).scope.operator_ids)
        since = max(webhook.created_at, at - LOOK_BACK)
        if Webhook.Event.INCOMING in webhook.events:
            news = _incoming(webhook, operator_ids, since)
            count += webhooks.announce(webhook, Webhook.Event.INCOMING, news, at=at)
        if Webhook.Event.RECALL in webhook.events:
            news = _recalls(webhook, operator_ids, since)
            count += webhooks.announce(webhook, Webhook.Event.RECALL, news, at=at)
    return count


def _told(webhook: Webhook, event: str, **subject: Any) -> Exists:
    told = WebhookDelivery.objects.filter(webhook=webhook, event=event, **subject)
    return Exists(told)


def _incoming(webhook: Webhook, operator_ids: list[int], since: datetime) -> Subjects:
    waiting = IncomingDraft.objects.waiting().filter(
        operator_id__in=operator_ids, pk__gte=lower_bound(since)
    )
    told = _told(webhook, Webhook.Event.INCOMING, subject_id=OuterRef("pk"))
    drafts = waiting.exclude(told).order_by("pk")[:AT_ONCE]
    codes = _codes({draft.operator_id for draft in drafts})
    return {
        (draft.pk, draft.operator_id): {
            "incoming_id": str(draft.pk),
            "operator": codes[draft.operator_id],
            "product_name": draft.facts.get("name", ""),
            "specification": draft.facts.get("specification", ""),
            "batch_number": draft.facts.get("batch_number", ""),
            "quantity": str(draft.quantity),
            "unit": draft.unit,
            "sold_on": draft.sold_on.isoformat(),
            "seller_name": draft.facts.get("seller_name", ""),
        }
        for draft in drafts
    }


def _recalls(webhook: Webhook, operator_ids: list[int], since: datetime) -> Subjects:
    """A channel is told of the same recall for each of its clients."""
    standing = RecallNotice.objects.standing().filter(
        operator_id__in=operator_ids, sent_at__gte=since
    )
    told = _told(
        webhook,
        Webhook.Event.RECALL,
        subject_id=OuterRef("recall_id"),
        operator_id=OuterRef("operator_id"),
    )
    untold = standing.exclude(told).select_related("recall")
    notices = list(untold.order_by("recall_id", "operator_id")[:AT_ONCE])
    codes = _codes({notice.operator_id for notice in notices})
    return {
        (notice.recall_id, notice.operator_id): {
            "recall_id": str(notice.recall_id),
            "operator": codes[notice.operator_id],
            "product_name": notice.recall.product_name,
            "level": notice.recall.get_level_display(),
            "reason": notice.recall.reason,
            "is_drill": notice.recall.is_drill,
            "batch_count": notice.batch_count,
            "finish_due_on": notice.recall.finish_due_on.isoformat(),
            "sent_at": notice.sent_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        }
        for notice in notices
    }


def _codes(operator_ids: set[int]) -> dict[int, str]:
    return dict(Operator.objects.filter(pk__in=operator_ids).values_list("pk", "credit_code"))
