"""Counting operators by class of goods: one pass over a month's operators, by the hour."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from shilian import clock
from supervision.models import ClassMonth, MonthFreeze
from supervision.rollups.areas import on_path_of
from supervision.rules.register import last_day

COLUMNS = (
    "operator_count", "registered_count", "obliged_count", "active_count", "covered_count",
    "day_count", "record_count",
)  # fmt: skip
_TABLE = ClassMonth._meta.db_table

# Of rows ``m`` of the operators' months and classes ``g``; a catering kind may record any goods.
COUNTS_SQL = """count(*)::int AS operator_count,
  (count(*) FILTER (WHERE m.activated))::int AS registered_count,
  (count(*) FILTER (WHERE m.obliged))::int AS obliged_count,
  (count(*) FILTER (WHERE m.obliged AND m.active))::int AS active_count,
  (count(*) FILTER (WHERE NOT m.excluded AND CASE WHEN g."group" = 'catering'
    THEN m.valid_count > 0 ELSE m.classes & (1 << g.bit) <> 0 END))::int AS covered_count,
  sum(bit_count(m.days::bit(32)))::bigint AS day_count,
  sum(m.purchase_count + m.sale_count + m.inspection_count)::bigint AS record_count"""
IN_FORCE_SQL = """g.effective_from <= %(last)s
  AND (g.effective_to IS NULL OR g.effective_to >= %(last)s)"""
TRADERS_SQL = """supervision_operatormonth m
  JOIN traceability_goodsclass g ON m.own_classes & (1 << g.bit) <> 0"""


@transaction.atomic
def count_classes(month: date, *, at: datetime) -> int:
    """Replace the month's counts by what its operators' rows say; returns how many rows there are.

    A frozen month is counted once more after its freeze, and then left alone.
    Cost: one pass over the month's operators, not their records.
    """
    said: dict[str, Any] = {"month": month, "last": last_day(month), "at": at}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('class_month'))")
        if _rests(month):
            return 0
        cursor.execute(f"DELETE FROM {_TABLE} WHERE month = %(month)s", said)
        cursor.execute(_COUNT_SQL, said)
        return int(cursor.rowcount)


def count_recent(*, at: datetime) -> None:
    """The running month and the one before."""
    month = clock.month_of(clock.business_day(at))
    for each in (clock.previous_month(month), month):
        count_classes(each, at=at)


def _rests(month: date) -> bool:
    """Whether the month was frozen and has been counted since."""
    frozen = MonthFreeze.objects.filter(pk=month).first()
    if frozen is None:
        return False
    return ClassMonth.objects.filter(month=month, counted_at__gt=frozen.frozen_at).exists()


_SUMS = ", ".join(f"sum({column}) AS {column}" for column in COLUMNS)
_COUNT_SQL = f"""
INSERT INTO {_TABLE} (month, division_id, sector, goods_class, {", ".join(COLUMNS)}, counted_at)
SELECT %(month)s, part.code::bigint, leaf.sector, leaf.goods_class, {_SUMS}, %(at)s
FROM (
  SELECT m.division_id, m.sector, g.code AS goods_class, {COUNTS_SQL}
  FROM {TRADERS_SQL}
  WHERE m.month = %(month)s AND m.in_scope AND m.own_classes <> 0 AND {IN_FORCE_SQL}
  GROUP BY m.division_id, m.sector, g.code) leaf
{on_path_of("leaf")}
GROUP BY part.code, leaf.sector, leaf.goods_class"""
