"""Running the radar: every rule over the register at night, and over what changed since by day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from shilian import clock
from shilian.db.copy import copy_rows
from supervision.models import Finding, RadarMark, RadarPass
from supervision.queries.parameters import parameters_in_force, radar_parameters_in_force
from supervision.radar.merge import Merged, merge_rule
from supervision.radar.sightings import Ask
from supervision.rules.radar import RADAR_RULES, RadarRule

# Any number that no other lock of the platform uses: one radar at a time.
LOCK_KEY = 7_208_002
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What one rule's look at the whole register did."""

    rule: RadarRule
    merged: Merged
    open_count: int
    seconds: float


def mark_operators(operator_ids: Collection[int]) -> None:
    """Ask the radar to look at these operators again; inside the caller's transaction."""
    if operator_ids:
        rows = ((operator_id,) for operator_id in operator_ids)
        copy_rows(DEFAULT_DB_ALIAS, RadarMark._meta.db_table, ["operator_id"], rows)


def look_at_all(*, at: datetime, again: bool = False) -> Iterator[Looked]:
    """Let every rule that has not done so today look at the whole register.

    Each rule commits by itself, so a run that was killed goes on with the rules that are left;
    ``again`` looks with all of them. Cost: four statements for each rule.
    """
    for rule in RADAR_RULES:
        started = monotonic()
        done = _look(rule, at=at, again=again)
        if done is not None:
            merged, count = done
            yield Looked(rule, merged, count, monotonic() - started)


@transaction.atomic
def _look(rule: RadarRule, *, at: datetime, again: bool) -> tuple[Merged, int] | None:
    _lock()
    _use_memory()
    today = clock.business_day(at)
    if not again and RadarPass.objects.filter(rule=rule.code, day=today).exists():
        return None
    merged = merge_rule(rule, _ask(at))
    count = Finding.objects.open().filter(rule=rule.code).count()
    RadarPass.objects.update_or_create(
        rule=rule.code, defaults={"day": today, "done_at": at, "open_count": count}
    )
    return merged, count


def look_at_changed(*, at: datetime, seconds: float | None = None) -> Merged:
    """Let every rule look at the operators that were marked, batch after batch, until none is left."""
    until = monotonic() + seconds if seconds is not None else None
    done = Merged()
    while until is None or monotonic() < until:
        merged = _look_at_batch(at=at)
        if merged is None:
            break
        done += merged
    return done


@transaction.atomic
def _look_at_batch(*, at: datetime) -> Merged | None:
    """Marks go in the transaction that writes what was found; None when there are none."""
    _lock()
    operator_ids = _take_marks()
    if not operator_ids:
        return None
    ask = _ask(at, operator_ids)
    done = Merged()
    for rule in RADAR_RULES:
        done += merge_rule(rule, ask)
    return done


def _take_marks() -> list[int]:
    table = RadarMark._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT %s"
            " FOR UPDATE SKIP LOCKED) RETURNING operator_id",
            [BATCH],
        )
        return sorted({operator_id for (operator_id,) in cursor.fetchall()})


def _ask(at: datetime, operator_ids: list[int] | None = None) -> Ask:
    today = clock.business_day(at)
    return Ask(
        at=at,
        limits=radar_parameters_in_force(today),
        parameters=parameters_in_force(today),
        operator_ids=operator_ids,
    )


def _use_memory() -> None:
    """Let this transaction's joins over the whole register stay in memory."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
