"""Systems that fall silent: the calendar opens an alert, data or the system's end close it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from enterprises.actor import Actor
from enterprises.models import SelfBuiltSystem, SystemAlert, SystemDay
from enterprises.operations import audit
from enterprises.rules import system_days as rules
from shilian.clock import business_day


@transaction.atomic
def watch_silence(*, by: Actor, at: datetime) -> list[SystemAlert]:
    """Alert for every system in service that missed three due days in a row; returns the new ones.

    The owner and the bureau see an open alert; it is closed by the first upload. May run any number
    of times a day. Cost: four queries and one for each alert that goes on.
    """
    today = business_day(at)
    last = _last_days()
    alerts = {each.system_id: each for each in SystemAlert.objects.open().select_for_update()}
    opened = []
    for system in SelfBuiltSystem.objects.in_service().order_by("pk"):
        missed = _missed(system, last.get(system.pk), today)
        known = alerts.get(system.pk)
        if rules.is_silent(missed) and known is None:
            opened.append(SystemAlert(
                system=system, silent_since=missed[0], missed_days=len(missed), opened_at=at
            ))  # fmt: skip
        elif known is not None:
            _carry_on(known, missed, at)
    SystemAlert.objects.bulk_create(opened)
    if opened:
        audit.append(by=by, at=at, event="systems_silent", subject="system", count=len(opened))
    return opened


def _last_days() -> dict[int, date]:
    """The last day on which each system sent something new of what it owes."""
    came = SystemDay.objects.filter(system__state=SelfBuiltSystem.State.IN_SERVICE, due_count__gt=0)
    return dict(came.values_list("system_id").annotate(Max("day")))


def _missed(system: SelfBuiltSystem, last: date | None, today: date) -> list[date]:
    since = system.in_service_since or business_day(system.registered_at)
    return rules.missed_in_a_row(
        [last] if last else [], since=since, weekdays=system.due_weekdays, today=today
    )


def _carry_on(alert: SystemAlert, missed: list[date], at: datetime) -> None:
    """Close an alert whose cause is gone (new due days, for one), or count its days on."""
    if not rules.is_silent(missed):
        alert.closed_at = at
        alert.save(update_fields=["closed_at"])
    elif len(missed) != alert.missed_days:
        alert.missed_days = len(missed)
        alert.save(update_fields=["missed_days"])
