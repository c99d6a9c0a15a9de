"""Counting records by channel: one pass over a month's records, at night."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from shilian import clock
from shilian.db import ids
from supervision.models import ChannelMonth
from supervision.rollups.counts import RECORD_TABLES
from supervision.rules.register import last_day


@transaction.atomic
def count_channels(month: date, *, at: datetime) -> int:
    """Replace the month's counts with what is committed now; returns how many rows there are.

    Cost: one pass over each kind's records since the month began; for the night, not for a page.
    """
    said: dict[str, Any] = {
        "month": month,
        "first": month,
        "last": last_day(month),
        "lower": ids.lower_bound(clock.start_of(month) - timedelta(days=1)),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('channel_month'))")
        cursor.execute(f"DELETE FROM {_TABLE} WHERE month = %(month)s", said)
        cursor.execute(_COUNT_SQL, said)
        return int(cursor.rowcount)


def count_recent(*, at: datetime) -> None:
    """The running month and the one before, in which records still arrive."""
    month = clock.month_of(clock.business_day(at))
    for each in (clock.previous_month(month), month):
        count_channels(each, at=at)


_TABLE = ChannelMonth._meta.db_table
_RECORDS = " UNION ALL ".join(
    f"SELECT county_id, operator_id, channel, count(*) AS records FROM {table.name}"
    f" WHERE state = 'current' AND {table.day} BETWEEN %(first)s AND %(last)s"
    " AND id >= %(lower)s GROUP BY county_id, operator_id, channel"
    for table in RECORD_TABLES
)
_COUNT_SQL = f"""
WITH records AS (
  SELECT county_id, channel, sum(records) AS records, count(DISTINCT operator_id) AS operators
  FROM ({_RECORDS}) AS counted GROUP BY county_id, channel),
pairs AS (
  SELECT county_id, channel,
    count(*) FILTER (WHERE state = 'waiting') AS waiting,
    count(*) FILTER (WHERE state = 'same') AS same
  FROM traceability_duplicatesuspect
  WHERE happened_on BETWEEN %(first)s AND %(last)s GROUP BY county_id, channel)
INSERT INTO {_TABLE} (month, county_id, channel, record_count, operator_count, waiting_count,
  same_count, counted_at)
SELECT %(month)s, county_id, channel, coalesce(r.records, 0), coalesce(r.operators, 0),
  coalesce(p.waiting, 0), coalesce(p.same, 0), %(at)s
FROM records r FULL JOIN pairs p USING (county_id, channel)"""
