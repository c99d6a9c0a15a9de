"""What the records of many operators' months look like, in one query for each kind of look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from shilian import clock
from shilian.db import ids
from supervision.rollups.counts import RECORD_TABLES
from supervision.rules.fabrication import MonthFeatures
from supervision.rules.parameters import Parameters
from supervision.rules.register import last_day
from traceability.models import Purchase, Sale

# Who is activated later than this many days before the last days begin is too new to burst.
NEW_DAYS = 14
LAST_DAYS = 3
HISTORY_MONTHS = 3
HISTORY_LEAST = 5
TENTH = Decimal("0.1")


def features_of(
    month: date, operator_ids: Sequence[int], *, parameters: Parameters
) -> dict[int, MonthFeatures]:
    """The features of every operator among these that recorded something for the month.

    A correction is as old as the record it puts right, however often that was corrected.
    Cost: two queries.
    """
    said = _arguments(month, operator_ids, parameters)
    with connection.cursor() as cursor:
        cursor.execute(_FEATURES, said)
        rows = cursor.fetchall()
        cursor.execute(_HISTORY, said)
        odd = {row[0]: _history(row[1:]) for row in cursor.fetchall()}
    return {
        row[0]: MonthFeatures(**dict(zip(_NAMES, row[1:], strict=True)), **odd.get(row[0], {}))
        for row in rows
    }


def _arguments(month: date, operator_ids: Sequence[int], parameters: Parameters) -> dict[str, Any]:
    last, before = last_day(month), clock.add_months(month, -HISTORY_MONTHS)
    last_days = clock.start_of(last - timedelta(days=LAST_DAYS - 1))
    return {
        "operators": list(operator_ids),
        "first": month,
        "last": last,
        "lower": ids.lower_bound(clock.start_of(month)),
        "last_days": last_days,
        "new_since": last_days - timedelta(days=NEW_DAYS),
        "within": parameters.record_within_days,
        "before": before,
        "before_lower": ids.lower_bound(clock.start_of(before)),
        "least": HISTORY_LEAST,
    }


def _history(row: tuple[Any, ...]) -> dict[str, Any]:
    name, quantity, usual, unit = row
    usual = Decimal(str(usual))
    return {
        "history_ratio": (quantity / usual).quantize(TENTH, rounding=ROUND_HALF_UP),
        "history_goods": name,
        "history_quantity": quantity,
        "history_usual": usual,
        "history_unit": unit,
    }


_NAMES = (
    "record_count",
    "last_days_count",
    "is_new",
    "typed_count",
    "night_count",
    "late_count",
    "weighed_count",
    "round_count",
    "day_count",
    "copied_days",
    "account_count",
    "account_operators",
)
# An inspection has neither partner nor quantity, and says nothing of made-up trade.
_TRADED = (
    (Purchase._meta.db_table, "purchased_on"),
    (Sale._meta.db_table, "sold_on"),
)
assert {name for name, _ in _TRADED} < {table.name for table in RECORD_TABLES}
_RECORDS = " UNION ALL ".join(
    f"""SELECT r.id, r.operator_id, r.{day} AS day, r.product_id, r.partner_id, r.quantity, r.unit,
      r.recorded_at, r.recorded_by, r.channel, r.supersedes_id
    FROM {table} r WHERE r.operator_id = ANY(%(operators)s) AND r.state = 'current'
      AND r.{day} BETWEEN %(first)s AND %(last)s AND r.id >= %(lower)s"""
    for table, day in _TRADED
)
# Looked up by its id, row by row (the limit sees to that), not joined with all there are.
_SUPERSEDED = " UNION ALL ".join(
    f"""SELECT supersedes_id, recorded_at FROM {table}
      WHERE id = e.supersedes_id AND operator_id = e.operator_id"""
    for table, _ in _TRADED
)
_FEATURES = f"""
WITH RECURSIVE written AS MATERIALIZED ({_RECORDS}),
earlier AS (
  SELECT id, operator_id, supersedes_id, recorded_at FROM written WHERE supersedes_id IS NOT NULL
  UNION ALL
  SELECT e.id, e.operator_id, p.supersedes_id, p.recorded_at
  FROM earlier e CROSS JOIN LATERAL ({_SUPERSEDED} LIMIT 1) p
  WHERE e.supersedes_id IS NOT NULL),
