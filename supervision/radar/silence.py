"""Operators that write nothing: those that did once, and those that never began."""

from __future__ import annotations

from supervision.models import OperatorMonth
from supervision.radar.sightings import Ask

_MONTHS = OperatorMonth._meta.db_table
_CUT = "CASE WHEN o.catering_class = '' THEN %(cut)s::date ELSE %(canteen_cut)s::date END"
_CUT_MONTH = (
    "CASE WHEN o.catering_class = '' THEN %(cut_month)s::date ELSE %(canteen_cut_month)s::date END"
)
_LAST_DAY = f"""LATERAL (SELECT m.month + m.last_day - 1 AS day FROM {_MONTHS} m
    WHERE m.operator_id = o.id AND m.last_day > 0 ORDER BY m.month DESC LIMIT 1) spoke"""
_WAS_ACTIVE = f"""EXISTS (SELECT 1 FROM {_MONTHS} a
    WHERE a.operator_id = o.id AND a.active AND a.month <= {_CUT_MONTH})"""
_TRADING = "o.standing = 'normal' AND o.state <> 'listed'"


def fell_silent(ask: Ask) -> str:
    """Was active in some month, and has no valid record since the gap began.

    Looked for among all who wrote lately, which is one pass over two months' rows; only of the
    others is the last day looked up. Source: domain.md section 5 (断链 a).
    """
    return f"""
    SELECT o.id AS operator_id, 0::bigint AS subject, spoke.day AS since,
      jsonb_build_object('last_on', spoke.day) AS facts
    FROM enterprises_operator o CROSS JOIN {_LAST_DAY}
    WHERE {_TRADING} AND {ask.narrowed("o.id")}
      AND NOT EXISTS (SELECT 1 FROM {_MONTHS} m WHERE m.operator_id = o.id
        AND m.month >= %(recent)s AND m.last_day > 0 AND m.month + m.last_day - 1 > {_CUT})
      AND {_WAS_ACTIVE}"""


def never_started(ask: Ask) -> str:
    """Activated long enough ago, never active, and silent as long. Source: domain.md section 5 (不活跃)."""
    return f"""
    SELECT o.id AS operator_id, 0::bigint AS subject,
      coalesce(spoke.day, (o.activated_at AT TIME ZONE 'Asia/Shanghai')::date) AS since,
      jsonb_build_object('last_on', spoke.day,
        'activated_on', (o.activated_at AT TIME ZONE 'Asia/Shanghai')::date) AS facts
    FROM enterprises_operator o LEFT JOIN {_LAST_DAY} ON true
    WHERE {_TRADING} AND {ask.narrowed("o.id")} AND o.activated_at < %(started)s
      AND NOT EXISTS (SELECT 1 FROM {_MONTHS} m WHERE m.operator_id = o.id
        AND m.month >= %(silent_month)s AND m.last_day > 0
        AND m.month + m.last_day - 1 > %(silent_cut)s)
      AND NOT {_WAS_ACTIVE}"""
