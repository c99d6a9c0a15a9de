"""A month of records in the shapes in which a province writes them, made by the database itself.

A few wholesalers write a thousand records and most shops six; some are late, some lack a legal field,
some were corrected or voided. Everything follows from the operators' numbers, so that every run
makes the same rows.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import connection

from enterprises.models import Division
from shilian import clock
from shilian.db import ids
from supervision.measures.loading import (
    STATIONS,
    analyze,
    first_id,
    make_province,
    make_stations,
    run,
    without_indexes,
)
from supervision.rules.register import last_day

OPERATORS, RECORDS = 1_000_000, 30_000_000
CITIES = 16
# A smaller run: SHILIAN_BENCH_SIZE=20000x400000 makes 20,000 operators and 400,000 records.
SIZE = "SHILIAN_BENCH_SIZE"
# What an operator writes on average, by the shares below.
MEAN = 30
# What an operator and a record take with their indexes and their part of the log.
OPERATOR_BYTES, RECORD_BYTES = 3_000, 1_200
GB = 1024**3
# Records of a day begin after this one, so that the id before a record's is free.
FIRST_OF_DAY = 1 << 30
RECORD_TABLES = (
    "traceability_purchase", "traceability_sale", "traceability_factoryinspection",
)  # fmt: skip
TABLES = ("traceability_batch", *RECORD_TABLES)


@dataclass(frozen=True, slots=True)
class Size:
    """How many operators there are, and about how many records they write."""

    operators: int = OPERATORS
    records: int = RECORDS

    @classmethod
    def asked(cls) -> Size:
        """The size that the environment asks for; the full one where it says nothing."""
        text = os.environ.get(SIZE, "")
        if not text:
            return cls()
        operators, _, records = text.partition("x")
        if not (operators.isdecimal() and records.isdecimal() and int(operators) and int(records)):
            raise SystemExit(f"{SIZE} 应写成“主体数x记录数”，如 20000x400000；现在是“{text}”。")
        return cls(int(operators), int(records))

    def require_room(self) -> None:
        """Raises: SystemExit where the disk could not hold it all."""
        needed = self.operators * OPERATOR_BYTES + self.records * RECORD_BYTES
        free = shutil.disk_usage(settings.DATA_DIR).free
        if free < needed:
            raise SystemExit(
                f"需要约 {needed / GB:.0f} GB 空闲磁盘，现有 {free / GB:.0f} GB；"
                f"可用 {SIZE} 缩小规模，如 {SIZE}=20000x400000。"
            )


def load(month: date, size: Size) -> tuple[Division, int]:
    """The register and the month's records; returns the province, and how many records there are."""
    size.require_room()
    province = make_province(CITIES)
    make_stations(province)
    make_operators(month, size)
    told = {"month": month, "last": last_day(month), "since": _since(month)}
    for statement in (_LICENCES, _PARTNERS, _SYSTEMS, _SYSTEM_DAYS, _QUIET):
        run(statement, **told)
    with without_indexes(*TABLES):
        count = make_records(month, size)
    run(_INCOMING, **told)
    analyze(*TABLES, "traceability_incomingdraft", "traceability_partner")
    return province, count


def make_operators(month: date, size: Size) -> None:
    """Operators county after county, some counties three times as large as others."""
    since = _since(month)
    run(_LEAVES)
    with without_indexes("enterprises_operator"):
        run(
            _OPERATORS,
            id=ids.lower_bound(since),
            count=size.operators,
            since=since,
            within=clock.start_of(month + timedelta(days=10)),
            closed=month - timedelta(days=20),
            stations=STATIONS,
        )
    run("DROP TABLE leaf")
    analyze("enterprises_division", "enterprises_operator")


def make_records(month: date, size: Size) -> int:
    """What every operator writes, day by day in the order in which it is received.

    Each processor has its own days. Returns: how many records there are.
    """
    days = range(1, last_day(month).day + 1)
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        parts = [pool.submit(_write_days, month, size, days[n::workers]) for n in range(workers)]
        return sum(part.result() for part in parts)


