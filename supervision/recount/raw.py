"""Reads what was on record at an instant: records, deliveries, declarations, systems, decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from shilian import clock
from shilian.db import ids

VOIDED_EVENTS = ("purchase_voided", "sale_voided", "inspection_voided")
TABLES = (
    ("purchase", "traceability_purchase", "purchased_on"),
    ("sale", "traceability_sale", "sold_on"),
    ("inspection", "traceability_factoryinspection", "inspected_on"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The month that is counted, and the instant as of which."""

    month: date
    at: datetime

    @property
    def last(self) -> date:
        return _last_day(self.month)


@lru_cache(maxsize=8)
def _last_day(month: date) -> date:
    # Asked of every record.
    return clock.next_month(month) - timedelta(days=1)


class RawRecord(NamedTuple):
    """One legal record that stood at the instant; ``first_on`` is the day it was first received."""

    kind: str
    operator_id: int
    county_id: int
    day: date
    first_on: date
    is_complete: bool
    has_seller: bool
    sale_id: int | None
    channel: str
    goods_class: str


def records(moment: Moment, operator_ids: Sequence[int]) -> list[RawRecord]:
    """The records for the month's days that stood at the instant. Cost: about six queries."""
    later = _voided_later(moment, operator_ids)
    found: list[tuple[str, tuple[Any, ...]]] = []
    for kind, table, day in TABLES:
        rows = _rows(kind, table, day, moment, operator_ids)
        replaced = _replaced_later(table, rows, moment.at)
        found += [(kind, row) for row in rows if _stood(row, later, replaced)]
    corrected = {row[0]: (row[14], row[5]) for _, row in found if row[5] is not None}
    received = _first_received(corrected)
    return [_record(kind, row, received.get(row[0])) for kind, row in found]


def _rows(
    kind: str, table: str, day: str, moment: Moment, operator_ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    seller = "r.supplier_operator_id, r.sale_id" if kind == "purchase" else "NULL, NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.id, r.operator_id, r.county_id, r.{day},"
            " (r.recorded_at AT TIME ZONE 'Asia/Shanghai')::date, r.supersedes_id, r.state,"
            " r.superseded_by_id, cardinality(r.missing), r.channel, b.goods_class,"
            f" r.batch_before->>'goods_class', {seller},"
            # Instants are dear to read: only a correction's own is compared with another's.
            " CASE WHEN r.supersedes_id IS NOT NULL THEN r.recorded_at END"
            # The limit makes each batch looked up by its id, not joined with all there are.
            f" FROM {table} r LEFT JOIN LATERAL (SELECT goods_class FROM traceability_batch"
            "  WHERE operator_id = r.operator_id AND id = r.batch_id LIMIT 1) b ON true"
            f" WHERE r.operator_id = ANY(%s) AND r.{day} >= %s AND r.{day} <= %s"
            " AND r.recorded_at <= %s AND r.id >= %s",
            [
                list(operator_ids),
                moment.month,
                moment.last,
                moment.at,
                # A record is made on its day or later: the months before need not be opened.
                ids.lower_bound(clock.start_of(moment.month - timedelta(days=1))),
            ],
        )
        return list(cursor.fetchall())


def _voided_later(moment: Moment, operator_ids: Sequence[int]) -> set[int]:
    """Records that were declared void only after the instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT about_id FROM enterprises_auditentry WHERE operator_id = ANY(%s)"
            " AND event = ANY(%s) AND at > %s",
            [list(operator_ids), list(VOIDED_EVENTS), moment.at],
        )
        return {row[0] for row in cursor.fetchall()}


def _replaced_later(table: str, rows: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The corrected records among these whose correction came only after the instant.

    Few are corrected: looked up by themselves, they spare a join of the whole table with itself.
    """
    by = {row[7]: row[0] for row in rows if row[6] == "superseded" and row[7] is not None}
    if not by:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE id = ANY(%s) AND recorded_at > %s", [list(by), at]
        )
        return {by[id_] for (id_,) in cursor.fetchall()}


def _stood(row: tuple[Any, ...], voided_later: set[int], replaced_later: set[int]) -> bool:
    """Whether the record was current at the instant, whatever became of it since."""
    if row[6] == "superseded":
        return row[0] in replaced_later
    return row[6] == "current" or row[0] in voided_later


