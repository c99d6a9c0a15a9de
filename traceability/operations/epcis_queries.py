"""Queries kept by name, and who is sent their new results."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import SelfBuiltSystem
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules import webhooks
from shilian import sealing
from shilian.db.ids import lower_bound, new_id
from shilian.problems import Problem, Rejected
from traceability.epcis import fields, params, schedule
from traceability.epcis.params import Query
from traceability.models import EpcisQuery, EpcisSubscription

MOST_QUERIES, MOST_SUBSCRIPTIONS = 200, 20
_LAST_ID = 2**63 - 1
_NAME = re.compile(r"[\w.\-]{1,80}")


def own_queries(actor: Actor) -> QuerySet[EpcisQuery]:
    """The queries of the actor's operator, or of the officer."""
    if actor.operator_id is not None:
        return EpcisQuery.objects.filter(operator_id=actor.operator_id)
    return EpcisQuery.objects.filter(operator_id=None, person_id=actor.person_id)


def find_query(actor: Actor, name: str) -> EpcisQuery:
    """Raises: OutOfScope."""
    found = own_queries(actor).filter(name=name).first()
    if found is None:
        raise OutOfScope
    return found


def read_kept(query: EpcisQuery) -> Query:
    """The kept query, read anew."""
    return params.read_query(query.query)


@transaction.atomic
def save_query(*, by: Actor, name: str, query: Any, at: datetime) -> EpcisQuery:
    """Keep a query under a name.

    Raises: Rejected when the name is taken or a parameter is wrong.
    """
    problems = []
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = "查询名称用字母、数字、点和横线，最多80个字符。"
        problems.append(Problem("query_name_malformed", "name", message))
    if not isinstance(query, dict):
        problems.append(Problem("parameter_malformed", "query", "query 应是一个条件对象。"))
    if own_queries(by).count() >= MOST_QUERIES:
        message = f"最多保存{MOST_QUERIES}个查询，请先删掉不用的。"
        problems.append(Problem("too_many_queries", "name", message))
    if problems:
        raise Rejected(problems)
    params.read_query(query)
    kept = EpcisQuery(
        id=new_id(),
        operator_id=by.operator_id,
        person_id=by.person_id,
        name=name,
        query=query,
        created_at=at,
    )
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError:
        message = f"已有名为“{name}”的查询，请换一个名称，或先删掉它。"
        raise Rejected([Problem("query_name_taken", "name", message)]) from None
    audit.append(by=by, at=at, event="epcis_query_saved", subject="EpcisQuery", subject_id=kept.pk)
    return kept


@transaction.atomic
def delete_query(*, by: Actor, name: str, at: datetime) -> None:
    """Forget a query with its subscriptions.

    Raises: OutOfScope; Forbidden when it has some that the actor may not cancel.
    """
    kept = find_query(by, name)
    if subscriptions_of(kept).exists():
        by.require(Permission.IMPORT_RECORDS)
    audit.append(
        by=by, at=at, event="epcis_query_deleted", subject="EpcisQuery", subject_id=kept.pk
    )
    kept.delete()


@transaction.atomic
def subscribe(
    *, by: Actor, name: str, said: Any, at: datetime, system: SelfBuiltSystem | None = None
) -> EpcisSubscription:
    """Send the new results of a named query to an address from now on, at once or by a timetable.

    What a system subscribes to (``system``) ends with the system and with its last key.
    Raises: OutOfScope, Forbidden; Rejected with every fault of the subscription.
    """
    kept = find_query(by, name)
    if kept.operator_id is None:
        message = "订阅只给经营主体：事件由经营主体自己送出。监管人员请直接查询。"
        raise Rejected([Problem("subscription_not_for_officers", "", message)])
    by.require(Permission.IMPORT_RECORDS)
    said = said if isinstance(said, dict) else {}
    problems = [*_check_destination(said.get("dest")), *_check_ways(said)]
    if kept.subscriptions.count() >= MOST_SUBSCRIPTIONS:  # type: ignore[attr-defined]
        message = f"一个查询最多{MOST_SUBSCRIPTIONS}个订阅，请先取消不用的。"
        problems.append(Problem("too_many_subscriptions", "", message))
    if problems:
        raise Rejected(problems)
    subscription = EpcisSubscription(
        id=new_id(),
        query=kept,
        system=system,
        destination=said["dest"],
        last_event_id=_start(said),
        created_at=at,
        schedule=said.get("schedule"),
        reports_empty=said.get("reportIfEmpty", False),
    )
    subscription.next_at = next_turn(subscription, at=at)
    token = said.get("signatureToken", "")
    subscription.sealed_token = sealing.seal(token, context=_context(subscription))
    subscription.save(force_insert=True)
    _append(by, at, "epcis_subscribed", subscription)
    return subscription


