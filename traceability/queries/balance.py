"""物料平衡 as pages and sheets show it: every line with what is remarkable about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Generic, Literal, TypeVar

from enterprises.models import Operator
from traceability.graph import balance as graph
from traceability.graph.balance import Balance, Goods, Made
from traceability.models import LinkKind
from traceability.rules import balance as rules
from traceability.rules.balance import Flag, Tolerance
from traceability.rules.shares import Amount

Kind = Literal["product", "batch", "run"]
KINDS: dict[Kind, str] = {"product": "按商品", "batch": "按批次", "run": "投料产出"}
PAGE = 30
# Remarkable lines are looked for among so many at a time.
LOOKED_AT = 20_000

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Asked:
    """The period, both days included; ``is_flagged``: only lines that somebody should look into."""

    since: date
    until: date
    kind: Kind = "product"
    is_flagged: bool = False
    product_id: int | None = None


@dataclass(frozen=True, slots=True)
class StockLine:
    """One product or batch over the period."""

    balance: Balance
    flags: tuple[Flag, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        return self.balance.key

    @property
    def out(self) -> Decimal:
        found = self.balance
        return found.sold + found.used + found.lost + found.destroyed + found.returned


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: what was made from what; ``share`` is None when the two cannot be compared."""

    made: Made
    process: str
    share: Decimal | None
    tolerance: Tolerance | None
    flags: tuple[Flag, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.made.id,)

    @property
    def total(self) -> Decimal | None:
        """All that came out, where it is of one product in one unit."""
        outputs = self.made.outputs
        if len({(each.product_id, each.unit) for each in outputs}) > 1:
            return None
        return sum((each.quantity for each in outputs), rules.ZERO)


@dataclass(frozen=True, slots=True)
class BalancePage(Generic[L]):
    """Lines, and the key of the last one when more follow."""

    lines: list[L]
    next_key: tuple[Any, ...] | None


def page_of_balance(
    operator: Operator, asked: Asked, *, after: tuple[Any, ...] | None = None, size: int = PAGE
) -> BalancePage[Any]:
    """One page of the operator's balance. Cost: as ``lines_of``."""
    found = list(islice(lines_of(operator, asked, after=after, limit=size + 1), size + 1))
    is_more, lines = len(found) > size, found[:size]
    return BalancePage(lines, lines[-1].key if is_more else None)


def lines_of(
    operator: Operator, asked: Asked, *, after: tuple[Any, ...] | None = None, limit: int
) -> Iterator[Any]:
    """At most ``limit`` lines in their order.

    Cost: one query; of remarkable lines one for every twenty thousand that are looked at.
    """
    if asked.is_flagged:
        return islice(_remarkable(operator, asked, after), limit)
    return _READERS[asked.kind](operator, asked, after, limit)


def _remarkable(operator: Operator, asked: Asked, after: tuple[Any, ...] | None) -> Iterator[Any]:
    """Reads on until no line is left, so that none is silently missed."""
    while True:
        lines = list(_READERS[asked.kind](operator, asked, after, LOOKED_AT))
        yield from (line for line in lines if line.flags)
        if len(lines) < LOOKED_AT:
            return
        after = lines[-1].key


def _products(
    operator: Operator, asked: Asked, after: tuple[Any, ...] | None, limit: int
) -> Iterator[StockLine]:
    key = _stock_key(after)
    found = graph.product_balances(operator.pk, asked.since, asked.until, after=key, limit=limit)
    return (_judged(row, asked.until) for row in found)


def _batches(
    operator: Operator, asked: Asked, after: tuple[Any, ...] | None, limit: int
) -> Iterator[StockLine]:
    found = graph.batch_balances(
        operator.pk,
        asked.since,
        asked.until,
        product_id=asked.product_id,
        after=_stock_key(after),
        limit=limit,
    )
    return (_judged(row, asked.until) for row in found)


def _runs(
    operator: Operator, asked: Asked, after: tuple[Any, ...] | None, limit: int
) -> Iterator[RunLine]:
    before = int(after[0]) if after is not None and len(after) == 1 else graph.NEWEST
    found = graph.made_in(operator.pk, asked.since, asked.until, before=before, limit=limit)
    return map(_compared, found)


Reader = Callable[[Operator, Asked, "tuple[Any, ...] | None", int], Iterator[Any]]
_READERS: dict[Kind, Reader] = {"product": _products, "batch": _batches, "run": _runs}


def _stock_key(after: tuple[Any, ...] | None) -> graph.Key:
    if after is None or len(after) != len(graph.FIRST):
        return graph.FIRST
    name, id_, unit = after
    return str(name), int(id_), str(unit)


def _judged(row: Balance, on: date) -> StockLine:
    flags = rules.check_stock(
        unit=row.unit,
        available=row.opening + row.came,
        lost=row.lost,
        closing=row.closing,
        negative_batches=row.negative_batches,
        tolerance=rules.tolerance_for(rules.STORAGE, row.goods_class, on=on),
    )
    return StockLine(row, tuple(flags))


def _compared(made: Made) -> RunLine:
    share = rules.share_out(_amounts(made.inputs), _amounts(made.outputs))
    classes = {each.goods_class for each in made.outputs}
    goods_class = classes.pop() if len(classes) == 1 else ""
    tolerance = rules.tolerance_for(made.process, goods_class, on=made.made_on)
    flags = tuple(rules.check_run(share, tolerance))
    return RunLine(made, str(LinkKind(made.process).label), share, tolerance, flags)


def _amounts(goods: Iterable[Goods]) -> list[Amount]:
    return [Amount(each.quantity, each.unit, each.specification, each.product_id) for each in goods]
