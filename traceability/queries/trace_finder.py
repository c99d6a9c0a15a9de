"""From what an investigator has in hand to the batches in sight that it may mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db import ids
from shilian.db.spelling import part_of
from traceability.models import Batch, RecordState, TraceCase
from traceability.models.batches import BatchQuerySet
from traceability.queries import boxes
from traceability.rules import codes, sscc

WAYS = {"number": "生产批号", "operator": "单位名称或信用代码", "name": "商品名称"}
# A name stands in no index; the batches are read back from the newest, this far.
NAME_DAYS = 180
MOST_OPERATORS = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch that may be the one that is meant."""

    batch_id: int
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    received_on: date
    quantity: Decimal
    unit: str
    holder: str
    place: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found, and by which way: ``number``, ``operator`` or ``name``."""

    found: BatchQuerySet
    way: str

    @property
    def way_name(self) -> str:
        return WAYS[self.way]

    @property
    def key(self) -> str:
        """The order of the list: of one number the maker's batch stands first, else the newest."""
        return "id" if self.way == "number" else "-id"


def batch_by_code(actor: Actor, text: str) -> int | None:
    """The id of the batch whose public code or box number this is; None when it is none, or out of
    sight. Of one box in several hands the one nearest to where it was packed.
    """
    rows = Batch.objects.visible_to(actor)
    content = codes.read_code(text)
    if content is None:
        number = sscc.read_sscc(text)
        return boxes.followed(rows.current(), number) if number else None
    found = rows.filter(pk=content.batch_id, token_salt=content.salt).values_list("pk", flat=True)
    return found.first()


def candidates(actor: Actor, text: str, way: str, *, at: datetime) -> Candidates:
    """The batches in sight that the text names; without ``way``, by the first way that finds any.

    Cost: at most three queries before the page of rows is read.
    """
    tried = Candidates(Batch.objects.visible_to(actor).none(), way or "name")
    for each in [way] if way else WAYS:
        tried = Candidates(_found(actor, text, each, at), each)
        if tried.found.exists():
            break
    return tried


def _found(actor: Actor, text: str, way: str, at: datetime) -> BatchQuerySet:
    rows = Batch.objects.visible_to(actor)
    if way == "number":
        return rows.filter(batch_number__startswith=text)
    if way == "operator":
        return rows.filter(operator_id__in=_operators(actor, text))
    since = ids.lower_bound(at - timedelta(days=NAME_DAYS))
    return rows.filter(part_of("name", text), pk__gte=since)


def _operators(actor: Actor, text: str) -> list[int]:
    """The operators of that credit code or initials, or whose name contains it. Cost: one query."""
    named = Operator.objects.visible_to(actor).matching(text)
    return list(named.order_by("pk").values_list("pk", flat=True)[:MOST_OPERATORS])


def rows_of(actor: Actor, found: Iterable[Batch]) -> list[Candidate]:
    """The page's batches with their holders. Cost: one query."""
    batches = list(found)
    holders = (
        Operator.objects.visible_to(actor)
        .filter(pk__in={batch.operator_id for batch in batches})
        .select_related("county__parent")
    )
    named = {operator.pk: operator for operator in holders}
    return [_candidate(batch, named.get(batch.operator_id)) for batch in batches]


def _candidate(batch: Batch, holder: Operator | None) -> Candidate:
    county = holder.county if holder else None
    city = county.parent.name if county and county.parent else ""
    return Candidate(
        batch_id=batch.pk,
        name=batch.name,
        specification=batch.specification,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        received_on=batch.received_on,
        quantity=batch.quantity,
        unit=batch.unit,
        holder=holder.name if holder else "",
        place=f"{city}{county.name}" if county else "",
        is_current=batch.state == RecordState.CURRENT,
    )


def start_in_sight(actor: Actor, batch_id: int | None) -> Candidate | None:
    """The batch that a case would start from, when the actor sees it. Cost: two queries."""
    rows = rows_of(actor, Batch.objects.visible_to(actor).filter(pk=batch_id or 0))
    return rows[0] if rows else None


def starts_of(actor: Actor, case: TraceCase) -> list[Candidate]:
    """The start batches of a case in the actor's sight. Cost: two queries."""
    return rows_of(actor, Batch.objects.visible_to(actor).filter(pk__in=case.start_ids))