def _write_days(month: date, size: Size, days: Sequence[int]) -> int:
    """These days of the month, over a connection of their own."""
    count, started = 0, monotonic()
    run(_PLAN, share=size.records / (size.operators * MEAN))
    run("ANALYZE plan")
    for day in days:
        on = month + timedelta(days=day - 1)
        run("DROP TABLE IF EXISTS written")
        said = {"month": month, "day": day, "days": last_day(month).day, "on": on}
        run(_WRITTEN, **said, id=first_id(on) + FIRST_OF_DAY)
        run(_BATCHES)
        count += sum(run(statement) for statement in (_PURCHASES, _SALES, _INSPECTIONS))
        sys.stderr.write(f"{on} {count:,} {monotonic() - started:.0f} s\n")
    connection.close()
    return count


def mark_all(month: date) -> int:
    """Every operator marked, as its records leave it; returns how many."""
    return run(
        "INSERT INTO traceability_monthmark (id, operator_id, month)"
        " SELECT row_number() OVER (ORDER BY id), id, %s FROM enterprises_operator",
        month,
    )


def _since(month: date) -> datetime:
    return clock.start_of(month - timedelta(days=120))


_LEAVES = """
CREATE TEMP TABLE leaf AS
SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, parent_id, path
FROM enterprises_division WHERE level = 'township' AND path LIKE '/990000/%%'"""

# One operator in eight was never activated, one in fifty is closed, one in thirty came this month.
_OPERATORS = """
INSERT INTO enterprises_operator (id, name, credit_code, pinyin, sector, kind, catering_class,
  goods_classes, is_wholesale, address, division_id, county_id, station_id, division_path,
  legal_person, contact_name, contact_phone, state, listed_at, activated_at, using_at, standing,
  standing_reason, standing_since, is_demonstration)
SELECT %(id)s + (n << 4), '测速商行' || n, '99' || lpad(n::text, 16, '0'), 'cssh' || n, s.sector,
  CASE WHEN s.sector = 'production' OR h >= 90 THEN 'enterprise' ELSE 'individual' END,
  CASE WHEN s.sector <> 'catering' THEN '' WHEN h %% 10 = 1 THEN 'C1_SCHOOL'
    WHEN h %% 50 = 2 THEN 'C2_GROUP_MEAL' ELSE '' END,
  CASE h %% 4 WHEN 0 THEN ARRAY[s.class] WHEN 1 THEN ARRAY[s.class, s.other] ELSE '{}' END,
  s.sector = 'circulation' AND h >= 90, '测速路' || n || '号', leaf.id, leaf.parent_id,
  leaf.parent_id * 100 + n / 8 %% %(stations)s, leaf.path, '测速人', '测速人', '',
  CASE WHEN h < 12 THEN 'listed' ELSE 'activated' END, %(since)s,
  CASE WHEN h < 12 THEN NULL WHEN h IN (20, 40, 60) THEN %(within)s::timestamptz
    ELSE %(since)s END, NULL,
  CASE WHEN n %% 50 = 7 THEN 'closed' ELSE 'normal' END,
  CASE WHEN n %% 50 = 7 THEN '已注销' ELSE '' END,
  CASE WHEN n %% 50 = 7 THEN %(closed)s::date END, false
FROM generate_series(0, %(count)s::bigint - 1) n
CROSS JOIN LATERAL (SELECT abs(hashint8(n) %% 100) AS h) drawn
CROSS JOIN LATERAL (SELECT
  (ARRAY['circulation', 'circulation', 'circulation', 'circulation', 'circulation', 'catering',
    'catering', 'production', 'special', 'farm'])[1 + n %% 10] AS sector,
  (ARRAY['K01_VEG', 'K03_AQUATIC', 'K04_GRAIN', 'K05_MEAT', 'K06_DAIRY', 'K07_OIL',
    'K08_ALCOHOL'])[1 + n %% 7] AS class,
  (ARRAY['K02_FRUIT', 'K06_DAIRY', 'K09_HEALTH'])[1 + n %% 3] AS other) s
JOIN leaf ON leaf.number
  = floor((SELECT count(*) FROM leaf) * power(n / %(count)s::float, 1.3))::bigint"""

_LICENCES = """
INSERT INTO enterprises_licence (id, operator_id, kind, number, issued_on, valid_until)
SELECT id + 1, id, 'JY', 'JY' || credit_code, NULL,
  %(last)s::date + CASE WHEN right(credit_code, 2) < '03' THEN -20
    ELSE 10 + right(credit_code, 3)::int END
FROM enterprises_operator"""

