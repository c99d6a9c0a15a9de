"""An operator's whole stock by batch: what came in, how it left, what the books say is left.

One statement whatever the number of batches; who calls has found the operator within sight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import connection

from enterprises.models import Operator
from shilian.text import spellings
from traceability.models import (
    Batch,
    BatchOrigin,
    Link,
    Product,
    Sale,
    StockMovement,
)
from traceability.models.batches import RESHAPED, USING_UP
from traceability.queries import boxes
from traceability.rules import codes, shelf_life, sscc
from traceability.rules.shelf_life import Freshness

State = Literal["", "near", "expired", "lapsing", "negative", "all"]
Key = tuple[date | None, date, int]

COUNTED: tuple[State, ...] = ("", "near", "expired", "negative")
PAGE = 30
CHUNK = 1_000
NAMED = 40
# The day after every shelf life, for batches that have none.
NEVER = date(9999, 12, 31)

_NET = "sum(quantity - returned_quantity)"
# What was left of each of the operator's own batches; a caller that names some of them by their own
# columns has nothing added up for the others.
_BOOK = f"""
  WITH own AS (
    SELECT * FROM {Batch._meta.db_table}
    WHERE operator_id = %(operator)s AND state = 'current'{{which}}
  )
  SELECT b.id, b.product_id, b.name, b.specification, b.unit, b.batch_number, b.produced_on,
    b.expires_on, b.received_on, b.origin_kind, b.quantity AS received,
    coalesce(s.sold, 0) AS sold, coalesce(u.used, 0) AS used, coalesce(m.lost, 0) AS lost,
    coalesce(m.destroyed, 0) AS destroyed, coalesce(m.returned, 0) AS returned,
    b.quantity - coalesce(s.sold, 0) - coalesce(u.used, 0) - coalesce(m.left_otherwise, 0)
      AS on_hand,
    coalesce(b.expires_on, '{NEVER}'::date) AS last_day,
    b.expires_on - coalesce(b.produced_on, b.received_on) AS shelf_days, b.token_salt
  FROM own b
  LEFT JOIN (
    SELECT batch_id, {_NET} AS sold FROM {Sale._meta.db_table}
    WHERE operator_id = %(operator)s AND state = 'current'{{of_those}} GROUP BY batch_id
  ) s ON s.batch_id = b.id
  LEFT JOIN (
    SELECT l.parent_id, sum(l.quantity) AS used FROM own p
    JOIN {Link._meta.db_table} l ON l.parent_id = p.id AND l.kind = ANY (%(using_up)s)
    GROUP BY l.parent_id
  ) u ON u.parent_id = b.id
  LEFT JOIN (
    SELECT batch_id, {_NET} AS left_otherwise, {_NET} FILTER (WHERE kind = 'loss') AS lost,
      {_NET} FILTER (WHERE kind = 'destruction') AS destroyed,
      {_NET} FILTER (WHERE kind = 'return') AS returned
    FROM {StockMovement._meta.db_table}
    WHERE operator_id = %(operator)s AND state = 'current'{{of_those}} GROUP BY batch_id
  ) m ON m.batch_id = b.id"""
_OF_THOSE = " AND batch_id IN (SELECT id FROM own)"
_WORDS = """(name || ' ' || specification LIKE ANY (%(likes)s) OR batch_number LIKE ANY (%(likes)s)
  OR product_id = ANY (%(products)s))"""
_CODE = "(id = %(code_id)s AND token_salt = %(code_salt)s)"
_BOX = "(id = %(box_id)s)"
# As ``Batch.is_own_made`` says it.
_BOUGHT = """NOT (origin_kind = 'made' OR origin_kind = ANY (%(reshaped)s) AND NOT is_farm_produce
  AND maker_operator_id IS NOT DISTINCT FROM operator_id)"""
_STATES: dict[State, str] = {
    "": "on_hand <> 0",
    "near": "on_hand > 0 AND last_day >= %(today)s AND last_day - %(today)s <= {warned}",
    "expired": "on_hand > 0 AND last_day < %(today)s",
    "negative": "on_hand < 0",
    "all": "true",
}
_STATES["lapsing"] = f"({_STATES['near']} OR {_STATES['expired']})"
# What the columns of the batch alone say of the state: most batches are left out before any sum.
_ENDING: dict[State, str] = {
    "near": "expires_on BETWEEN %(today)s AND %(today)s + {longest}",
    "expired": "expires_on < %(today)s",
    "lapsing": "expires_on <= %(today)s + {longest}",
}
_ORDER = "last_day, received_on, id"
# Fresh goods first, so that what has long expired never hides what may be sold.
_TAKEN_FROM = f"on_hand <= 0, last_day < %(today)s, {_ORDER}"


@dataclass(frozen=True, slots=True)
class StockFilter:
    """``search``: any part of name, specification or number, pinyin initials, or the public code."""

    search: str = ""
    state: State = ""


@dataclass(frozen=True, slots=True)
class StockRow:
    """One batch with all that left it; ``on_hand`` below nothing means that a purchase is missing."""

    batch_id: int
    product_id: int
    name: str
    specification: str
    unit: str
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    received_on: date
    origin_kind: str
    received: Decimal
    sold: Decimal
    used: Decimal
    lost: Decimal
    destroyed: Decimal
    returned: Decimal
    on_hand: Decimal

    @property
    def key(self) -> Key:
        return self.expires_on, self.received_on, self.batch_id

    @property
    def origin(self) -> str:
        return str(BatchOrigin(self.origin_kind).label)

    @property
    def is_negative(self) -> bool:
        return self.on_hand < 0

    @property
    def has_left(self) -> bool:
        return bool(self.sold or self.used or self.lost or self.destroyed or self.returned)

    def freshness(self, today: date) -> Freshness:
        """Near its last day or past it; nothing of a batch that is used up."""
        if self.on_hand <= 0:
            return ""
        begins_on = self.produced_on or self.received_on
        return shelf_life.freshness(begins_on, self.expires_on, today=today)


_COLUMNS = ", ".join(StockRow.__slots__).replace("batch_id", "id", 1)


@dataclass(frozen=True, slots=True)
class StockPage:
    """Rows in the order in which they expire, and the keys that lead to the pages beside them."""

    rows: list[StockRow]
    newer: Key | None = None
    older: Key | None = None


@dataclass(frozen=True, slots=True)
class StockedProduct:
    """A product of which something is on hand."""

    product_id: int
    name: str
    specification: str

    @property
    def label(self) -> str:
        return f"{self.name} {self.specification}".strip()


@dataclass(frozen=True, slots=True)
class StockCounts:
    """How many batches there are of each sort."""

    on_hand: int
    near: int
    expired: int
    negative: int


def page_of_stock(
    operator: Operator,
    asked: StockFilter,
    *,
    today: date,
    after: Key | None = None,
    before: Key | None = None,
    size: int = PAGE,
) -> StockPage:
    """One page of the batches, those that expire first at the top. Cost: at most two queries."""
    backwards = before is not None
    rows = list(
        _read(operator, asked, today, key=before or after, backwards=backwards, limit=size + 1)
    )
    has_more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return StockPage([])
    has_newer = has_more if backwards else after is not None
    has_older = backwards or has_more
    return StockPage(rows, rows[0].key if has_newer else None, rows[-1].key if has_older else None)


def all_of_stock(
    operator: Operator, asked: StockFilter, *, today: date, limit: int
) -> Iterator[StockRow]:
    """The batches in the same order, at most ``limit``. Cost: at most two queries."""
    return _read(operator, asked, today, limit=limit)


def count_stock(operator: Operator, *, today: date) -> StockCounts:
    """The head of the stock page. Cost: one query."""
    counted = ", ".join(f"count(*) FILTER (WHERE {_state(state, today)})" for state in COUNTED)
    [found] = _asked(operator, StockFilter(state="all"), today).rows(counted)
    return StockCounts(*found)


def ids_to_take_from(
    operator: Operator,
    *,
    search: str,
    today: date,
    limit: int,
    product_ids: Collection[int] = (),
    with_made: bool = True,
) -> list[int]:
    """Batches to sell or use from, in the order in which they expire. Cost: at most two queries.

    A search reaches also those of which nothing is left, at the end: the goods may be there all
    the same. ``with_made``: also those of the operator's own making.
    """
    asked = _asked(operator, StockFilter(search, "all" if search else ""), today)
    if product_ids:
        asked.which.append("product_id = ANY (%(product_ids)s)")
        asked.known["product_ids"] = list(product_ids)
    if not with_made:
        asked.which.append(_BOUGHT)
        asked.known["reshaped"] = sorted(RESHAPED)
    if not search:
        asked.left.append("on_hand > 0")
    return [id_ for (id_,) in asked.rows("id", f"ORDER BY {_TAKEN_FROM} LIMIT {int(limit)}")]


def products_named(operator: Operator, text: str, *, today: date) -> list[StockedProduct]:
    """The products on hand that the text may mean, at most a few. Cost: two queries."""
    asked = _asked(operator, StockFilter(text), today)
    asked.left.append("on_hand > 0")
    tail = f"ORDER BY product_id, id DESC LIMIT {NAMED}"
    found = asked.rows("DISTINCT ON (product_id) product_id, name, specification", tail)
    return [StockedProduct(*row) for row in found]


def lapsing_stock(
    operator: Operator, *, since: date, today: date, limit: int
) -> Iterator[StockRow]:
    """What is on hand near its last day, or past it since a day, the earliest first. Cost: one query."""
    asked = _asked(operator, StockFilter(state="lapsing"), today)
    asked.which.append("expires_on >= %(since)s")
    asked.known["since"] = since
    return (StockRow(*row) for row in asked.rows(_COLUMNS, f"ORDER BY {_ORDER} LIMIT {int(limit)}"))


def _read(
    operator: Operator,
    asked: StockFilter,
    today: date,
    *,
    key: Key | None = None,
    backwards: bool = False,
    limit: int,
) -> Iterator[StockRow]:
    question = _asked(operator, asked, today)
    if key is not None:
        turn = "<" if backwards else ">"
        question.left.append(f"({_ORDER}) {turn} (%(last)s, %(received)s, %(id)s)")
        question.known.update(last=key[0] or NEVER, received=key[1], id=key[2])
    order = ", ".join(f"{name} DESC" for name in _ORDER.split(", ")) if backwards else _ORDER
    found = question.rows(_COLUMNS, f"ORDER BY {order} LIMIT {int(limit)}")
    return (StockRow(*row) for row in found)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the batches' own columns, then of what is left of them, with all values."""

    which: list[str]
    left: list[str]
    known: dict[str, Any]

    def rows(self, columns: str, tail: str = "") -> Iterator[tuple[Any, ...]]:
        sql = f"SELECT {columns} FROM ({_book(self.which)}) book WHERE {' AND '.join(self.left)}"
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} {tail}", self.known)
            while rows := cursor.fetchmany(CHUNK):
                yield from rows


