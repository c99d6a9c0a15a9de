"""The radar over a register of a million operators, and over what changed in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked
from supervision.fabrication import score
from supervision.measures.loading import analyze, first_id, run
from supervision.measures.register_load import OPERATORS, load
from supervision.models import Finding, OperatorMonth
from supervision.radar import run as radar

PURCHASES_EACH, SALES_EACH = 2, 1
CHANGED = 2_000
SCORED = 20_000
TABLES = ("traceability_batch", "traceability_purchase", "traceability_sale")


def measure() -> Metrics:
    """Every rule over the whole register, the same again, and what changed; units are in the names."""
    at = clock.now()
    load(at=at)
    month = clock.previous_month(clock.month_of(clock.business_day(at)))
    make_records(month)
    looks = list(radar.look_at_all(at=at))
    found = Finding.objects.open().count()
    with clocked() as again:
        next_day = at + timedelta(days=1)
        list(radar.look_at_all(at=next_day))
    slowest = max(looks, key=lambda looked: looked.seconds)
    return {
        "operator_count": OPERATORS,
        "record_count": OPERATORS * (PURCHASES_EACH + SALES_EACH),
        "finding_count": found,
        "radar_s": round(sum(looked.seconds for looked in looks), 2),
        "radar_slowest_rule": slowest.rule.code,
        "radar_slowest_s": round(slowest.seconds, 2),
        **{f"{looked.rule.code}_s": round(looked.seconds, 2) for looked in looks},
        "radar_next_night_s": round(again.seconds, 2),
        "changed_count": CHANGED,
        "radar_changed_s": changed_seconds(at),
        "scored_per_s": scored_per_second(month, at),
    }


def changed_seconds(at: datetime) -> float:
    """How long the radar looks at a batch of operators whose numbers changed."""
    rows = OperatorMonth.objects.order_by("operator_id").values_list("operator_id", flat=True)
    radar.mark_operators(sorted(set(rows[: CHANGED * 2]))[:CHANGED])
    with clocked() as taken:
        radar.look_at_changed(at=at)
    return round(taken.seconds, 2)


def scored_per_second(month: date, at: datetime) -> int:
    """How many operators' months are scored in a second."""
    rows = OperatorMonth.objects.of_month(month).order_by("operator_id")
    operator_ids = list(rows.values_list("operator_id", flat=True)[:SCORED])
    with clocked() as taken:
        for first in range(0, SCORED, score.BATCH):
            score.score_operators(month, operator_ids[first : first + score.BATCH], at=at)
    return round(SCORED / taken.seconds)


def make_records(month: date) -> None:
    """Purchases and sales of last month: one in fifty unmatched, one in a thousand oversold.

    One operator in twenty buys from a supplier that stands for nobody, one in forty has a delivery
    that nobody confirmed.
    """
    run(_PARTNERS)
    run(_GENERATED, month, first_id(month) + 1, PURCHASES_EACH - 1)
    for statement in (_BATCHES, _PURCHASES, _SALES, _INCOMING):
        run(statement)
    run("DROP TABLE generated")
    analyze(*TABLES, "traceability_incomingdraft", "traceability_partner")


_PARTNERS = """
INSERT INTO traceability_partner (id, operator_id, name, pinyin, credit_code, linked_operator_id,
  is_supplier, is_buyer, is_outside_province, address, contact_name, contact_phone, licence_number,
  is_retired, needs_review, created_at)
SELECT id, id, '测速供货者', '', '', CASE WHEN right(credit_code, 2) < '05' THEN NULL ELSE id END,
  true, true, false, '', '', '', '', false, false, listed_at FROM enterprises_operator"""

# A seller is the operator that comes next in the register.
_GENERATED = """
CREATE TEMP TABLE generated AS
SELECT o.id AS operator_id, o.division_id, o.county_id, o.other_id, o.n AS number,
  %s::date + (k * 9 + o.n %% 18)::int AS day, k, %s + (row_number() OVER () << 3) AS id
FROM (SELECT id, division_id, county_id, right(credit_code, 6)::int AS n,
    coalesce(lead(id) OVER (ORDER BY id), id) AS other_id FROM enterprises_operator) o,
  generate_series(0, %s) k"""

_BATCHES = """
INSERT INTO traceability_batch (id, operator_id, division_id, county_id, product_id, name,
  specification, unit, goods_class, is_farm_produce, batch_number, shelf_life, expires_on,
  origin_kind, origin_place, maker_name, quantity, received_on, recorded_at, state, token_salt)
SELECT id, operator_id, division_id, county_id, operator_id, '鲜牛奶', '', '箱', 'K06_DAIRY', false,
  '', '', day + 20, 'purchased', '', '', 10, day, day + interval '12 hours', 'current', 1
FROM generated"""

_PURCHASES = """
INSERT INTO traceability_purchase (id, operator_id, division_id, county_id, recorded_at, channel,
  state, reason, missing, warnings, evidence_ids, voucher_number, retain_until, leaf_salt,
  leaf_hash, batch_id, product_id, partner_id, supplier_operator_id, sale_id, supplier_name,
  supplier_credit_code, supplier_address, supplier_contact, quantity, unit, purchased_on)
SELECT id, operator_id, division_id, county_id, day + interval '12 hours', 'form', 'current', '',
  '{}', '{}', '{}', '', day + 730, '\\x00', '\\x00', id, operator_id, operator_id,
  CASE WHEN number % 100 >= 5 THEN other_id END, CASE WHEN number % 50 <> 7 THEN id END,
  '测速供货者', '', '', '', 10, '箱', day FROM generated"""

_SALES = """
INSERT INTO traceability_sale (id, operator_id, division_id, county_id, recorded_at, channel,
  state, reason, missing, warnings, evidence_ids, voucher_number, retain_until, leaf_salt,
  leaf_hash, batch_id, product_id, buyer_name, buyer_credit_code, buyer_address, buyer_contact,
  quantity, unit, sold_on, certificate_number, returned_quantity)
SELECT id, operator_id, division_id, county_id, day + interval '13 hours', 'form', 'current', '',
  '{}', '{}', '{}', '', day + 730, '\\x00', '\\x00', id, operator_id, '测速购货者', '', '', '',
  CASE WHEN number % 1000 = 3 THEN 12 ELSE 8 END, '箱', day, '', 0 FROM generated WHERE k = 0"""

_INCOMING = """
INSERT INTO traceability_incomingdraft (id, operator_id, division_id, county_id,
  seller_operator_id, sale_id, seller_batch_id, facts, quantity, unit, sold_on, state, reason,
  created_at)
SELECT id, operator_id, division_id, county_id, other_id, id, id, '{"name": "鲜牛奶"}', 10, '箱', day,
  CASE WHEN number % 40 = 9 THEN 'waiting' ELSE 'accepted' END, '', day FROM generated WHERE k = 0"""