first AS (SELECT id, min(recorded_at) AS received_at FROM earlier GROUP BY id),
records AS MATERIALIZED (
  SELECT w.*, coalesce(f.received_at, w.recorded_at) AS received_at
  FROM written w LEFT JOIN first f ON f.id = w.id),
counted AS (
  SELECT r.operator_id, count(*)::int AS records,
    count(*) FILTER (WHERE r.received_at >= %(last_days)s)::int AS last_days,
    count(*) FILTER (WHERE r.channel = 'form')::int AS typed,
    count(*) FILTER (WHERE r.channel = 'form'
      AND extract(hour FROM r.received_at AT TIME ZONE 'Asia/Shanghai') < 5)::int AS night,
    count(*) FILTER (WHERE (r.received_at AT TIME ZONE 'Asia/Shanghai')::date - r.day
      > %(within)s)::int AS late,
    count(*) FILTER (WHERE r.unit IN ('公斤', '千克', '斤', '克', 'kg'))::int AS weighed,
    count(*) FILTER (WHERE r.unit IN ('公斤', '千克', '斤', '克', 'kg')
      AND r.quantity %% 10 = 0)::int AS round
  FROM records r GROUP BY 1),
prints AS (
  SELECT operator_id, day, md5(string_agg(
    concat_ws(':', product_id, partner_id, quantity), ',' ORDER BY product_id, partner_id, quantity)) AS print
  FROM records GROUP BY 1, 2),
beside AS (
  SELECT operator_id, print = lag(print) OVER (PARTITION BY operator_id ORDER BY day) AS is_copy
  FROM prints),
copied AS (
  SELECT operator_id, count(*)::int AS days, count(*) FILTER (WHERE is_copy)::int AS copied
  FROM beside GROUP BY 1),
writers AS (
  SELECT DISTINCT ON (operator_id) operator_id, recorded_by, count(*)::int AS records
  FROM records WHERE recorded_by IS NOT NULL AND channel = 'form'
  GROUP BY operator_id, recorded_by ORDER BY operator_id, count(*) DESC, recorded_by),
held AS (
  SELECT w.person_id, count(DISTINCT w.operator_id)::int AS operators
  FROM enterprises_membership w
  WHERE w.person_id IN (SELECT recorded_by FROM writers) AND w.operator_id IS NOT NULL
    AND w.ended_at IS NULL GROUP BY 1)
SELECT c.operator_id, c.records, c.last_days, coalesce(o.activated_at >= %(new_since)s, true),
  c.typed, c.night, c.late, c.weighed, c.round, d.days, d.copied,
  coalesce(w.records, 0), coalesce(h.operators, 0)
FROM counted c
JOIN enterprises_operator o ON o.id = c.operator_id
JOIN copied d ON d.operator_id = c.operator_id
LEFT JOIN writers w ON w.operator_id = c.operator_id
LEFT JOIN held h ON h.person_id = w.recorded_by"""

# Bought once in so large a lot as never before: of each operator the oddest.
_HISTORY = f"""
WITH now AS (
  SELECT r.operator_id, r.product_id, r.unit, max(r.quantity) AS quantity
  FROM {Purchase._meta.db_table} r
  WHERE r.operator_id = ANY(%(operators)s) AND r.state = 'current'
    AND r.purchased_on BETWEEN %(first)s AND %(last)s AND r.id >= %(lower)s GROUP BY 1, 2, 3),
before AS (
  SELECT r.operator_id, r.product_id, r.unit,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY r.quantity) AS usual
  FROM {Purchase._meta.db_table} r
  WHERE r.operator_id = ANY(%(operators)s) AND r.state = 'current'
    AND r.purchased_on >= %(before)s AND r.purchased_on < %(first)s AND r.id >= %(before_lower)s
  GROUP BY 1, 2, 3 HAVING count(*) >= %(least)s)
SELECT DISTINCT ON (n.operator_id) n.operator_id, coalesce(p.name, '这种货'), n.quantity, b.usual, n.unit
FROM now n JOIN before b USING (operator_id, product_id, unit)
LEFT JOIN traceability_product p ON p.operator_id = n.operator_id AND p.id = n.product_id
WHERE n.quantity > b.usual * 10
ORDER BY n.operator_id, n.quantity / b.usual::numeric DESC"""
