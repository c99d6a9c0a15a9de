"""Filling and reading the numbers of a whole province, beside counting the same from raw records."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from enterprises.actor import platform_actor
from enterprises.models import Operator
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import percentile, samples_ms
from supervision.documents import bulletin_files
from supervision.measures import numbers_load, numbers_pages
from supervision.measures.loading import analyze, first_id
from supervision.measures.numbers_load import Size
from supervision.measures.visits import Spent, spent
from supervision.metrics.base import select_tallies
from supervision.models import OperatorMonth
from supervision.operations import bulletins
from supervision.radar.run import look_at_all, look_at_changed
from supervision.recount.run import Report, recompute
from supervision.rollups import channels, classes, fill, licences, rebuild, register
from traceability.operations.writing import mark_operator_months

ROUNDS = 3


def measure() -> Metrics:
    """All of it over one generated month. Units are in the names; ``cpu`` is processor time."""
    at, size = clock.now(), Size.asked()
    month = clock.previous_month(clock.month_of(clock.business_day(at)))
    made: list[Any] = []
    loading = spent("load", lambda: made.extend(numbers_load.load(month, size)))
    province, records = made
    metrics: Metrics = {
        "operator_count": size.operators,
        "record_count": records,
        "load_s": round(loading.seconds, 1),
    }
    parts: list[Callable[[], Metrics]] = [
        lambda: filling(month, records, at),
        lambda: indicators(month),
        lambda: saving(month, at),
        lambda: watching(clock.start_of(clock.next_month(month)) + timedelta(hours=3)),
        lambda: publishing(month, at),
        lambda: numbers_pages.measure(province, month, at=at),
    ]
    for part in parts:
        found = part()
        # A long run tells what it knows already.
        sys.stderr.write(f"{json.dumps(found, ensure_ascii=False)}\n")
        metrics |= found
    return metrics


def filling(month: date, records: int, at: datetime) -> Metrics:
    """Every operator's month from its records, and the proof that the sums are theirs."""
    numbers_load.mark_all(month)
    filled = spent("fill", lambda: fill.fill_all(at=at))
    analyze("supervision_operatormonth", "supervision_operatormonthdays")
    different: list[rebuild.Difference] = []
    compared = spent("compare", lambda: different.extend(rebuild.compare(month, at=at)))
    return {
        "fill_records_per_s": round(records / filled.seconds),
        "fill_records_per_cpu_s": round(records / filled.cpu),
        **filled.metrics("fill"),
        **compared.metrics("compare"),
        "compare_differences": len(different),
    }


def indicators(month: date) -> Metrics:
    """Every indicator by county and link, from operators' months and from raw records."""
    rows = best("indicators", BY_COUNTY_AND_LINK, [month])
    asked = [month, clock.next_month(month), first_id(month)]
    raw = spent("raw_scan", lambda: read(FROM_RAW_RECORDS, asked))
    return {
        "indicators_s": round(rows.seconds, 4),
        "indicators_cpu_s": round(rows.cpu, 4),
        **raw.metrics("raw_scan"),
        "vs_raw_scan": round(raw.seconds / rows.seconds, 1),
    }


def saving(month: date, at: datetime) -> Metrics:
    """What one saved form pays for the numbers, and what following it costs afterwards."""
    ids = list(Operator.objects.order_by("-pk").values_list("pk", flat=True)[:40])
    with transaction.atomic():
        paid = samples_ms(lambda: mark_operator_months([(ids[0], month)]), 200)
        transaction.set_rollback(True)
    followed = []
    for operator_id in ids:
        register.mark([(operator_id, month)])
        followed += samples_ms(lambda: fill.fill(at=at), 1)
    return {
        "form_save_cost_ms": round(percentile(paid, 50), 3),
        "form_save_cost_p95_ms": round(percentile(paid, 95), 3),
        "fill_one_ms": round(percentile(followed, 50), 2),
    }


