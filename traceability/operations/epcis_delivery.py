"""New results of subscribed queries, sent to their addresses by the job engine.

Most are sent what is new at once, some when their timetable comes round.

What did not arrive is sent again: the place of a subscription moves on only with what was taken. A
receiver that is away is tried again by itself, and a sweep rings for whatever no ring was heard of.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from enterprises.actor import actor_for_operator, platform_actor
from enterprises.jobs import Run
from enterprises.models import ApiKey, Operator, SelfBuiltSystem
from enterprises.operations import jobs
from enterprises.webhook_sender import NotArrived, Sender
from shilian import clock, sealing
from traceability.epcis import render
from traceability.models import EpcisEvent, EpcisSubscription
from traceability.operations import epcis_queries
from traceability.queries import epcis_events, epcis_own

JOB_KIND = "epcis_delivery"
AT_ONCE = 500
# After each failure in a row; the last one goes on for as long as the receiver is away.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


def ring(operator: Operator, *, at: datetime) -> None:
    """Put a worker to the operator's subscriptions, if one of them has something to be sent."""
    own = _due(at).filter(query__operator_id=operator.pk)
    if own.filter(_news()).exists():
        _enqueue([operator.pk], at)


def ring_all(*, at: datetime) -> int:
    """Ring for every subscription that has news or whose time has come: of how many operators."""
    # A timetable that came round without news moves on as well, or news would be sent between.
    waiting = _due(at).filter(_news() | Q(schedule__isnull=False))
    found = waiting.values_list("query__operator_id", flat=True).distinct()
    return _enqueue(found, at)


def _enqueue(operator_ids: Iterable[int | None], at: datetime) -> int:
    ids = [id_ for id_ in operator_ids if id_ is not None]
    for id_ in ids:
        jobs.enqueue(
            by=platform_actor(),
            kind=JOB_KIND,
            payload={"operator_id": id_},
            key=f"{JOB_KIND}:{id_}",
            at=at,
        )
    return len(ids)


def _due(at: datetime) -> QuerySet[EpcisSubscription]:
    """Those that may be sent something now; of a system only while it has a key that is valid."""
    keys = ApiKey.objects.valid(at=at).filter(system=OuterRef("system"))
    working = Q(system__state=SelfBuiltSystem.State.IN_SERVICE) & Q(Exists(keys))
    return EpcisSubscription.objects.filter(
        Q(system=None) | working, Q(next_at=None) | Q(next_at__lte=at)
    )


def _news() -> Exists:
    events = EpcisEvent.objects.filter(operator_id=OuterRef("query__operator_id"))
    return Exists(events.filter(pk__gt=OuterRef("last_event_id")))


def deliver(run: Run, sender: Sender | None = None) -> dict[str, Any]:
    """Send each subscription of the operator all that it has not seen yet.

    One that did not take it is left alone for a while; the others are served all the same.
    """
    sender = sender or Sender()
    operator = Operator.objects.get(pk=run.payload["operator_id"])
    rows = _due(clock.now()).filter(query__operator_id=operator.pk)
    sent, failed = 0, 0
    for subscription in rows.select_related("query").order_by("pk"):
        try:
            sent += _serve(run, subscription, operator, sender)
        except NotArrived as failure:
            _put_off(subscription, failure.sentence, clock.now())
            failed += 1
    return {"sent": sent, "failed": failed}


def _serve(run: Run, subscription: EpcisSubscription, operator: Operator, sender: Sender) -> int:
    """Send piece after piece until there is nothing left; how many events. Raises: NotArrived."""
    sent = 0
    newest = _newest(operator)
    while subscription.last_event_id < newest:
        run.renew()
        run.pause_if_due()
        sent += _send(subscription, operator, sender, newest)
    if not sent and subscription.reports_empty:
        _send_empty(subscription, sender)
    _settle(subscription, clock.now())
    return sent


def _settle(subscription: EpcisSubscription, at: datetime) -> None:
    """All that was due has arrived; one that was cancelled meanwhile is not brought back."""
    EpcisSubscription.objects.filter(pk=subscription.pk).update(
        failed_count=0, last_error="", next_at=epcis_queries.next_turn(subscription, at=at)
    )


def _newest(operator: Operator) -> int:
    rows = EpcisEvent.objects.filter(operator=operator).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def _send(subscription: EpcisSubscription, operator: Operator, sender: Sender, newest: int) -> int:
    """How many events were sent; the subscription moves on. Raises: NotArrived."""
    before = subscription.last_event_id
    events, last = epcis_events.new_events(
        actor_for_operator(operator, channel="api"),
        epcis_queries.read_kept(subscription.query),
        after_id=before,
        most=AT_ONCE,
    )
    at = clock.now()
    if events:
        body = _body(subscription, events, at)
        sender.send(subscription.destination, body, _headers(subscription, body))
        subscription.last_sent_at = at
    # Nothing up to the newest is for it: it need not be looked through again.
    subscription.last_event_id = last if last > before else newest
    # One that was cancelled meanwhile is not brought back.
    EpcisSubscription.objects.filter(pk=subscription.pk).update(
        last_event_id=subscription.last_event_id,
        last_sent_at=subscription.last_sent_at,
    )
    return len(events)


def _send_empty(subscription: EpcisSubscription, sender: Sender) -> None:
    """Say that there is nothing new, to one that wants to hear it. Raises: NotArrived."""
    at = clock.now()
    body = _body(subscription, [], at)
    sender.send(subscription.destination, body, _headers(subscription, body))
    EpcisSubscription.objects.filter(pk=subscription.pk).update(last_sent_at=at)


def _put_off(subscription: EpcisSubscription, sentence: str, at: datetime) -> None:
    failed = min(subscription.failed_count + 1, len(WAITS))
    rows = EpcisSubscription.objects.filter(pk=subscription.pk)
    rows.update(failed_count=failed, next_at=at + WAITS[failed - 1], last_error=sentence[:120])


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
    """Raises: NotArrived when the token was sealed under a key that is gone."""
    try:
        token = epcis_queries.token_of(subscription)
    except sealing.Unsealable:
        raise NotArrived("平台更换过签名密钥，请取消后重新订阅。") from None
    signature = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/ld+json; charset=utf-8", "GS1-Signature": signature}