def _book(which: Sequence[str]) -> str:
    conditions = "".join(f" AND {condition}" for condition in which)
    return _BOOK.format(which=conditions, of_those=_OF_THOSE if which else "")


def _asked(operator: Operator, asked: StockFilter, today: date) -> _Question:
    known: dict[str, Any] = {"operator": operator.pk, "using_up": USING_UP, "today": today}
    which = []
    if ending := _ENDING.get(asked.state):
        longest = shelf_life.longest_warning(shelf_life.tiers_on(today))
        which.append(ending.format(longest=longest))
    if text := asked.search.strip():
        condition, found = _matching(operator, text)
        which.append(condition)
        known |= found
    return _Question(which, [_state(asked.state, today)], known)


def _state(state: State, today: date) -> str:
    return _STATES[state].format(warned=_warned(today))


def _warned(today: date) -> str:
    """The reviewed tiers as SQL; all of them are whole numbers of our own data."""
    cases: Sequence[str] = [
        f"WHEN shelf_days >= {tier.from_days}"
        f" THEN least({tier.before_days}, shelf_days / {tier.one_part_in})"
        for tier in shelf_life.tiers_on(today)
    ]
    return f"(CASE {' '.join(cases)} ELSE 0 END)" if cases else "0"


def _matching(operator: Operator, text: str) -> tuple[str, dict[str, Any]]:
    content = codes.read_code(text)
    if content is not None:
        return _CODE, {"code_id": content.batch_id, "code_salt": content.salt}
    if number := sscc.read_sscc(text):
        own = Batch.objects.current().filter(operator=operator)
        return _BOX, {"box_id": boxes.followed(own, number)}
    named = Product.objects.filter(operator=operator).matching(text).values_list("pk", flat=True)
    likes = [_like(spelling) for spelling in spellings(text)]
    return _WORDS, {"likes": likes, "products": list(named)}


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
