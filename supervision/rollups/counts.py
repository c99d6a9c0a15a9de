"""Counting committed records per operator and month, set-wise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from enterprises.models import SelfBuiltSystem, SystemDay
from shilian import clock
from shilian.db import ids
from supervision.models import CHANNEL_BITS, Suspicion
from supervision.rules import systems as system_rules
from supervision.rules.judgement import quiet_counts
from supervision.rules.parameters import Parameters
from supervision.rules.register import last_day


class RecordPart(NamedTuple):
    """The columns of OperatorMonth that come from records, in its order."""

    days: int = 0
    classes: int = 0
    channels: int = 0
    last_day: int = 0
    purchase_count: int = 0
    sale_count: int = 0
    inspection_count: int = 0
    valid_count: int = 0
    late_count: int = 0
    incomplete_count: int = 0
    matchable_count: int = 0
    unmatched_count: int = 0


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """One operator's records of a month, and how many lie on each day."""

    part: RecordPart
    by_day: dict[int, int]


NOTHING = RecordCounts(RecordPart(), {})


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Where one kind of record lies; the conditions are SQL over its row ``r``."""

    name: str
    day: str
    kind: int
    matchable: str = "false"
    unmatched: str = "false"


RECORD_TABLES = (
    RecordTable(
        "traceability_purchase",
        "purchased_on",
        0,
        matchable="r.supplier_operator_id IS NOT NULL",
        unmatched="r.supplier_operator_id IS NOT NULL AND r.sale_id IS NULL",
    ),
    RecordTable("traceability_sale", "sold_on", 1),
    RecordTable("traceability_factoryinspection", "inspected_on", 2),
)


def record_counts(
    month: date, operator_ids: Sequence[int], *, classes: Mapping[str, int], parameters: Parameters
) -> dict[int, RecordCounts]:
    """What each operator recorded for the days of the month.

    A record is valid when every legal field is met, it is not voided, and it was first received
    within the allowed days; a correction is as old as the record it puts right. Duplicates need no
    care: days and classes count once. Source: domain.md section 5 (valid record). Cost: one query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS_SQL, _arguments(month, operator_ids, classes, parameters))
        return {row[0]: _counts(row[1:]) for row in cursor.fetchall()}


def overdue_incoming(
    month: date, operator_ids: Sequence[int], *, as_of: date, parameters: Parameters
) -> dict[int, int]:
    """Deliveries of the month that each buyer left unconfirmed beyond the allowed days.

    They count at the buyer, who is the one to act. Source: domain.md section 5 (断链 b).
    Cost: one query.
    """
    latest = as_of - timedelta(days=parameters.unconfirmed_days + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operator_id, count(*) FROM traceability_incomingdraft"
            " WHERE operator_id = ANY(%s) AND state = 'waiting' AND sold_on BETWEEN %s AND %s"
            " GROUP BY operator_id",
            [list(operator_ids), month, min(latest, last_day(month))],
        )
        return dict(cursor.fetchall())


def quiet_operators(month: date, operator_ids: Sequence[int]) -> set[int]:
    """The operators whose declaration of a quiet month counts. Cost: one query."""
    before = clock.previous_month(month)
    declared: dict[int, set[date]] = defaultdict(set)
    with connection.cursor() as cursor:
        # One array, here and below: thousands of single arguments take longer than the answer.
        cursor.execute(
            "SELECT operator_id, month FROM traceability_quietmonth"
            " WHERE operator_id = ANY(%s) AND month = ANY(%s)",
            [list(operator_ids), [month, before]],
        )
        for operator_id, of in cursor.fetchall():
            declared[operator_id].add(of)
    return {
        operator_id
        for operator_id, months in declared.items()
        if quiet_counts(declared=month in months, declared_before=before in months)
    }


