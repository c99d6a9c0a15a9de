"""One operator's batches as its own pages show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, Q

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.spelling import part_of
from traceability.models import (
    CHANGES_HANDS,
    Batch,
    BatchOrigin,
    BatchRevision,
    FactoryInspection,
    Link,
    Package,
    Product,
    Purchase,
    RecordState,
    ReturnedGoods,
    Run,
    Sale,
    StockMovement,
)
from traceability.queries import runs, stock
from traceability.queries.stock import StockLine
from traceability.rules import codes
from traceability.rules.sales import BatchFacts

MADE_SHOWN = 20
MOVES_SHOWN = 50
CAME_FROM_OTHERS = (BatchOrigin.PURCHASED, BatchOrigin.RETURNED)


@dataclass(frozen=True, slots=True)
class UsedInput:
    """How much of which batch went in."""

    batch_id: int
    name: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class FormerVersion:
    """What a made or grown batch said until somebody corrected or voided it."""

    at: datetime
    person_name: str
    reason: str
    is_void: bool
    quantity: Decimal
    unit: str
    batch_number: str
    made_on: date
    origin_place: str
    inputs: tuple[UsedInput, ...]


@dataclass(frozen=True, slots=True)
class MadeBatches:
    """Batches to choose from; ``is_cut`` when there are older ones that only a search shows."""

    lines: list[StockLine]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A batch, what is left of it, how it came and where it went."""

    batch: Batch
    stock: StockLine
    purchase: Purchase | None
    sales: list[Sale]
    inspections: list[FactoryInspection]
    inputs: list[UsedInput]
    outputs: list[UsedInput]
    movements: list[StockMovement]
    package: Package | None
    run: Run | None
    together: int
    sent_back: ReturnedGoods | None
    former: list[FormerVersion]

    @property
    def is_own_output(self) -> bool:
        """Whether the batch is its own record: made, grown, split or boxed here."""
        return self.batch.origin_kind not in CAME_FROM_OTHERS

    @property
    def may_correct(self) -> bool:
        """What was split or boxed is voided and done again."""
        return self.batch.origin_kind in (BatchOrigin.MADE, BatchOrigin.GROWN)

    @property
    def inputs_title(self) -> str:
        if self.package is not None:
            return f"{self.package.get_kind_display()}里装了什么"
        return "用了哪些原料" if self.batch.origin_kind == BatchOrigin.MADE else "从哪一批来"

    @property
    def is_void(self) -> bool:
        return self.batch.state == RecordState.VOIDED

    @property
    def void_reason(self) -> str:
        """Why a made or grown batch was voided; bought goods say it on their purchase."""
        ended = [step for step in self.former if step.is_void]
        return ended[-1].reason if ended else ""


def stock_lines(
    actor: Actor, operator: Operator, ids: Collection[int], *, on: date
) -> dict[int, StockLine]:
    """The operator's current batches among the ids, whatever is left of them."""
    rows = Batch.objects.visible_to(actor).filter(
        operator=operator, pk__in=ids, state=RecordState.CURRENT
    )
    return {line.batch_id: line for line in _lines(operator, rows, on)}


def made_batches(
    actor: Actor, operator: Operator, *, on: date, search: str = "", chosen: int | None = None
) -> MadeBatches:
    """The newest batches of the operator's own making, those not yet passed first.

    ``search`` is any part of the name, the specification or the batch number, the beginning of the
    pinyin initials, or the public code; it reaches every batch. ``chosen`` is always among them.
    Cost: at most seven queries.
    """
    made = Batch.objects.visible_to(actor).filter(
        operator=operator, origin_kind=BatchOrigin.MADE, state=RecordState.CURRENT
    )
    rows = made.filter(_meant_by(operator, search)) if search else made
    found = list(rows.order_by("-pk")[: MADE_SHOWN + 1])
    shown = found[:MADE_SHOWN]
    if chosen is not None and chosen not in {batch.pk for batch in shown}:
        shown += made.filter(pk=chosen)
    lines = sorted(_lines(operator, shown, on), key=lambda line: line.may_be_sold)
    return MadeBatches(lines, is_cut=len(found) > MADE_SHOWN)


def _meant_by(operator: Operator, text: str) -> Q:
    """The batches that somebody means who types this."""
    if content := codes.read_code(text):
        return Q(pk=content.batch_id, token_salt=content.salt)
    named = Product.objects.filter(operator=operator).matching(text).values_list("pk", flat=True)
    return (
        part_of("name", text)
        | Q(specification__contains=text)
        | Q(batch_number__contains=text)
        | Q(product_id__in=list(named))
    )


def find_own_batch(actor: Actor, operator: Operator, batch_id: int) -> Batch | None:
    """The operator's batch. Cost: one query."""
    return Batch.objects.visible_to(actor).filter(operator=operator, pk=batch_id).first()