_PARTNERS = """
INSERT INTO traceability_partner (id, operator_id, name, pinyin, credit_code, linked_operator_id,
  is_supplier, is_buyer, is_outside_province, address, contact_name, contact_phone, licence_number,
  is_retired, needs_review, created_at)
SELECT id, id, '测速供货者', '', '', CASE WHEN right(credit_code, 2) < '95' THEN id END,
  true, true, false, '', '', '', '', false, false, listed_at FROM enterprises_operator"""

_SYSTEMS = """
INSERT INTO enterprises_selfbuiltsystem (id, operator_id, kind, name, vendor, sector, docking,
  record_kinds, contact_name, contact_phone, state, stage, round, due_weekdays, registered_at,
  in_service_since)
SELECT id + 2, id, 'own', '测速系统', '', '', 'api', '{}', '', '', 'in_service', '', 1, 127, listed_at,
  listed_at::date FROM enterprises_operator
WHERE state <> 'listed' AND right(credit_code, 3)::int %% 500 = 99"""

_SYSTEM_DAYS = """
INSERT INTO enterprises_systemday (id, system_id, day, sent_count, accepted_count, late_count,
  duplicate_count, due_count, errors)
SELECT s.id + 16 * extract(day FROM d)::int, s.id, d::date, 100, 99, 0, 0, 99, '{}'
FROM enterprises_selfbuiltsystem s,
  generate_series(%(month)s::date, %(last)s::date, interval '1 day') d
WHERE s.operator_id %% 3 > 0 OR extract(day FROM d) < 15"""

_QUIET = """
INSERT INTO traceability_quietmonth (operator_id, month, declared_at)
SELECT id, %(month)s, %(last)s FROM enterprises_operator
WHERE state <> 'listed' AND right(credit_code, 2) = '13'"""

# How much an operator writes: nothing 15 %, six 50 %, twenty 25 %, 120 9 %, 1,120 1 %.
_PLAN = """
CREATE TEMP TABLE plan AS
SELECT o.id AS operator_id, o.division_id, o.county_id, o.other_id, n, %(share)s * CASE
    WHEN h < 15 THEN 0 WHEN h < 65 THEN 6 WHEN h < 90 THEN 20 WHEN h < 99 THEN 120 ELSE 1120
  END AS total, n %% 97 / 97.0 AS phase,
  CASE WHEN o.sector = 'production' THEN 'made' WHEN o.is_wholesale THEN 'sold' ELSE '' END AS flow,
  o.goods_classes
FROM (SELECT *, coalesce(lead(id) OVER (ORDER BY id), id) AS other_id,
    right(credit_code, 9)::bigint AS n FROM enterprises_operator) o
CROSS JOIN LATERAL (SELECT abs(hashint8(n) %% 100) AS h) drawn
WHERE h >= 15"""

# kind: 0 purchase, 1 sale, 2 inspection. What is sold was bought or made by the row before, if any.
_WRITTEN = """
CREATE TEMP TABLE written AS
SELECT w.*, CASE WHEN kind = 1 AND before_of = operator_id THEN id - 512 ELSE id END AS batch_id,
  greatest(%(month)s::date, %(on)s::date
    - CASE WHEN drawn %% 20 = 3 THEN 5 ELSE drawn %% 3 END) AS happened_on,
  %(on)s::date + interval '1 hour' + drawn %% 50000 * interval '1 second' AS recorded_at,
  (ARRAY['form', 'form', 'incoming', 'sheet', 'api'])[1 + n %% 5] AS channel,
  CASE WHEN drawn %% 250 = 2 THEN 'voided' ELSE 'current' END AS state,
  CASE WHEN drawn %% 25 = 4 THEN '{supplier_address}'::varchar[] ELSE '{}' END AS missing,
  coalesce(goods_classes[1 + drawn %% greatest(1, cardinality(goods_classes))], '') AS goods_class
FROM (
  SELECT p.operator_id, p.division_id, p.county_id, p.other_id, p.n, p.goods_classes,
    %(id)s + (row_number() OVER () << 9) AS id,
    lag(p.operator_id) OVER () AS before_of,
    CASE WHEN p.flow = '' THEN 0 WHEN k %% 2 = 1 THEN 1 WHEN p.flow = 'made' THEN 2 ELSE 0 END AS kind,
    abs(hashint8(p.n * 4096 + k) %% 1000000) AS drawn
  FROM plan p CROSS JOIN LATERAL generate_series(
    floor(p.total * (%(day)s - 1) / %(days)s + p.phase)::int,
    floor(p.total * %(day)s / %(days)s + p.phase)::int - 1) k
) w"""

