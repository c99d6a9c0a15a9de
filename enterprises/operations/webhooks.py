"""Webhooks: addresses that systems have asked us to call, the messages, and their tries."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from enterprises.actor import Actor, OutOfScope, platform_actor
from enterprises.jobs import Run
from enterprises.models import SelfBuiltSystem, Webhook, WebhookDelivery
from enterprises.operations import audit, jobs
from enterprises.roles import Permission
from enterprises.rules import signing
from enterprises.rules import webhooks as rules
from enterprises.webhook_sender import NotArrived, Sender
from shilian import clock, sealing
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected

JOB_KIND = "webhook_delivery"
MOST_WEBHOOKS = 5
# A worker that dies while it sends leaves the message to the next one after this long.
HELD = timedelta(minutes=2)
D = WebhookDelivery.State

# What is told of each record: its number and whose news it is.
Subjects = dict[tuple[int, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A new webhook; the secret that signs its messages is told here and never again."""

    webhook: Webhook
    secret: str


@transaction.atomic
def subscribe(
    *, by: Actor, system: SelfBuiltSystem, url: str, events: Sequence[str], at: datetime
) -> Subscribed:
    """Call the address from now on about these events.

    Raises: Rejected when the address is not a public HTTPS one, is known already, or one too many.
    """
    by.require(Permission.IMPORT_RECORDS, on=system.operator)
    url = url.strip()
    problems = [*rules.check_address(url), *rules.check_events(list(events))]
    own = Webhook.objects.filter(system=system).exclude(state=Webhook.State.ENDED)
    if not problems and own.count() >= MOST_WEBHOOKS:
        message = f"一个系统最多登记 {MOST_WEBHOOKS} 个推送地址，请先取消不用的。"
        problems = [Problem("too_many_webhooks", "", message)]
    if problems:
        raise Rejected(problems)
    webhook = Webhook(id=new_id(), system=system, url=url, events=list(events), created_at=at)
    secret = secrets.token_urlsafe(32)
    webhook.sealed_secret = sealing.seal(secret, context=_context(webhook))
    try:
        with transaction.atomic():
            webhook.save(force_insert=True)
    except IntegrityError:
        message = "这个地址已经登记过；要换密钥或事件，请先取消再登记。"
        raise Rejected([Problem("webhook_exists", "url", message)]) from None
    _append(by, at, "webhook_subscribed", webhook)
    return Subscribed(webhook, secret)


@transaction.atomic
def end_webhook(*, by: Actor, webhook: Webhook, at: datetime) -> None:
    """Call the address no more; what still waits for it is dropped."""
    by.require(Permission.IMPORT_RECORDS, on=webhook.system.operator)
    alive = Webhook.objects.filter(pk=webhook.pk).exclude(state=Webhook.State.ENDED)
    if not alive.update(state=Webhook.State.ENDED):
        raise OutOfScope
    _drop_waiting(webhook, at)
    _append(by, at, "webhook_ended", webhook)


@transaction.atomic
def pause_webhook(*, by: Actor, webhook: Webhook, at: datetime) -> None:
    """Call the address no more for now; what waits for it is kept until it is taken up again.

    Raises: Rejected when it is not in use.
    """
    by.require(Permission.IMPORT_RECORDS, on=webhook.system.operator)
    if not Webhook.objects.active().filter(pk=webhook.pk).update(state=Webhook.State.PAUSED):
        message = "这个地址没有在推送，不用暂停；要继续推送请按“恢复”。"
        raise Rejected([Problem("webhook_not_active", "", message)])
    _append(by, at, "webhook_paused", webhook)


@transaction.atomic
def resume_webhook(*, by: Actor, webhook: Webhook, at: datetime) -> None:
    """Call an address again that was paused, or stopped because it could not be reached."""
    by.require(Permission.IMPORT_RECORDS, on=webhook.system.operator)
    _take_up(webhook)
    _append(by, at, "webhook_resumed", webhook)
    ring(at=at)


def _take_up(webhook: Webhook) -> None:
    """Raises: OutOfScope when it was ended meanwhile."""
    alive = Webhook.objects.filter(pk=webhook.pk).exclude(state=Webhook.State.ENDED)
    if not alive.update(state=Webhook.State.ACTIVE, failing_since=None, stopped_at=None):
        raise OutOfScope


@transaction.atomic
def ping(*, by: Actor, webhook: Webhook, at: datetime) -> WebhookDelivery:
    """Send a test message; a webhook that was paused or stopped is taken up again."""
    by.require(Permission.IMPORT_RECORDS, on=webhook.system.operator)
    _take_up(webhook)
    subject = (new_id(), webhook.system.operator_id)
    body = {"message": "这是一条测试推送。", "webhook_id": str(webhook.pk)}
    [delivery] = _add(webhook, Webhook.Event.PING, {subject: body}, at)
    _append(by, at, "webhook_pinged", webhook)
    ring(at=at)
    return delivery


def announce(webhook: Webhook, event: str, subjects: Subjects, *, at: datetime) -> int:
    """Write down a message about each subject, once for ever. Returns: how many were given."""
    return len(_add(webhook, event, subjects, at))