def excluded_operators(month: date, operator_ids: Sequence[int]) -> set[int]:
    """The operators whose month an officer found to be made up. Cost: one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT operator_id FROM {Suspicion._meta.db_table}"
            " WHERE operator_id = ANY(%s) AND month = %s AND state = %s",
            [list(operator_ids), month, Suspicion.State.EXCLUDED],
        )
        return {operator_id for (operator_id,) in cursor.fetchall()}


def system_counts(
    month: date, operator_ids: Sequence[int], *, as_of: date, parameters: Parameters
) -> dict[int, tuple[int, int]]:
    """Each operator's systems in service at the month's end, and how many delivered.

    A system that owes no day yet is in neither. Cost: at most three queries.
    """
    systems = SelfBuiltSystem.objects.registered().filter(pk__in=_systems_of(operator_ids))
    owed = {system.pk: (system.operator_id, _due(system, month, as_of)) for system in systems}
    days: dict[int, list[SystemDay]] = defaultdict(list)
    for each in SystemDay.objects.filter(
        system_id__in=owed, day__gte=month, day__lte=last_day(month)
    ):
        days[each.system_id].append(each)
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for system_id, (operator_id, due) in owed.items():
        if due:
            count, met = found[operator_id]
            is_met = system_rules.meets(_system_month(due, days[system_id]), parameters)
            found[operator_id] = (count + 1, met + is_met)
    return dict(found)


def _systems_of(operator_ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {SelfBuiltSystem._meta.db_table} WHERE operator_id = ANY(%s)",
            [list(operator_ids)],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _due(system: SelfBuiltSystem, month: date, as_of: date) -> list[date]:
    if system.ended_on is not None and system.ended_on <= last_day(month):
        return []
    return system_rules.due_days(
        month,
        since=system.in_service_since or clock.business_day(system.registered_at),
        weekdays=system.due_weekdays,
        as_of=as_of,
    )


def _system_month(due: list[date], days: list[SystemDay]) -> system_rules.SystemMonth:
    wanted = set(due)
    return system_rules.SystemMonth(
        due_days=len(due),
        received_days=sum(
            day.day in wanted and day.accepted_count > day.duplicate_count for day in days
        ),
        sent_count=sum(day.sent_count - day.duplicate_count for day in days),
        accepted_count=sum(day.accepted_count - day.duplicate_count for day in days),
    )


def _arguments(
    month: date,
    operator_ids: Sequence[int],
    classes: Mapping[str, int],
    parameters: Parameters,
) -> dict[str, Any]:
    return {
        "operators": list(operator_ids),
        "first": month,
        "last": last_day(month),
        "lower": ids.lower_bound(clock.start_of(month) - timedelta(days=1)),
        "within": parameters.record_within_days,
        "channels": list(CHANNEL_BITS),
        "class_codes": list(classes),
        "class_bits": list(classes.values()),
    }


def _counts(row: tuple[Any, ...]) -> RecordCounts:
    days, classes, channels, *counts, day_numbers, day_counts = row
    return RecordCounts(
        RecordPart(days, classes, channels, days.bit_length(), *counts),
        dict(zip(day_numbers, day_counts, strict=True)),
    )


def _records_sql(table: RecordTable) -> str:
    """One row for each current record of the month."""
    return f"""
    SELECT r.id, r.operator_id, r.batch_id, {table.kind} AS kind,
      r.{table.day} AS happened_on, r.recorded_at, r.supersedes_id, r.channel,
      cardinality(r.missing) > 0 AS incomplete,
      {table.matchable} AS matchable, {table.unmatched} AS unmatched
    FROM {table.name} r
    WHERE r.operator_id = ANY(%(operators)s) AND r.state = 'current'
      AND r.{table.day} BETWEEN %(first)s AND %(last)s AND r.id >= %(lower)s"""


def _superseded_sql(table: RecordTable) -> str:
    return (
        f"SELECT supersedes_id, recorded_at FROM {table.name}"
        " WHERE id = e.supersedes_id AND operator_id = e.operator_id"
    )


# Corrections are walked back to the record first received; a chain stays within one operator.
# The batch is looked for once, after the union: three looks over all partitions cost more to plan
# than a single operator's month costs to count. What lies elsewhere is looked up by its id, row by
# row (the limits see to that): a join with the whole of a table grows with the table, not with what
# is counted.
_COUNTS_SQL = f"""
WITH RECURSIVE records AS MATERIALIZED ({" UNION ALL ".join(map(_records_sql, RECORD_TABLES))}),
earlier AS (
  SELECT id, operator_id, supersedes_id, recorded_at FROM records WHERE supersedes_id IS NOT NULL
  UNION ALL
  SELECT e.id, e.operator_id, p.supersedes_id, p.recorded_at
  FROM earlier e CROSS JOIN LATERAL (
    {" UNION ALL ".join(map(_superseded_sql, RECORD_TABLES))} LIMIT 1) p
  WHERE e.supersedes_id IS NOT NULL),
first AS (SELECT id, min(recorded_at) AS received_at FROM earlier GROUP BY id),
judged AS (
  SELECT r.operator_id, r.kind, extract(day FROM r.happened_on)::int AS day,
    (coalesce(f.received_at, r.recorded_at) AT TIME ZONE 'Asia/Shanghai')::date - r.happened_on
      > %(within)s AS late,
    r.incomplete, r.matchable, r.unmatched,
    1 << (array_position(%(channels)s::text[], r.channel::text) - 1) AS channel,
    coalesce((%(class_bits)s::int[])[
      array_position(%(class_codes)s::text[], b.goods_class::text)], 0) AS class
  FROM records r
  LEFT JOIN first f ON f.id = r.id
  LEFT JOIN LATERAL (SELECT goods_class FROM traceability_batch
    WHERE operator_id = r.operator_id AND id = r.batch_id LIMIT 1) b ON true),
days AS (
  SELECT operator_id, day,
    bit_or(class) FILTER (WHERE NOT late AND NOT incomplete) AS classes,
    bit_or(channel) AS channels,
    count(*) FILTER (WHERE kind = 0) AS purchases,
    count(*) FILTER (WHERE kind = 1) AS sales,
    count(*) FILTER (WHERE kind = 2) AS inspections,
    count(*) FILTER (WHERE NOT late AND NOT incomplete) AS valid,
    count(*) FILTER (WHERE late) AS late,
    count(*) FILTER (WHERE incomplete) AS incomplete,
    count(*) FILTER (WHERE matchable) AS matchable,
    count(*) FILTER (WHERE unmatched) AS unmatched,
    count(*) AS records
  FROM judged GROUP BY operator_id, day)
SELECT operator_id,
  bit_or(CASE WHEN valid > 0 THEN 1 << (day - 1) ELSE 0 END),
  coalesce(bit_or(classes), 0), bit_or(channels),
  sum(purchases)::int, sum(sales)::int, sum(inspections)::int, sum(valid)::int,
  sum(late)::int, sum(incomplete)::int, sum(matchable)::int, sum(unmatched)::int,
  array_agg(day), array_agg(records::int)
FROM days GROUP BY operator_id"""