def find_batch(actor: Actor, operator: Operator, batch_id: int, *, on: date) -> BatchPage | None:
    """Everything the batch's page shows. Cost: at most seventeen queries."""
    rows = Batch.objects.visible_to(actor).filter(operator=operator, pk=batch_id)
    batch = rows.first()
    if batch is None:
        return None
    own = {"operator": operator, "batch_id": batch.pk}
    run = runs.run_of(operator, batch.pk)
    return BatchPage(
        batch=batch,
        stock=_lines(operator, [batch], on)[0],
        purchase=Purchase.objects.filter(**own).current().first(),
        sales=list(Sale.objects.filter(**own).current().order_by("-pk")[:MOVES_SHOWN]),
        inspections=list(
            FactoryInspection.objects.filter(**own).current().order_by("-pk")[:MOVES_SHOWN]
        ),
        inputs=_used_inputs(operator, batch),
        outputs=_came_of(operator, batch),
        movements=list(StockMovement.objects.filter(**own).current().order_by("-pk")[:MOVES_SHOWN]),
        package=Package.objects.filter(**own).first(),
        run=run,
        together=runs.count_together(operator, batch.pk) if run else 0,
        sent_back=_sent_back(operator, batch),
        former=_former(operator, batch),
    )


def _sent_back(operator: Operator, batch: Batch) -> ReturnedGoods | None:
    """From whom goods that came back came."""
    if batch.origin_kind != BatchOrigin.RETURNED:
        return None
    return ReturnedGoods.objects.filter(operator=operator, received_batch_id=batch.pk).first()


def inputs_of(operator: Operator, batch_id: int) -> dict[int, Decimal]:
    """How much of each of the operator's batches went into this one. Cost: one query."""
    rows = Link.objects.filter(child_id=batch_id).exclude(kind__in=CHANGES_HANDS)
    own = Batch.objects.filter(operator=operator, pk=batch_id)
    return dict(rows.filter(Exists(own)).values_list("parent_id", "quantity"))


def _used_inputs(operator: Operator, batch: Batch) -> list[UsedInput]:
    if batch.origin_kind in CAME_FROM_OTHERS:
        return []
    taken = inputs_of(operator, batch.pk)
    rows = Batch.objects.filter(operator=operator, pk__in=taken).order_by("pk")
    return [UsedInput(row.pk, str(row), taken[row.pk], row.unit) for row in rows]


def _came_of(operator: Operator, batch: Batch) -> list[UsedInput]:
    """What was made of the batch here, and how much of the batch that took."""
    links = Link.objects.filter(parent_id=batch.pk).exclude(kind__in=CHANGES_HANDS)
    taken = dict(links.order_by("-child_id").values_list("child_id", "quantity")[:MOVES_SHOWN])
    rows = Batch.objects.filter(operator=operator, pk__in=taken).order_by("-pk")
    return [UsedInput(row.pk, str(row), taken[row.pk], batch.unit) for row in rows]


def _former(operator: Operator, batch: Batch) -> list[FormerVersion]:
    if batch.origin_kind == BatchOrigin.PURCHASED:
        return []
    rows = BatchRevision.objects.filter(operator=operator, batch_id=batch.pk).order_by("pk")
    return [_version(row) for row in rows[:MOVES_SHOWN]]


def _version(row: BatchRevision) -> FormerVersion:
    facts = row.before["batch"]
    return FormerVersion(
        at=row.at,
        person_name=row.person_name,
        reason=row.reason,
        is_void=row.became == RecordState.VOIDED,
        quantity=Decimal(facts["quantity"]),
        unit=facts["unit"],
        batch_number=facts["batch_number"],
        made_on=date.fromisoformat(facts["received_on"]),
        origin_place=facts["origin_place"],
        inputs=tuple(
            UsedInput(part["batch_id"], part["name"], Decimal(part["quantity"]), part["unit"])
            for part in row.before["inputs"]
        ),
    )


def _lines(operator: Operator, rows: Iterable[Batch], on: date) -> list[StockLine]:
    batches = list(rows)
    facts = stock.batch_facts(operator, [batch.pk for batch in batches], on=on)
    packs = stock.packs_of(operator, batches)
    return [_line(batch, facts.get(batch.pk), packs.get(batch.pk, "")) for batch in batches]


def _line(batch: Batch, facts: BatchFacts | None, pack: str) -> StockLine:
    return StockLine(
        batch_id=batch.pk,
        product_id=batch.product_id,
        name=batch.name,
        specification=batch.specification,
        unit=batch.unit,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        expires_on=batch.expires_on,
        received_on=batch.received_on,
        on_hand=stock.ZERO if facts is None else facts.on_hand,
        is_made=batch.is_own_made,
        may_be_sold=facts is not None and (facts.has_passed or not facts.needs_inspection),
        stop=facts.stop if facts is not None else None,
        origin_kind=batch.origin_kind,
        pack=pack,
        has_failed=facts is not None and facts.has_failed,
    )
