"""The legal ledger (台账): purchases, sales and inspections of one operator, newest first.

Losses, destruction and returns are read in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from django.db.models import Q, QuerySet

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.clock import next_month
from shilian.db.spelling import part_of
from traceability.models import Batch, FactoryInspection, Purchase, RecordState, Sale, StockMovement
from traceability.models.records import Record

Kind = Literal["purchase", "sale", "inspection", "movement"]
R = TypeVar("R", bound=Record)
PAGE = 20
CHUNK = 1_000
# A search looks at the batches of this many of the operator's newest lots with the words in them.
SEARCHED_BATCHES = 2_000

MODELS: dict[str, type[Record]] = {
    "purchase": Purchase,
    "sale": Sale,
    "inspection": FactoryInspection,
    "movement": StockMovement,
}
DAY = {
    "purchase": "purchased_on",
    "sale": "sold_on",
    "inspection": "inspected_on",
    "movement": "moved_on",
}
# What ``shilian.web.pagination`` is told to page by.
KEYS = {kind: f"-{day},-id" for kind, day in DAY.items()}
PARTNER = {"purchase": "supplier_name", "sale": "buyer_name"}
# Besides the goods and the voucher, what a search looks at.
SEARCHED = {
    "purchase": ("supplier_name",),
    "sale": ("buyer_name",),
    "inspection": (),
    "movement": ("supplier_name", "cause"),
}


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """What is asked of the ledger; empty fields ask for everything."""

    month: date | None = None
    since: date | None = None
    until: date | None = None
    search: str = ""
    is_complete: bool | None = None
    with_former: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine(Generic[R]):
    """One record with the facts of its batch."""

    record: R
    batch: Batch

    @property
    def id(self) -> int:
        return int(self.record.pk)


@dataclass(frozen=True, slots=True)
class LedgerPage(Generic[R]):
    """Lines in the order of day and id, and the keys that lead on; None at an end."""

    lines: tuple[LedgerLine[R], ...]
    newer: tuple[date, int] | None = None
    older: tuple[date, int] | None = None


EVERYTHING = LedgerFilter()


def list_purchases(
    actor: Actor, operator: Operator, asked: LedgerFilter = EVERYTHING, **page: Any
) -> LedgerPage[Purchase]:
    """One page of purchases the actor may see. Cost: two queries, three with a search."""
    return _page(Purchase, "purchase", actor, operator, asked, **page)


def list_sales(
    actor: Actor, operator: Operator, asked: LedgerFilter = EVERYTHING, **page: Any
) -> LedgerPage[Sale]:
    """One page of sales the actor may see. Cost: two queries, three with a search."""
    return _page(Sale, "sale", actor, operator, asked, **page)


def list_inspections(
    actor: Actor, operator: Operator, asked: LedgerFilter = EVERYTHING, **page: Any
) -> LedgerPage[FactoryInspection]:
    """One page of factory inspections the actor may see. Cost: two queries, three with a search."""
    return _page(FactoryInspection, "inspection", actor, operator, asked, **page)


def records(
    actor: Actor, operator: Operator, kind: Kind, asked: LedgerFilter = EVERYTHING
) -> QuerySet[Any]:
    """The records asked for, for a pager that knows the keys; in no order yet."""
    rows: QuerySet[Any] = MODELS[kind].objects.visible_to(actor)  # type: ignore[attr-defined]
    rows = rows.filter(operator=operator)
    if not asked.with_former:
        rows = rows.filter(state=RecordState.CURRENT)
    day = DAY[kind]
    if asked.month is not None:
        first = asked.month.replace(day=1)
        rows = rows.filter(**{f"{day}__gte": first, f"{day}__lt": next_month(first)})
    if asked.since is not None:
        rows = rows.filter(**{f"{day}__gte": asked.since})
    if asked.until is not None:
        rows = rows.filter(**{f"{day}__lte": asked.until})
    if asked.is_complete is not None:
        rows = rows.filter(missing=[]) if asked.is_complete else rows.exclude(missing=[])
    return rows.filter(_matching(kind, operator, asked.search)) if asked.search.strip() else rows


def lines_of(operator: Operator, found: Sequence[R]) -> list[LedgerLine[R]]:
    """The records with their batches, in the order given. Cost: one query."""
    wanted = {record.batch_id for record in found}  # type: ignore[attr-defined]
    batches = Batch.objects.filter(operator=operator, pk__in=wanted).in_bulk() if wanted else {}
    return [LedgerLine(record, batches[record.batch_id]) for record in found]  # type: ignore[attr-defined]


def export_lines(
    actor: Actor, operator: Operator, kind: Kind, asked: LedgerFilter, *, limit: int
) -> Iterator[LedgerLine[Any]]:
    """At most ``limit`` lines in the order of the calendar. Cost: two queries a thousand lines."""
    rows = records(actor, operator, kind, asked).order_by(DAY[kind], "pk")[:limit]
    chunk: list[Record] = []
    for record in rows.iterator(chunk_size=CHUNK):
        chunk.append(record)
        if len(chunk) == CHUNK:
            yield from lines_of(operator, chunk)
            chunk = []
    yield from lines_of(operator, chunk)


def _page(
    model: type[R],
    kind: Kind,
    actor: Actor,
    operator: Operator,
    asked: LedgerFilter,
    *,
    older_than: tuple[date, int] | None = None,
    newer_than: tuple[date, int] | None = None,
    size: int = PAGE,
) -> LedgerPage[R]:
    rows = records(actor, operator, kind, asked)
    day = DAY[kind]
    backwards = newer_than is not None
    if key := newer_than or older_than:
        rows = rows.filter(_beyond(day, key, "gt" if backwards else "lt"))
    sign = "" if backwards else "-"
    found: list[Any] = list(rows.order_by(f"{sign}{day}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    lines = tuple(lines_of(operator, found))
    keys = [(getattr(line.record, day), line.record.pk) for line in lines]
    is_first = not more if backwards else older_than is None
    is_last = False if backwards else not more
    return LedgerPage(
        lines,
        newer=None if is_first or not keys else keys[0],
        older=None if is_last or not keys else keys[-1],
    )


def _beyond(day: str, key: tuple[date, int], comparison: str) -> Q:
    on, id_ = key
    return Q(**{f"{day}__{comparison}": on}) | Q(**{day: on, f"pk__{comparison}": id_})


def _matching(kind: Kind, operator: Operator, text: str) -> Q:
    """By any part of the goods' name, the batch number, the partner's name, cause or voucher."""
    text = text.strip()
    lots = Batch.objects.filter(operator=operator).filter(
        part_of("name", text) | Q(batch_number__startswith=text)
    )
    ids = list(lots.order_by("-pk").values_list("pk", flat=True)[:SEARCHED_BATCHES])
    matching = Q(batch_id__in=ids) | Q(voucher_number__startswith=text)
    for field in SEARCHED[kind]:
        matching |= part_of(field, text)
    return matching
