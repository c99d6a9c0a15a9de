"""Links of which one side is missing: deliveries, sellers' sales, partners, and one's own papers."""

from __future__ import annotations

from supervision.radar.sightings import Ask
from traceability.models import IncomingDraft, Partner, Purchase

_INCOMING = IncomingDraft._meta.db_table
_PURCHASES = Purchase._meta.db_table
_PARTNERS = Partner._meta.db_table


def not_received(ask: Ask) -> str:
    """Deliveries that a buyer left unconfirmed, by seller; the buyer is the one to act.

    Source: domain.md section 5 (断链 b).
    """
    return f"""
    SELECT d.operator_id, d.seller_operator_id AS subject, min(d.sold_on) AS since,
      jsonb_build_object('name', coalesce(max(s.name), '供货者'), 'count', count(*),
        'first_on', min(d.sold_on),
        'goods', (array_agg(d.facts->>'name' ORDER BY d.sold_on, d.id))[1],
        'quantity', (array_agg(d.quantity ORDER BY d.sold_on, d.id))[1],
        'unit', (array_agg(d.unit ORDER BY d.sold_on, d.id))[1]) AS facts
    FROM {_INCOMING} d
    JOIN enterprises_operator o ON o.id = d.operator_id AND o.standing = 'normal'
    LEFT JOIN enterprises_operator s ON s.id = d.seller_operator_id
    WHERE d.state = 'waiting' AND d.sold_on < %(unconfirmed)s AND {ask.narrowed("d.operator_id")}
    GROUP BY 1, 2"""


def seller_silent(ask: Ask) -> str:
    """Purchases from a seller that uses the platform and has no sale for them, by seller.

    At the buyer, whose own record it is: the seller's bureau may not see it.
    Source: domain.md section 5 (断链 b).
    """
    return f"""
    SELECT p.operator_id, p.supplier_operator_id AS subject, min(p.purchased_on) AS since,
      jsonb_build_object('name', max(s.name), 'count', count(*), 'first_on', min(p.purchased_on),
        'goods', (array_agg(b.name ORDER BY p.purchased_on, p.id))[1],
        'quantity', (array_agg(p.quantity ORDER BY p.purchased_on, p.id))[1],
        'unit', (array_agg(p.unit ORDER BY p.purchased_on, p.id))[1]) AS facts
    FROM {_PURCHASES} p
    JOIN enterprises_operator o ON o.id = p.operator_id AND o.standing = 'normal'
    JOIN enterprises_operator s ON s.id = p.supplier_operator_id AND s.state <> 'listed'
    LEFT JOIN traceability_batch b ON b.operator_id = p.operator_id AND b.id = p.batch_id
    WHERE p.state = 'current' AND p.supplier_operator_id IS NOT NULL AND p.sale_id IS NULL
      AND p.purchased_on BETWEEN %(first)s AND %(seller_cut)s AND p.id >= %(lower)s
      AND {ask.narrowed("p.operator_id")}
    GROUP BY 1, 2"""


def partner_missing(ask: Ask) -> str:
    """Suppliers in the province that stand for no operator of the register, bought from repeatedly.

    Asked of the address book as it is now, so naming the operator there closes it.
    """
    return f"""
    SELECT p.operator_id, p.partner_id AS subject, min(p.purchased_on) AS since,
      jsonb_build_object('name', max(a.name), 'count', count(*), 'last_on', max(p.purchased_on)) AS facts
    FROM {_PURCHASES} p
    JOIN {_PARTNERS} a ON a.operator_id = p.operator_id AND a.id = p.partner_id
      AND a.linked_operator_id IS NULL AND NOT a.is_outside_province AND NOT a.is_retired
    JOIN enterprises_operator o ON o.id = p.operator_id AND o.standing = 'normal'
    WHERE p.state = 'current' AND p.supplier_operator_id IS NULL
      AND p.purchased_on BETWEEN %(first)s AND %(today)s AND p.id >= %(lower)s
      AND {ask.narrowed("p.operator_id")}
    GROUP BY 1, 2 HAVING count(*) >= %(partner_count)s"""


def papers_expired(ask: Ask) -> str:
    """Own licences past their last day that none of the kind outlasts."""
    return f"""
    SELECT l.operator_id, l.id AS subject, l.valid_until AS since,
      jsonb_build_object('name', l.number, 'kind', l.kind, 'last_on', l.valid_until) AS facts
    FROM enterprises_licence l
    JOIN enterprises_operator o ON o.id = l.operator_id AND o.standing = 'normal'
    WHERE l.valid_until < %(today)s AND {ask.narrowed("l.operator_id")}
      AND NOT EXISTS (SELECT 1 FROM enterprises_licence n
        WHERE n.operator_id = l.operator_id AND n.kind = l.kind
          AND (n.valid_until IS NULL OR n.valid_until > l.valid_until))"""
