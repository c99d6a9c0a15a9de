"""Webhooks of a system and the log of their messages."""

from __future__ import annotations

from enterprises.actor import Actor
from enterprises.models import SelfBuiltSystem, Webhook, WebhookDelivery


def webhooks_of(by: Actor, system: SelfBuiltSystem) -> list[Webhook]:
    """Those that are not ended, in the order they were made."""
    own = Webhook.objects.visible_to(by).filter(system=system)
    return list(own.exclude(state=Webhook.State.ENDED).order_by("pk"))


def webhook_of(by: Actor, system: SelfBuiltSystem, webhook_id: int) -> Webhook | None:
    own = Webhook.objects.visible_to(by).filter(system=system, pk=webhook_id)
    return own.exclude(state=Webhook.State.ENDED).select_related("system__operator").first()


def deliveries_of(
    by: Actor, webhook: Webhook, *, below: int | None, size: int
) -> list[WebhookDelivery]:
    """Newest first, below the id if one is given."""
    rows = WebhookDelivery.objects.visible_to(by).filter(webhook=webhook)
    return list((rows.filter(pk__lt=below) if below else rows).order_by("-pk")[:size])
