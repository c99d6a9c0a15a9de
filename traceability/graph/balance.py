"""In against out, read as sets: every movement of one operator's batches over a period.

Three statements, whatever the number of batches. Who calls has found the operator within sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from traceability.models import (
    Batch,
    BatchOrigin,
    Link,
    ReturnedGoods,
    RunOutput,
    Sale,
    StockMovement,
)
from traceability.models.batches import USING_UP

CHUNK = 1_000
# Batches that came out of a run.
WORKED = [BatchOrigin.MADE.value, BatchOrigin.REPACKED.value, BatchOrigin.PACKED.value]
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
# Of a product the same goods come once: what was split, merged, packed or repacked into the same
# product neither came nor went, and what a buyer sent back within the period was never sold.
_TWICE = f"""
  SELECT id, received_on, -inside, 0, -inside, 0, 0, 0
  FROM (
    SELECT c.id, c.received_on, least(c.quantity, sum(l.quantity)) AS inside
    FROM {Batch._meta.db_table} c
    JOIN {Link._meta.db_table} l ON l.child_id = c.id AND l.kind = ANY (%(using_up)s)
    JOIN {Batch._meta.db_table} p ON p.id = l.parent_id AND p.operator_id = %(operator)s
      AND p.product_id = c.product_id AND p.unit = c.unit
    WHERE c.operator_id = %(operator)s AND c.state = 'current'
      AND c.origin_kind IN ('{BatchOrigin.REPACKED}', '{BatchOrigin.PACKED}')
      AND c.received_on BETWEEN %(since)s AND %(until)s
    GROUP BY c.id, c.received_on, c.quantity
  ) reshaped
  UNION ALL
  SELECT c.id, c.received_on, -c.quantity, -c.quantity, 0, 0, 0, 0
  FROM {ReturnedGoods._meta.db_table} r
  JOIN {Batch._meta.db_table} c ON c.id = r.received_batch_id AND c.operator_id = %(operator)s
    AND c.state = 'current' AND c.received_on BETWEEN %(since)s AND %(until)s
  JOIN {Batch._meta.db_table} p ON p.id = r.seller_batch_id AND p.operator_id = %(operator)s
    AND p.product_id = c.product_id AND p.unit = c.unit
  JOIN {Sale._meta.db_table} s ON s.id = r.sale_id AND s.operator_id = %(operator)s
    AND s.state = 'current' AND s.sold_on >= %(since)s
  WHERE r.operator_id = %(operator)s AND r.received_batch_id IS NOT NULL"""
_SUMS = ", ".join(
    f"coalesce(sum({name}) FILTER (WHERE day >= %(since)s), 0) AS {name}"
    for name in ("came", "sold", "used", "lost", "destroyed", "returned")
)
_BY_BATCH = f"""
  SELECT batch_id, coalesce(sum(came - ({_OUT})) FILTER (WHERE day < %(since)s), 0) AS opening,
    {_SUMS}, sum(came - ({_OUT})) AS closing
  FROM ({{moves}}) moves GROUP BY batch_id"""
_COUNTED = ("opening", "came", "sold", "used", "lost", "destroyed", "returned", "closing")
_MOVED = "opening <> 0 OR closing <> 0 OR came + sold + used + lost + destroyed + returned > 0"
_PRODUCTS = f"""
  SELECT * FROM (
    SELECT b.product_id AS id, max(b.name) AS name, max(b.specification) AS specification, b.unit,
      max(b.goods_class) AS goods_class, '' AS batch_number,
      max(b.maker_name) AS maker,
      {", ".join(f"sum(k.{name}) AS {name}" for name in _COUNTED)},
      count(*) FILTER (WHERE k.closing < 0) AS negative_batches
    FROM ({_BY_BATCH.format(moves=f"{_MOVES} UNION ALL {_TWICE}")}) k
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
    FROM ({_BY_BATCH.format(moves=_MOVES)}) k
    JOIN {Batch._meta.db_table} b ON b.id = k.batch_id AND b.operator_id = %(operator)s
    WHERE b.state = 'current' AND (%(product)s IS NULL OR b.product_id = %(product)s)
  ) line
  WHERE ({_MOVED}) AND (name, id, unit) > (%(name)s, %(id)s, %(unit)s)
  ORDER BY name, id, unit LIMIT %(limit)s"""
_GOODS = ("id", "product_id", "name", "specification", "unit", "goods_class", "batch_number")
_RUNS = f"""
  WITH made AS (
    SELECT coalesce(o.run_id, c.id) AS run, c.received_on, c.quantity,
      {", ".join(f"c.{name}" for name in _GOODS)}
    FROM {Batch._meta.db_table} c
    LEFT JOIN {RunOutput._meta.db_table} o ON o.batch_id = c.id
    WHERE c.operator_id = %(operator)s AND c.state = 'current' AND c.origin_kind = ANY (%(worked)s)
      AND c.received_on BETWEEN %(since)s AND %(until)s
  ), taken AS (
    SELECT m.run, l.parent_id, min(l.kind) AS kind, sum(l.quantity) AS quantity
    FROM made m JOIN {Link._meta.db_table} l ON l.child_id = m.id AND l.kind = ANY (%(using_up)s)
    WHERE m.run < %(id)s GROUP BY m.run, l.parent_id
  ), inputs AS (
    SELECT t.run, min(t.kind) AS process, array_agg(t.quantity ORDER BY p.id),
      {", ".join(f"array_agg(p.{name} ORDER BY p.id)" for name in _GOODS)}
    FROM taken t
    JOIN {Batch._meta.db_table} p ON p.id = t.parent_id AND p.operator_id = %(operator)s
    GROUP BY t.run ORDER BY t.run DESC LIMIT %(limit)s
  ), outputs AS (
    SELECT run, max(received_on) AS made_on, array_agg(quantity ORDER BY id),
      {", ".join(f"array_agg({name} ORDER BY id)" for name in _GOODS)}
    FROM made GROUP BY run
  )
  SELECT o.*, i.* FROM inputs i JOIN outputs o ON o.run = i.run ORDER BY i.run DESC"""
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
class Goods:
    """So much of a batch that went into a run or came out of it."""

    quantity: Decimal
    batch_id: int
    product_id: int
    name: str
    specification: str
    unit: str
    goods_class: str
    batch_number: str


@dataclass(frozen=True, slots=True)
class Made:
    """One run: all that came out of it, and all that went in."""

    id: int
    process: str
    made_on: date
    outputs: list[Goods]
    inputs: list[Goods]


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
    """The runs of the period, what was made, split, merged or repacked; the newest first."""
    known = _known(operator_id, since, until, limit) | {"id": before}
    return map(_made, _rows(_RUNS, known))


def _made(row: tuple[Any, ...]) -> Made:
    outputs, inputs = row[: len(row) // 2], row[len(row) // 2 :]
    run, made_on, *came_out = outputs
    _, process, *went_in = inputs
    return Made(run, process, made_on, _goods(came_out), _goods(went_in))


def _goods(columns: Sequence[list[Any]]) -> list[Goods]:
    return [Goods(*each) for each in zip(*columns, strict=True)]


def _known(operator_id: int, since: date, until: date, limit: int) -> dict[str, Any]:
    return {
        "operator": operator_id,
        "since": since,
        "until": until,
        "using_up": USING_UP,
        "worked": WORKED,
        "limit": limit,
    }


def _after(key: Key) -> dict[str, Any]:
    return {"name": key[0], "id": key[1], "unit": key[2]}


def _rows(sql: str, known: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, known)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
