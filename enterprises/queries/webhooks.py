"""Webhooks of a system and the log of their messages."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from enterprises.actor import Actor, OutOfScope
from enterprises.models import SelfBuiltSystem, Webhook, WebhookDelivery
from enterprises.models.webhooks import WebhookDeliveryQuerySet


def webhooks_of(by: Actor, system: SelfBuiltSystem) -> list[Webhook]:
    """Those that are not ended, in the order they were made."""
    own = Webhook.objects.visible_to(by).filter(system=system)
    return list(own.exclude(state=Webhook.State.ENDED).order_by("pk"))


def listed_webhooks(by: Actor, system: SelfBuiltSystem) -> list[Webhook]:
    """The same, each with how many messages wait and what became of the latest try.

    Adds ``waiting_count``, ``last_state``, ``last_error`` and ``last_at``. Cost: one query.
    """
    tried = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), attempts__gt=0).order_by("-pk")
    latest: dict[str, Any] = {
        "last_state": Subquery(tried.values("state")[:1]),
        "last_error": Subquery(tried.values("last_error")[:1]),
        "last_at": Subquery(tried.values("created_at")[:1]),
    }
    waiting = Count("deliveries", filter=Q(deliveries__state=WebhookDelivery.State.WAITING))
    own = Webhook.objects.visible_to(by).filter(system=system)
    alive = own.exclude(state=Webhook.State.ENDED).order_by("pk")
    return list(alive.annotate(waiting_count=waiting, **latest))


def find_webhook(by: Actor, webhook_id: int) -> Webhook:
    """Of the operator that the actor acts for, not ended. Raises: OutOfScope. Cost: one query."""
    own = Webhook.objects.visible_to(by).filter(
        pk=webhook_id, system__operator_id=by.operator_id or 0
    )
    found = own.exclude(state=Webhook.State.ENDED).select_related("system__operator").first()
    if found is None:
        raise OutOfScope
    return found


def log_of(by: Actor, webhook: Webhook) -> WebhookDeliveryQuerySet:
    """The messages of a webhook, for a list in pages."""
    return WebhookDelivery.objects.visible_to(by).filter(webhook=webhook)


def webhook_of(by: Actor, system: SelfBuiltSystem, webhook_id: int) -> Webhook | None:
    own = Webhook.objects.visible_to(by).filter(system=system, pk=webhook_id)
    return own.exclude(state=Webhook.State.ENDED).select_related("system__operator").first()


def deliveries_of(
    by: Actor, webhook: Webhook, *, below: int | None, size: int
) -> list[WebhookDelivery]:
    """Newest first, below the id if one is given."""
    rows = WebhookDelivery.objects.visible_to(by).filter(webhook=webhook)
    return list((rows.filter(pk__lt=below) if below else rows).order_by("-pk")[:size])