def _first_received(told: dict[int, tuple[datetime, int | None]]) -> dict[int, datetime]:
    """When each record was first received: a correction is as old as what it puts right."""
    earliest = {id_: at for id_, (at, _) in told.items()}
    open_ = {id_: before for id_, (_, before) in told.items() if before is not None}
    while open_:
        before = _by_id(set(open_.values()))
        following: dict[int, int] = {}
        for id_, old in open_.items():
            if old not in before:
                continue
            at, older = before[old]
            earliest[id_] = min(earliest[id_], at)
            if older is not None:
                following[id_] = older
        open_ = following
    return earliest


def _by_id(wanted: set[int]) -> dict[int, tuple[datetime, int | None]]:
    found: dict[int, tuple[datetime, int | None]] = {}
    with connection.cursor() as cursor:
        for _, table, _ in TABLES:
            cursor.execute(
                f"SELECT id, recorded_at, supersedes_id FROM {table} WHERE id = ANY(%s)",
                [list(wanted)],
            )
            found |= {id_: (at, before) for id_, at, before in cursor.fetchall()}
    return found


def _record(kind: str, row: tuple[Any, ...], received_at: datetime | None) -> RawRecord:
    # What was corrected later keeps in the record what its batch said before.
    goods_class = row[11] if row[6] == "superseded" and row[11] is not None else row[10]
    return RawRecord(
        kind=kind,
        operator_id=row[1],
        county_id=row[2],
        day=row[3],
        first_on=clock.business_day(received_at) if received_at else row[4],
        is_complete=not row[8],
        has_seller=row[12] is not None,
        sale_id=row[13],
        channel=row[9],
        goods_class=goods_class or "",
    )


def waiting_deliveries(
    moment: Moment, operator_ids: Sequence[int]
) -> dict[int, list[tuple[int, date]]]:
    """Each buyer's deliveries of the month that waited at the instant: the sale and its day."""
    found: dict[int, list[tuple[int, date]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operator_id, sale_id, sold_on FROM traceability_incomingdraft"
            " WHERE operator_id = ANY(%s) AND sold_on >= %s AND sold_on <= %s AND created_at <= %s"
            " AND (state = 'waiting' OR decided_at > %s)",
            [list(operator_ids), moment.month, moment.last, moment.at, moment.at],
        )
        for operator_id, sale_id, day in cursor.fetchall():
            found[operator_id].append((sale_id, day))
    return found


def quiet_declarations(moment: Moment, operator_ids: Sequence[int]) -> set[int]:
    """Who declared that nothing was bought, and had not declared it the month before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.operator_id FROM traceability_quietmonth q WHERE q.operator_id = ANY(%s)"
            " AND q.month = %s AND q.declared_at <= %s AND NOT EXISTS (SELECT 1 FROM"
            " traceability_quietmonth e WHERE e.operator_id = q.operator_id AND e.month = %s)",
            [
                list(operator_ids),
                moment.month,
                moment.at,
                clock.previous_month(moment.month),
            ],
        )
        return {row[0] for row in cursor.fetchall()}


def made_up(moment: Moment, operator_ids: Sequence[int]) -> set[int]:
    """Whose month an officer had found to be made up by the instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operator_id FROM supervision_suspicion WHERE operator_id = ANY(%s)"
            " AND month = %s AND state = 'excluded' AND decided_at <= %s",
            [list(operator_ids), moment.month, moment.at],
        )
        return {row[0] for row in cursor.fetchall()}


def systems(moment: Moment, operator_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Every system with its calendar and what came on each day of the month.

    Of each: operator, first day in service, last day, weekdays, and {day: (sent, accepted, known)}.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.operator_id, s.in_service_since, s.registered_at, s.ended_on,"
            " s.due_weekdays, d.day, d.sent_count, d.accepted_count, d.duplicate_count"
            " FROM enterprises_selfbuiltsystem s LEFT JOIN enterprises_systemday d"
            " ON d.system_id = s.id AND d.day >= %s AND d.day <= %s"
            " WHERE s.operator_id = ANY(%s) AND s.state IN ('in_service', 'ended')",
            [moment.month, moment.last, list(operator_ids)],
        )
        rows = cursor.fetchall()
    found: dict[int, tuple[Any, ...]] = {}
    for id_, operator_id, since, registered_at, ended_on, weekdays, day, *counts in rows:
        since = since or clock.business_day(registered_at)
        entry = found.setdefault(id_, (operator_id, since, ended_on, weekdays, {}))
        if day is not None:
            entry[4][day] = tuple(counts)
    return list(found.values())
