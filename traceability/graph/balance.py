"""In against out, read as sets: every movement of one operator's batches over a period.

Three statements, whatever the number of batches. Who calls has found the operator within sight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from traceability.models import CHANGES_HANDS, Batch, Link, LinkKind, Sale, StockMovement

CHUNK = 1_000
# Goods that change hands are counted by their sale or return; every other link uses goods up.
USING_UP = [kind for kind in LinkKind.values if kind not in CHANGES_HANDS]
_OUT = "sold + used + lost + destroyed + returned"
_NET = "quantity - returned_quantity"
# One row a movement: the batch, the day, and the quantity in the column of its kind.
_MOVES = f"""
  SELECT id AS batch_id, received_on AS day, quantity AS came, 0 AS sold, 0 AS used, 0 AS lost,
    0 AS destroyed, 0 AS returned
  FROM {Batch._meta.db_table}
  WHERE operator_id = %(operator)s AND state = 'current' AND received_on <= %(until)s
  UNION ALL
  SELECT batch_id, sold_on, 0, {_NET}, 0, 0, 0, 0 FROM {Sale._meta.db_table}
  WHERE operator_id = %(operator)s AND state = 'current' AND sold_on <= %(until)s
  UNION ALL
  SELECT l.parent_id, c.received_on, 0, 0, l.quantity, 0, 0, 0
  FROM {Batch._meta.db_table} c
  JOIN {Link._meta.db_table} l ON l.child_id = c.id AND l.kind = ANY (%(using_up)s)
  WHERE c.operator_id = %(operator)s AND c.state = 'current' AND c.received_on <= %(until)s
  UNION ALL
  SELECT batch_id, moved_on, 0, 0, 0, CASE kind WHEN 'loss' THEN {_NET} ELSE 0 END,
    CASE kind WHEN 'destruction' THEN {_NET} ELSE 0 END,
    CASE kind WHEN 'return' THEN {_NET} ELSE 0 END
  FROM {StockMovement._meta.db_table}
  WHERE operator_id = %(operator)s AND state = 'current' AND moved_on <= %(until)s"""
_SUMS = ", ".join(
    f"coalesce(sum({name}) FILTER (WHERE day >= %(since)s), 0) AS {name}"
    for name in ("came", "sold", "used", "lost", "destroyed", "returned")
)
_BY_BATCH = f"""
  SELECT batch_id, coalesce(sum(came - ({_OUT})) FILTER (WHERE day < %(since)s), 0) AS opening,
    {_SUMS}, sum(came - ({_OUT})) AS closing
  FROM ({_MOVES}) moves GROUP BY batch_id"""
_COUNTED = ("opening", "came", "sold", "used", "lost", "destroyed", "returned", "closing")
_MOVED = "opening <> 0 OR closing <> 0 OR came + sold + used + lost + destroyed + returned > 0"
_PRODUCTS = f"""
  SELECT * FROM (
    SELECT b.product_id AS id, max(b.name) AS name, max(b.specification) AS specification, b.unit,
      max(b.goods_class) AS goods_class, '' AS batch_number,
      max(b.maker_name) AS maker,
      {", ".join(f"sum(k.{name}) AS {name}" for name in _COUNTED)},
      count(*) FILTER (WHERE k.closing < 0) AS negative_batches
    FROM ({_BY_BATCH}) k
    JOIN {Batch._meta.db_table} b ON b.id = k.batch_id AND b.operator_id = %(operator)s
    WHERE b.state = 'current' GROUP BY b.product_id, b.unit
  ) line
  WHERE ({_MOVED}) AND (name, id, unit) > (%(name)s, %(id)s, %(unit)s)
  ORDER BY name, id, unit LIMIT %(limit)s"""
_BATCHES = f"""
  SELECT * FROM (
    SELECT b.id, b.name, b.specification, b.unit, b.goods_class, b.batch_number,
      b.maker_name AS maker, {", ".join(f"k.{name}" for name in _COUNTED)},
      (k.closing < 0)::int AS negative_batches
    FROM ({_BY_BATCH}) k
    JOIN {Batch._meta.db_table} b ON b.id = k.batch_id AND b.operator_id = %(operator)s
    WHERE b.state = 'current' AND (%(product)s IS NULL OR b.product_id = %(product)s)
  ) line
  WHERE ({_MOVED}) AND (name, id, unit) > (%(name)s, %(id)s, %(unit)s)
  ORDER BY name, id, unit LIMIT %(limit)s"""
_RUNS = f"""
  SELECT c.id, l.kind, c.name, c.specification, c.unit, c.goods_class, c.batch_number, c.quantity,
    c.received_on, array_agg(p.name ORDER BY p.id), array_agg(l.quantity ORDER BY p.id),
    array_agg(p.unit ORDER BY p.id), array_agg(p.specification ORDER BY p.id)
  FROM {Batch._meta.db_table} c
  JOIN {Link._meta.db_table} l ON l.child_id = c.id AND l.kind = ANY (%(using_up)s)
  JOIN {Batch._meta.db_table} p ON p.id = l.parent_id AND p.operator_id = %(operator)s
  WHERE c.operator_id = %(operator)s AND c.state = 'current'
    AND c.received_on BETWEEN %(since)s AND %(until)s AND c.id < %(id)s
  GROUP BY c.id, c.operator_id, l.kind, c.name, c.specification, c.unit, c.goods_class,
    c.batch_number, c.quantity, c.received_on
  ORDER BY c.id DESC LIMIT %(limit)s"""
NEWEST = 2**63 - 1
Key = tuple[str, int, str]
FIRST: Key = ("", 0, "")


@dataclass(frozen=True, slots=True)
class Balance:
    """One product or batch: what there was, came, left and is there at the end, in ``unit``."""

    id: int
    name: str
    specification: str
    unit: str
    goods_class: str
    batch_number: str
    maker: str
    opening: Decimal
    came: Decimal
    sold: Decimal
    used: Decimal
    lost: Decimal
    destroyed: Decimal
    returned: Decimal
    closing: Decimal
    negative_batches: int

    @property
    def key(self) -> Key:
        return self.name, self.id, self.unit


@dataclass(frozen=True, slots=True)
class Made:
    """One output batch and what went into it; the lists of the inputs go together."""

    id: int
    process: str
    name: str
    specification: str
    unit: str
    goods_class: str
    batch_number: str
    quantity: Decimal
    made_on: date
    input_names: list[str]
    input_quantities: list[Decimal]
    input_units: list[str]
    input_specifications: list[str]


def product_balances(
    operator_id: int, since: date, until: date, *, after: Key = FIRST, limit: int
) -> Iterator[Balance]:
    """The products that moved or are there, by name."""
    known = _known(operator_id, since, until, limit) | _after(after)
    return (Balance(*row) for row in _rows(_PRODUCTS, known))


def batch_balances(
    operator_id: int,
    since: date,
    until: date,
    *,
    product_id: int | None = None,
    after: Key = FIRST,
    limit: int,
) -> Iterator[Balance]:
    """The batches that moved or are there, of one product or of all."""
    known = _known(operator_id, since, until, limit) | _after(after) | {"product": product_id}
    return (Balance(*row) for row in _rows(_BATCHES, known))


def made_in(
    operator_id: int, since: date, until: date, *, before: int = NEWEST, limit: int
) -> Iterator[Made]:
    """What was made, split, merged or repacked in the period, the newest first."""
    known = _known(operator_id, since, until, limit) | {"id": before}
    return (Made(*row) for row in _rows(_RUNS, known))


def _known(operator_id: int, since: date, until: date, limit: int) -> dict[str, Any]:
    return {
        "operator": operator_id,
        "since": since,
        "until": until,
        "using_up": USING_UP,
        "limit": limit,
    }


def _after(key: Key) -> dict[str, Any]:
    return {"name": key[0], "id": key[1], "unit": key[2]}


def _rows(sql: str, known: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, known)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