@transaction.atomic
def open_subscription(
    *, by: Actor, name: str, query: Any, said: Any, at: datetime
) -> EpcisSubscription:
    """Keep a query and send its new results to an address, both or neither.

    Raises: Forbidden; Rejected with every fault of the query or of the subscription.
    """
    by.require(Permission.IMPORT_RECORDS)
    save_query(by=by, name=name, query=query, at=at)
    return subscribe(by=by, name=name, said=said, at=at)


def token_of(subscription: EpcisSubscription) -> str:
    """The token that signs what is sent; empty for none. Raises: sealing.Unsealable."""
    sealed = bytes(subscription.sealed_token)
    return sealing.unseal(sealed, context=_context(subscription)) if sealed else ""


def _context(subscription: EpcisSubscription) -> str:
    return f"epcis subscription {subscription.pk}"


def _append(by: Actor, at: datetime, event: str, subscription: EpcisSubscription) -> None:
    """The host and not the whole address, which may carry a secret of the receiver's."""
    audit.append(
        by=by,
        at=at,
        event=event,
        subject="EpcisSubscription",
        subject_id=subscription.pk,
        host=urlsplit(subscription.destination).hostname,
    )


def subscriptions_of(query: EpcisQuery) -> QuerySet[EpcisSubscription]:
    """Who is sent the results of a query that the actor's own sight has found."""
    return EpcisSubscription.objects.filter(query=query).order_by("pk")


def find_subscription(by: Actor, name: str, subscription_id: int) -> EpcisSubscription:
    """Raises: OutOfScope."""
    found = subscriptions_of(find_query(by, name)).filter(pk=subscription_id).first()
    if found is None:
        raise OutOfScope
    return found


def next_turn(subscription: EpcisSubscription, *, at: datetime) -> datetime | None:
    """When the timetable comes round next; None for one that is sent everything at once."""
    if subscription.schedule is None:
        return None
    return schedule.next_time(schedule.read_schedule(subscription.schedule), after=at)


def _start(said: dict[str, Any]) -> int:
    """What was captured by then is not sent: it was asked for by the query itself."""
    since = fields.moment_of(said.get("initialRecordTime"))
    # A year that no event has is still a moment.
    return new_id() if since is None else min(max(lower_bound(since) - 1, 0), _LAST_ID)


def _check_ways(said: dict[str, Any]) -> list[Problem]:
    """Either every new event at once, or by a timetable."""
    problems = []
    stream, by_timetable = said.get("stream"), said.get("schedule") is not None
    if stream not in (None, True, False) or (stream is True and by_timetable):
        message = "stream: true（有新事件就送）和 schedule（按时刻表送）请只写一个。"
        problems.append(Problem("subscription_schedule", "schedule", message))
    elif stream is False and not by_timetable:
        message = "不用 stream 时，请用 schedule 写明什么时候送，例如每天两点半。"
        problems.append(Problem("subscription_schedule", "schedule", message))
    elif by_timetable:
        problems += _faults_of(said["schedule"])
    if not isinstance(said.get("reportIfEmpty", False), bool):
        message = "reportIfEmpty 写 true 或 false：到了时刻没有新事件，要不要送一份空的。"
        problems.append(Problem("subscription_malformed", "reportIfEmpty", message))
    start = said.get("initialRecordTime")
    if start is not None and fields.moment_of(start) is None:
        message = "initialRecordTime 写成 2026-05-03T08:00:00+08:00 这样的时间。"
        problems.append(Problem("subscription_malformed", "initialRecordTime", message))
    token = said.get("signatureToken", "")
    if not isinstance(token, str) or len(token) > 200:
        message = "signatureToken 最多200个字符。"
        problems.append(Problem("subscription_malformed", "signatureToken", message))
    return problems


def _faults_of(said: Any) -> list[Problem]:
    try:
        schedule.read_schedule(said)
    except Rejected as faults:
        return list(faults.problems)
    return []


def _check_destination(text: Any) -> list[Problem]:
    """Its form; what the address leads to is judged whenever something is sent there."""
    found = webhooks.check_address(text) if isinstance(text, str) else []
    if isinstance(text, str) and not found:
        return []
    message = found[0].message if found else "请用 dest 写明送到哪个网址。"
    return [Problem("destination_malformed", "dest", message)]


@transaction.atomic
def unsubscribe(*, by: Actor, name: str, subscription_id: int, at: datetime) -> None:
    """Raises: OutOfScope, Forbidden."""
    subscription = find_subscription(by, name, subscription_id)
    by.require(Permission.IMPORT_RECORDS)
    _append(by, at, "epcis_unsubscribed", subscription)
    subscription.delete()
