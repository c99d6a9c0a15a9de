"""Counting operators with valid licences: one pass over a month's operators, at night."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from shilian import clock
from supervision.models import LicenceMonth, MonthFreeze
from supervision.rollups.areas import on_path_of
from supervision.rules.register import last_day

COLUMNS = ("licensed_count", "licence_valid_count")
_TABLE = LicenceMonth._meta.db_table
COUNTS_SQL = """count(*)::int AS licensed_count,
  (count(*) FILTER (WHERE h.is_valid))::int AS licence_valid_count"""


def holders_sql(of: str = "true") -> str:
    """SQL: of each operator with licences, whether they are valid on the day; ``of`` narrows them.

    A licence outlasted by another of its kind was renewed; one without a last day outlasts all.
    """
    return f"""
SELECT operator_id, bool_and(until >= %(day)s) AS is_valid FROM (
  SELECT operator_id, kind, max(coalesce(valid_until, 'infinity'::date)) AS until
  FROM enterprises_licence WHERE (issued_on IS NULL OR issued_on <= %(day)s) AND {of}
  GROUP BY operator_id, kind) AS papers
GROUP BY operator_id"""


def day_of(month: date, today: date) -> date:
    """The day on which the month's licences are looked at: its last, or today before that."""
    return min(last_day(month), today)


@transaction.atomic
def count_licences(month: date, *, at: datetime) -> int:
    """Replace the month's counts with what is on file now; returns how many rows there are.

    A frozen month is left alone. Cost: one pass over the licences; for the night, not for a page.
    """
    if MonthFreeze.objects.filter(pk=month).exists():
        return 0
    said: dict[str, Any] = {"month": month, "day": day_of(month, clock.business_day(at)), "at": at}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('licence_month'))")
        cursor.execute(f"DELETE FROM {_TABLE} WHERE month = %(month)s", said)
        cursor.execute(_COUNT_SQL, said)
        return int(cursor.rowcount)


def count_recent(*, at: datetime) -> None:
    """The running month and the one before, until it is frozen."""
    month = clock.month_of(clock.business_day(at))
    for each in (clock.previous_month(month), month):
        count_licences(each, at=at)


_SUMS = ", ".join(f"sum({column})" for column in COLUMNS)
_COUNT_SQL = f"""
INSERT INTO {_TABLE} (division_id, month, sector, {", ".join(COLUMNS)}, counted_at)
SELECT part.code::bigint, %(month)s, leaf.sector, {_SUMS}, %(at)s
FROM (
  SELECT m.division_id, m.sector, {COUNTS_SQL}
  FROM supervision_operatormonth m JOIN ({holders_sql()}) AS h ON h.operator_id = m.operator_id
  WHERE m.month = %(month)s AND m.in_scope
  GROUP BY m.division_id, m.sector) leaf
{on_path_of("leaf")}
GROUP BY part.code, leaf.sector"""
