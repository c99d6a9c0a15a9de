"""Filling and reading the numbers beside counting the same from raw records, in the same run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from enterprises.actor import platform_actor
from enterprises.models import Division, Operator, OperatorKind, OperatorState, Sector
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked, percentile, samples_ms
from shilian.db import ids
from supervision.documents import bulletin_files
from supervision.metrics.base import select_tallies
from supervision.models import OperatorMonth
from supervision.operations import bulletins
from supervision.queries.dashboard import overview
from supervision.radar.run import look_at_all
from supervision.recount.run import Report, recompute
from supervision.rollups import fill, rebuild, register

CITIES, COUNTIES, TOWNSHIPS = 16, 136, 10
OPERATORS, RECORDS_EACH = 20_000, 20
ROUNDS = 3
LEVEL = Division.Level


def measure() -> Metrics:
    """All of it over one generated month. Units are in the names."""
    at = clock.now()
    month = clock.previous_month(clock.month_of(clock.business_day(at)))
    province = make_province(CITIES)
    make_operators(province, since=clock.start_of(clock.previous_month(month)))
    make_records(month)
    filling = seconds(lambda: fill.fill_all(at=at))
    indicators = best(lambda: read(BY_COUNTY_AND_LINK, [month]))
    raw = best(lambda: read(FROM_RAW_RECORDS, [month, clock.next_month(month), first_id(month)]))
    actor, recounted = platform_actor(), list[Report]()
    pages = samples_ms(lambda: overview(actor, province, month), 40)
    return {
        "operator_count": OPERATORS,
        "record_count": OPERATORS * RECORDS_EACH,
        "fill_records_per_s": round(OPERATORS * RECORDS_EACH / filling),
        "fill_one_ms": round(percentile(samples_ms(lambda: fill_one(month, at), 20), 50), 2),
        "indicators_s": round(indicators, 4),
        "raw_scan_s": round(raw, 4),
        "vs_raw_scan": round(raw / indicators, 1),
        "dashboard_p95_ms": round(percentile(pages, 95), 2),
        "dashboard_queries": queries(lambda: overview(actor, province, month)),
        "radar_s": round(seconds(lambda: list(look_at_all(at=at))), 2),
        "compare_differences": len(rebuild.compare(month, at=at)),
        "bulletin_s": round(seconds(lambda: publish(month)), 2),
        "recompute_s": round(seconds(lambda: recounted.append(recompute(month, at=at))), 2),
        "recompute_differences": recounted[0].difference_count,
    }


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


def make_province(city_count: int = 1) -> Division:
    """A province of its own with every county, ten townships in each, and that many cities."""
    province = Division(
        id=990000, code="990000", name="测速省", level=LEVEL.PROVINCE, path="/990000/"
    )
    cities = [
        _below(province, 990100 + number, f"测速{number}市", LEVEL.CITY)
        for number in range(city_count)
    ]
    counties = [
        _below(cities[number % city_count], 991000 + number, f"测速{number}区", LEVEL.COUNTY)
        for number in range(COUNTIES)
    ]
    townships = [
        _below(county, county.pk * 1000 + number, f"测速{number}街道", LEVEL.TOWNSHIP)
        for county in counties
        for number in range(TOWNSHIPS)
    ]
    Division.objects.bulk_create([province, *cities, *counties, *townships])
    return province


def _below(parent: Division, id_: int, name: str, level: str) -> Division:
    return Division(
        id=id_, code=str(id_), name=name, level=level, parent=parent, path=f"{parent.path}{id_}/"
    )


def make_operators(province: Division, *, since: datetime) -> None:
    townships = list(
        Division.objects.under([province.path]).townships().values_list("pk", "parent_id", "path")
    )
    sectors = list(Sector)
    Operator.objects.bulk_create(
        (
            Operator(
                credit_code=f"99{number:016d}",
                name=f"测速商行{number}",
                sector=sectors[number % len(sectors)],
                kind=OperatorKind.INDIVIDUAL,
                goods_classes=["K06_DAIRY"] if number % 3 == 0 else [],
                division_id=township,
                county_id=county,
                division_path=path,
                state=OperatorState.ACTIVATED,
                listed_at=since,
                activated_at=since,
            )
            for number in range(OPERATORS)
            for township, county, path in [townships[number % len(townships)]]
        ),
        batch_size=2_000,
    )


def make_records(month: date) -> None:
    """The same number of purchases for each operator over the month's days, and one mark each."""
    with connection.cursor() as cursor:
        cursor.execute(
            _GENERATE, {"first": month, "count": RECORDS_EACH, "id": first_id(month) + 1}
        )
        for statement in (_BATCHES, _PURCHASES):
            cursor.execute(statement)
        cursor.execute("DROP TABLE generated")
    with connections["owner"].cursor() as cursor:
        # Only the tables' owner may; without it the planner thinks that they are empty.
        cursor.execute("ANALYZE traceability_batch, traceability_purchase, enterprises_operator")
    operators = Operator.objects.order_by("pk").values_list("pk", flat=True)
    register.mark([(operator_id, month) for operator_id in operators])


def first_id(month: date) -> int:
    return ids.lower_bound(clock.start_of(month))


def fill_one(month: date, at: datetime) -> None:
    """One operator's month, as one saved form leaves it."""
    row = OperatorMonth.objects.of_month(month).values_list("operator_id", flat=True)[:1]
    register.mark([(row[0], month)])
    fill.fill(at=at)


def publish(month: date) -> None:
    """Freeze the month, draft its bulletin and write the paper, its PDF and the workbook."""
    opens = clock.start_of(clock.next_month(month)) + timedelta(days=10)
    bulletin = bulletins.draft_bulletin(by=platform_actor(), month=month, at=opens)
    for kind in bulletin_files.KINDS.values():
        kind.make(bulletin, "")


def read(query: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())


def seconds(call: Callable[[], object]) -> float:
    with clocked() as taken:
        call()
    return taken.seconds


def best(call: Callable[[], object]) -> float:
    return min(seconds(call) for _ in range(ROUNDS))


def queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


_GENERATE = """
CREATE TEMP TABLE generated AS
SELECT o.id AS operator_id, o.division_id, o.county_id, %(first)s::date + (n + o.id %% 8)::int AS day,
  %(id)s + (row_number() OVER () << 12) AS id
FROM enterprises_operator o, generate_series(0, %(count)s - 1) n"""

_BATCHES = """
INSERT INTO traceability_batch (id, operator_id, division_id, county_id, product_id, name,
  specification, unit, goods_class, is_farm_produce, batch_number, shelf_life, origin_kind,
  origin_place, maker_name, quantity, received_on, recorded_at, state, token_salt)
SELECT id, operator_id, division_id, county_id, 1, '鲜牛奶', '', '箱', 'K06_DAIRY', false, '', '',
  'purchased', '', '', 10, day, day + interval '12 hours', 'current', 1 FROM generated"""

_PURCHASES = """
INSERT INTO traceability_purchase (id, operator_id, division_id, county_id, recorded_at, channel,
  state, reason, missing, warnings, evidence_ids, voucher_number, retain_until, leaf_salt,
  leaf_hash, batch_id, product_id, supplier_name, supplier_credit_code, supplier_address,
  supplier_contact, quantity, unit, purchased_on)
SELECT id, operator_id, division_id, county_id, day + interval '12 hours', 'form', 'current', '',
  '{}', '{}', '{}', '', day + 730, '\\x00', '\\x00', id, 1, '测速供货者', '', '', '', 10, '箱', day
FROM generated"""