def watching(at: datetime) -> Metrics:
    """The radar over everything in the night after the month, and then over what changed.

    Later every shop of a month that nobody went on with has fallen silent.
    """
    # Whoever was filled is marked for the radar; a look at everything comes before the first of them.
    looks = list(look_at_all(at=at))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM supervision_radarmark")
    slowest = max(looks, key=lambda looked: looked.seconds)
    next_day = at + timedelta(days=1)
    again = spent("radar_next_night", lambda: list(look_at_all(at=next_day)))
    fill_some(at)
    changed = spent("radar_changed", lambda: look_at_changed(at=at))
    return {
        "finding_count": sum(looked.open_count for looked in looks),
        "radar_s": round(sum(looked.seconds for looked in looks), 2),
        **{f"radar_{looked.rule.code}_s": round(looked.seconds, 2) for looked in looks},
        "radar_slowest_rule": slowest.rule.code,
        **again.metrics("radar_next_night"),
        **changed.metrics("radar_1000_changed"),
    }


def fill_some(at: datetime) -> None:
    """A thousand operators whose numbers changed, spread over the province."""
    rows = OperatorMonth.objects.order_by("operator_id").values_list("operator_id", "month")
    register.mark(list(rows[:: max(1, rows.count() // 1000)]))
    fill.fill_all(at=at)


def publishing(month: date, at: datetime) -> Metrics:
    """Freeze, draft, typeset; and recount all of it from the records."""
    opens = clock.start_of(clock.next_month(month)) + timedelta(days=10)
    # Counted every night, long before the month is frozen.
    counted = spent("channels", lambda: channels.count_channels(month, at=opens))
    papers = spent("licences", lambda: licences.count_licences(month, at=opens))
    sorts = spent("classes", lambda: classes.count_classes(month, at=opens))
    published = spent("bulletin", lambda: publish(month, opens))
    recounted: list[Report] = []
    recomputed = spent("recompute", lambda: recounted.append(recompute(month, at=at)))
    return {
        **counted.metrics("channels"),
        **papers.metrics("licences"),
        **sorts.metrics("classes"),
        **published.metrics("bulletin"),
        **recomputed.metrics("recompute"),
        "recompute_cells": sum(each.cell_count for each in recounted[0].bulletins),
        "recompute_differences": recounted[0].difference_count,
    }


def publish(month: date, at: datetime) -> None:
    """Freeze the month, draft its bulletin and write the paper, its PDF and the workbook."""
    bulletin = bulletins.draft_bulletin(by=platform_actor(), month=month, at=at)
    for kind in bulletin_files.KINDS.values():
        kind.make(bulletin, "")


BY_COUNTY_AND_LINK = (
    select_tallies("month = %s")
    .replace("GROUP BY division_id, month, sector", "GROUP BY county_id, month, sector")
    .replace("SELECT division_id,", "SELECT", 1)
    .replace("max(county_id) AS county_id", "county_id")
)

FROM_RAW_RECORDS = """
SELECT o.county_id, o.sector, count(*) FILTER (WHERE d.days >= 4), count(*), sum(d.records)
FROM enterprises_operator o LEFT JOIN (
  SELECT r.operator_id, count(*) AS records, count(DISTINCT r.purchased_on) FILTER (
    WHERE cardinality(r.missing) = 0
      AND (r.recorded_at AT TIME ZONE 'Asia/Shanghai')::date - r.purchased_on <= 3) AS days,
    bit_or(1 << g.bit) AS classes
  FROM traceability_purchase r
  JOIN traceability_batch b ON b.operator_id = r.operator_id AND b.id = r.batch_id
  LEFT JOIN traceability_goodsclass g ON g.code = b.goods_class
  WHERE r.state = 'current' AND r.purchased_on >= %s AND r.purchased_on < %s AND r.id >= %s
  GROUP BY r.operator_id) d ON d.operator_id = o.id
GROUP BY o.county_id, o.sector"""


def read(query: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())


def best(name: str, query: str, arguments: list[Any]) -> Spent:
    """The fastest of several rounds; the others had the machine's noise."""
    rounds = [spent(name, lambda: read(query, arguments)) for _ in range(ROUNDS)]
    return min(rounds, key=lambda each: each.seconds)
