"""Goods that do not add up: more gone than came, bought and never sold, past their day and nowhere."""

from __future__ import annotations

from supervision.radar.sightings import Ask
from traceability.models import Batch, Link, Purchase, Sale, StockMovement

_BATCHES, _LINKS = Batch._meta.db_table, Link._meta.db_table
_PURCHASES, _SALES = Purchase._meta.db_table, Sale._meta.db_table
_MOVES = StockMovement._meta.db_table
# The links of these kinds use up their parent's goods; a sale repeats itself in a transfer.
_USED = f"""SELECT l.parent_id AS batch_id, sum(l.quantity) AS quantity FROM {_LINKS} l
    WHERE l.kind = ANY(%(using_up)s) AND l.parent_id IN (SELECT id FROM {{}}) GROUP BY 1"""


def _gone(table: str, condition: str) -> str:
    return f"""SELECT r.batch_id, r.quantity - r.returned_quantity AS quantity
      FROM {table} r WHERE r.state = 'current' AND {condition}"""


def oversold(ask: Ask) -> str:
    """Batches of which more was sold, used or lost than came in, by product.

    Counts what was recorded within the window: a batch older than that can only seem fuller. The
    batches are joined before the sums, whose number the planner can only guess. What names the few
    that are found is read last and one by one: a month's sales are summed as narrow rows.
    """
    recent = f"r.id >= %(lower)s AND {ask.narrowed('r.operator_id')}"
    return f"""
    WITH gone AS MATERIALIZED (
      SELECT b.id, sum(t.quantity) AS quantity, min(b.quantity) AS came
      FROM ({_gone(_SALES, recent)} UNION ALL {_gone(_MOVES, recent)}) t
      JOIN {_BATCHES} b ON b.id = t.batch_id AND b.state = 'current'
      GROUP BY b.id),
    used AS ({_USED.format("gone")}),
    over AS MATERIALIZED (
      SELECT g.id, g.quantity + coalesce(u.quantity, 0) - g.came AS beyond
      FROM gone g LEFT JOIN used u ON u.batch_id = g.id
      WHERE g.quantity + coalesce(u.quantity, 0) > g.came * %(oversold)s)
    SELECT b.operator_id, b.product_id AS subject, min(b.received_on) AS since,
      jsonb_build_object('name', max(b.name), 'count', count(*), 'quantity', sum(v.beyond),
        'unit', max(b.unit), 'first_on', min(b.received_on)) AS facts
    FROM over v CROSS JOIN LATERAL (
      SELECT * FROM {_BATCHES} WHERE id = v.id OFFSET 0) b
    JOIN enterprises_operator o ON o.id = b.operator_id AND o.standing = 'normal'
    GROUP BY 1, 2"""


def unsold(ask: Ask) -> str:
    """Wholesalers with several purchases, and no sale at all since the window began.

    Source: Food Safety Law article 53 paragraph 4.
    """
    return f"""
    SELECT p.operator_id, 0::bigint AS subject, min(p.purchased_on) AS since,
      jsonb_build_object('count', count(*), 'first_on', min(p.purchased_on)) AS facts
    FROM enterprises_operator o
    JOIN {_PURCHASES} p ON p.operator_id = o.id AND p.state = 'current'
      AND p.purchased_on BETWEEN %(first)s AND %(unsold_cut)s AND p.id >= %(lower)s
    WHERE o.is_wholesale AND o.standing = 'normal' AND o.state <> 'listed'
      AND {ask.narrowed("o.id")}
      AND NOT EXISTS (SELECT 1 FROM {_SALES} s WHERE s.operator_id = o.id AND s.state = 'current'
        AND s.sold_on >= %(first)s AND s.id >= %(lower)s)
    GROUP BY 1 HAVING count(*) >= %(unsold_count)s"""


def vanished(ask: Ask) -> str:
    """Batches past their last day of which a part went nowhere, by product.

    Of those who record what leaves: producers and wholesalers. A shop's customers are recorded
    nowhere. Source: Food Safety Law article 54.
    """
    of_batch = "r.batch_id IN (SELECT id FROM ended) AND r.id >= (SELECT min(id) FROM ended)"
    return f"""
    WITH ended AS MATERIALIZED (
      SELECT b.id, b.operator_id, b.product_id, b.name, b.unit, b.quantity, b.expires_on
      FROM enterprises_operator o JOIN {_BATCHES} b ON b.operator_id = o.id
        AND b.state = 'current' AND b.expires_on >= %(first)s AND b.expires_on <= %(expired_cut)s
      WHERE (o.is_wholesale OR o.sector = 'production') AND o.standing = 'normal'
        AND o.state <> 'listed' AND {ask.narrowed("o.id")}),
    gone AS (
      SELECT t.batch_id, sum(t.quantity) AS quantity
      FROM ({_gone(_SALES, of_batch)} UNION ALL {_gone(_MOVES, of_batch)}) t GROUP BY 1),
    used AS ({_USED.format("ended")})
    SELECT e.operator_id, e.product_id AS subject, min(e.expires_on) AS since,
      jsonb_build_object('name', max(e.name), 'count', count(*),
        'quantity', sum(e.quantity - coalesce(g.quantity, 0) - coalesce(u.quantity, 0)),
        'unit', max(e.unit), 'first_on', min(e.expires_on)) AS facts
    FROM ended e LEFT JOIN gone g ON g.batch_id = e.id LEFT JOIN used u ON u.batch_id = e.id
    WHERE e.quantity - coalesce(g.quantity, 0) - coalesce(u.quantity, 0)
      > e.quantity * %(vanished)s
    GROUP BY 1, 2"""