_BATCHES = """
INSERT INTO traceability_batch (id, operator_id, division_id, county_id, product_id, name,
  specification, unit, goods_class, is_farm_produce, batch_number, shelf_life, expires_on,
  origin_kind, origin_place, maker_name, quantity, received_on, recorded_at, state, token_salt)
SELECT id, operator_id, division_id, county_id, operator_id, '测速商品', '', '箱', goods_class, false,
  '', '', happened_on + 60, CASE kind WHEN 0 THEN 'purchased' ELSE 'made' END, '', '', 10,
  happened_on, recorded_at, 'current', 1
FROM written WHERE batch_id = id"""

# One in 200 was corrected: the record it puts right stands beside it.
_PURCHASES = """
INSERT INTO traceability_purchase (id, operator_id, division_id, county_id, recorded_at, channel,
  state, supersedes_id, superseded_by_id, reason, missing, warnings, evidence_ids, voucher_number,
  retain_until, leaf_salt, leaf_hash, batch_id, product_id, partner_id, supplier_operator_id, sale_id,
  supplier_name, supplier_credit_code, supplier_address, supplier_contact, quantity, unit,
  purchased_on)
SELECT id - was, operator_id, division_id, county_id, recorded_at, channel,
  CASE was WHEN 1 THEN 'superseded' ELSE state END,
  CASE WHEN corrected AND was = 0 THEN id - 1 END, CASE was WHEN 1 THEN id END, '', missing, '{}',
  '{}', '', happened_on + 730, '\\x00', '\\x00', batch_id, operator_id, operator_id,
  CASE WHEN n % 100 < 40 THEN other_id END,
  CASE WHEN n % 100 < 40 AND n % 50 <> 8 THEN id END,
  '测速供货者', '', '', '', 10 + drawn % 7, '箱', happened_on
FROM written CROSS JOIN LATERAL (SELECT drawn % 200 = 1 AS corrected) c
CROSS JOIN LATERAL generate_series(0, corrected::int) was
WHERE kind = 0"""

_SALES = """
INSERT INTO traceability_sale (id, operator_id, division_id, county_id, recorded_at, channel,
  state, reason, missing, warnings, evidence_ids, voucher_number, retain_until, leaf_salt,
  leaf_hash, batch_id, product_id, buyer_name, buyer_credit_code, buyer_address, buyer_contact,
  quantity, unit, sold_on, certificate_number, returned_quantity)
SELECT id, operator_id, division_id, county_id, recorded_at, channel, state, '', missing, '{}', '{}',
  '', happened_on + 730, '\\x00', '\\x00', batch_id, operator_id, '测速购货者', '', '', '',
  CASE WHEN drawn % 1000 = 3 THEN 12 ELSE 8 END, '箱', happened_on, '', 0
FROM written WHERE kind = 1"""

_INSPECTIONS = """
INSERT INTO traceability_factoryinspection (id, operator_id, division_id, county_id, recorded_at,
  channel, state, reason, missing, warnings, evidence_ids, voucher_number, retain_until, leaf_salt,
  leaf_hash, batch_id, product_id, inspected_on, result, certificate_number, items, inspector)
SELECT id, operator_id, division_id, county_id, recorded_at, channel, state, '', missing, '{}', '{}',
  '', happened_on + 730, '\\x00', '\\x00', batch_id, operator_id, happened_on, 'passed', 'HG1', '', ''
FROM written WHERE kind = 2"""

_INCOMING = """
INSERT INTO traceability_incomingdraft (id, operator_id, division_id, county_id,
  seller_operator_id, sale_id, seller_batch_id, facts, quantity, unit, sold_on, state, reason,
  created_at)
SELECT s.id, o.id, o.division_id, o.county_id, o.id, s.id, s.id, '{"name": "鲜牛奶"}', 10, '箱',
  %(month)s::date + (n %% 28), CASE WHEN n %% 40 = 19 THEN 'waiting' ELSE 'accepted' END, '',
  %(month)s::date + (n %% 28)
FROM enterprises_operator o CROSS JOIN LATERAL (SELECT right(o.credit_code, 9)::int AS n) d
CROSS JOIN LATERAL (SELECT o.id + (1::bigint << 50) AS id) s
WHERE o.state <> 'listed' AND n %% 10 = 9"""