def _add(webhook: Webhook, event: str, subjects: Subjects, at: datetime) -> list[WebhookDelivery]:
    made = [
        WebhookDelivery(
            id=new_id(),
            webhook=webhook,
            event=event,
            subject_id=subject_id,
            operator_id=operator_id,
            body=body,
            next_at=at,
            created_at=at,
        )
        for (subject_id, operator_id), body in subjects.items()
    ]
    return WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True)


def ring(*, at: datetime) -> bool:
    """Put a worker to the messages that are due, if any is."""
    if not _due(at).exists():
        return False
    jobs.enqueue(by=platform_actor(), kind=JOB_KIND, payload={}, key=JOB_KIND, at=at)
    return True


def deliver_due(run: Run, sender: Sender | None = None) -> dict[str, Any]:
    """Send every message that is due, one after the other; each try is committed by itself.

    None is claimed before its turn: a pause holds up nothing that could go. A worker that is killed
    meanwhile costs at most a second delivery of one message, which its receiver knows by its number.
    """
    sender = sender or Sender()
    arrived = failed = 0
    while delivery := _claim(at=clock.now()):
        if _send(delivery, sender):
            arrived += 1
        else:
            failed += 1
        run.renew()
        run.pause_if_due()
    return {"arrived": arrived, "failed": failed}


def _due(at: datetime) -> Any:
    active = WebhookDelivery.objects.filter(webhook__state=Webhook.State.ACTIVE)
    return active.filter(state=D.WAITING, next_at__lte=at)


@transaction.atomic
def _claim(*, at: datetime) -> WebhookDelivery | None:
    """The message that is due longest, its try counted; None when there is none."""
    due = _due(at).select_for_update(of=("self",), skip_locked=True).select_related("webhook")
    claimed: WebhookDelivery | None = due.order_by("next_at").first()
    if claimed is not None:
        claimed.next_at, claimed.attempts = at + HELD, claimed.attempts + 1
        claimed.save(update_fields=["next_at", "attempts"])
    return claimed


def _send(delivery: WebhookDelivery, sender: Sender) -> bool:
    webhook, at = delivery.webhook, clock.now()
    try:
        body = _body(delivery)
        status = sender.send(webhook.url, body, _headers(delivery, body, at))
    except NotArrived as failure:
        _failed(delivery, failure.sentence, failure.status, clock.now())
        return False
    except sealing.Unsealable:
        _failed(delivery, "平台更换过签名密钥，请取消后重新登记这个地址。", None, clock.now())
        return False
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=D.ARRIVED, last_status=status, last_error="", finished_at=clock.now()
    )
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=None)
    return True


def _body(delivery: WebhookDelivery) -> bytes:
    told = {
        "delivery_id": str(delivery.pk),
        "event": delivery.event,
        "created_at": delivery.created_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "data": delivery.body,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _headers(delivery: WebhookDelivery, body: bytes, at: datetime) -> dict[str, str]:
    webhook = delivery.webhook
    secret = sealing.unseal(bytes(webhook.sealed_secret), context=_context(webhook))
    stamp = str(int(at.timestamp()))
    signed = f"{stamp}\n{signing.body_hash(body, signing.SHA256)}"
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Shilian-Webhook/1",
        "X-Shilian-Event": delivery.event,
        "X-Shilian-Delivery": str(delivery.pk),
        "X-Shilian-Timestamp": stamp,
        "X-Shilian-Signature": signing.sign(secret, signed, signing.SHA256),
    }


@transaction.atomic
def _failed(delivery: WebhookDelivery, sentence: str, status: int | None, at: datetime) -> None:
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=delivery.webhook_id)
    # One that was stopped or ended meanwhile is not called again.
    again = rules.next_try(delivery.attempts, at=at) if webhook.keeps_waiting else None
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=D.WAITING if again else D.GIVEN_UP,
        next_at=again or at,
        last_status=status,
        last_error=sentence[:120],
        finished_at=None if again else at,
    )
    since = webhook.failing_since or at
    _put_off(webhook, at, rules.rest(since, at=at))
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=since)
    if webhook.is_active and at - since >= rules.STOPPED_AFTER:
        _stop(webhook, at)


def _stop(webhook: Webhook, at: datetime) -> None:
    """Call it no more until its system tests it again; the owner reads of it on its page."""
    Webhook.objects.filter(pk=webhook.pk).update(state=Webhook.State.STOPPED, stopped_at=at)
    _drop_waiting(webhook, at)
    _append(platform_actor(), at, "webhook_stopped", webhook)


def _put_off(webhook: Webhook, at: datetime, rest: timedelta) -> None:
    """Its other messages wait as well: others' are not kept waiting by a receiver that is away."""
    due = WebhookDelivery.objects.filter(webhook=webhook, state=D.WAITING, next_at__lt=at + rest)
    due.update(next_at=at + rest)


def _drop_waiting(webhook: Webhook, at: datetime) -> None:
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=D.WAITING)
    waiting.update(state=D.GIVEN_UP, finished_at=at)


def _context(webhook: Webhook) -> str:
    return f"webhook {webhook.pk}"


def _append(by: Actor, at: datetime, event: str, webhook: Webhook) -> None:
    audit.append(
        by=by, at=at, event=event, about=webhook.system.operator, subject="Webhook",
        subject_id=webhook.pk, url=webhook.url,
    )  # fmt: skip
