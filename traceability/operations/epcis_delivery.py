"""New results of subscribed queries, sent to their addresses by the job engine.

What did not arrive is sent again: the place of a subscription moves on only with what was taken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from enterprises.actor import actor_for_operator, platform_actor
from enterprises.jobs import Run
from enterprises.models import Operator
from enterprises.operations import jobs
from enterprises.webhook_sender import NotArrived, Sender
from shilian import clock
from traceability.epcis import render
from traceability.models import EpcisSubscription
from traceability.operations import epcis_queries
from traceability.queries import epcis_events, epcis_own

JOB_KIND = "epcis_delivery"
AT_ONCE = 500


class NotDelivered(Exception):
    """Somebody did not take what was sent; the job is tried again."""


def ring(operator: Operator, *, at: datetime) -> None:
    """Put a worker to the operator's subscriptions, if it has any."""
    if EpcisSubscription.objects.filter(query__operator_id=operator.pk).exists():
        jobs.enqueue(
            by=platform_actor(),
            kind=JOB_KIND,
            payload={"operator_id": operator.pk},
            key=f"{JOB_KIND}:{operator.pk}",
            at=at,
        )


def deliver(run: Run, sender: Sender | None = None) -> dict[str, Any]:
    """Send each subscription of the operator what it has not seen yet.

    Raises: NotDelivered when an address did not take it; the others are served all the same.
    """
    sender = sender or Sender()
    operator = Operator.objects.get(pk=run.payload["operator_id"])
    rows = EpcisSubscription.objects.filter(query__operator_id=operator.pk)
    sent, failed = 0, 0
    for subscription in rows.select_related("query").order_by("pk"):
        run.renew()
        try:
            sent += _send(subscription, operator, sender)
        except NotArrived:
            failed += 1
    if failed:
        raise NotDelivered(failed)
    return {"sent": sent}


def _send(subscription: EpcisSubscription, operator: Operator, sender: Sender) -> int:
    """How many events were sent. Raises: NotArrived."""
    events, last = epcis_events.new_events(
        actor_for_operator(operator, channel="api"),
        epcis_queries.read_kept(subscription.query),
        after_id=subscription.last_event_id,
        most=AT_ONCE,
    )
    at = clock.now()
    if events:
        body = _body(subscription, events, at)
        sender.send(subscription.destination, body, _headers(subscription, body))
    EpcisSubscription.objects.filter(pk=subscription.pk).update(
        last_event_id=last, last_sent_at=at if events else subscription.last_sent_at
    )
    return len(events)


def _body(subscription: EpcisSubscription, events: list[Any], at: datetime) -> bytes:
    document = render.query_document(
        events,
        context=render.context_of(epcis_own.namespace()),
        at=at,
        name=subscription.query.name,
        subscriptionID=str(subscription.pk),
    )
    return json.dumps(document, ensure_ascii=False).encode()


def _headers(subscription: EpcisSubscription, body: bytes) -> dict[str, str]:
    token = subscription.signature_token.encode()
    signature = hmac.new(token, body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/ld+json; charset=utf-8", "GS1-Signature": signature}
