"""What an operator's books know of the lots, boxes and parties that events name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from enterprises.models import Operator
from traceability.models import Batch, OperatorNumber, Package, Product, RecordState
from traceability.queries.suppliers import product_facts
from traceability.rules.goods import ProductFacts

SHORTER = (14, 13, 12, 8)


@dataclass(frozen=True, slots=True)
class KnownBatch:
    id: int
    token_salt: int
    unit: str
    product_id: int


@dataclass(frozen=True, slots=True)
class Party:
    """A registered operator behind a GLN."""

    id: int
    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class EventBooks:
    """By 14-digit GTIN, by GTIN and lot, by SSCC and by GLN; what is unknown is absent."""

    products: Mapping[str, ProductFacts] = field(default_factory=dict)
    batches: Mapping[tuple[str, str], KnownBatch] = field(default_factory=dict)
    boxes: Mapping[str, KnownBatch] = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)


def open_event_books(
    operator: Operator,
    *,
    gtins: Collection[str],
    lots: Collection[str] = (),
    boxes: Collection[str] = (),
    glns: Collection[str] = (),
) -> EventBooks:
    """Cost: at most five queries."""
    products = _products(operator, gtins)
    return EventBooks(
        products=products,
        batches=_batches(operator, products, lots),
        boxes=_boxes(operator, boxes),
        parties=parties_of(glns),
    )


def spellings_of(gtin: str) -> list[str]:
    """A 14-digit GTIN as people keep it: without the zeros that fill it up."""
    return [gtin[-length:] for length in SHORTER if set(gtin[:-length]) <= {"0"}]


def parties_of(glns: Collection[str]) -> dict[str, Party]:
    """The operators that hold these GLNs: an exact number tells the PUBLIC name and code.

    Cost: at most one query.
    """
    if not glns:
        return {}
    rows = OperatorNumber.objects.filter(gln__in=set(glns))
    told = rows.values_list("gln", "operator_id", "operator__name", "operator__credit_code")
    return {gln: Party(id_, name, code) for gln, id_, name, code in told}


def own_numbers(operator: Operator) -> set[str]:
    """The GLNs of the operator. Cost: one query."""
    return set(OperatorNumber.objects.filter(operator=operator).values_list("gln", flat=True))


def _products(operator: Operator, gtins: Iterable[str]) -> dict[str, ProductFacts]:
    spelled = {text for gtin in gtins for text in spellings_of(gtin)}
    if not spelled:
        return {}
    rows = Product.objects.filter(operator=operator, gtin__in=spelled, is_retired=False)
    ids = {pk: gtin.zfill(14) for pk, gtin in rows.order_by("pk").values_list("pk", "gtin")}
    facts = product_facts(operator, ids)
    found: dict[str, ProductFacts] = {}
    for pk, gtin in ids.items():
        found.setdefault(gtin, facts[pk])
    return found


def _batches(
    operator: Operator, products: Mapping[str, ProductFacts], lots: Collection[str]
) -> dict[tuple[str, str], KnownBatch]:
    """The first current batch of each lot."""
    wanted = {lot for lot in lots if lot}
    if not wanted or not products:
        return {}
    gtins = {product.id: gtin for gtin, product in products.items()}
    rows = Batch.objects.filter(
        operator=operator,
        product_id__in=gtins,
        batch_number__in=wanted,
        state=RecordState.CURRENT,
    )
    found: dict[tuple[str, str], KnownBatch] = {}
    for pk, salt, unit, product_id, lot in rows.order_by("pk").values_list(
        "pk", "token_salt", "unit", "product_id", "batch_number"
    ):
        found.setdefault((gtins[product_id], lot), KnownBatch(pk, salt, unit, product_id))
    return found


def _boxes(operator: Operator, numbers: Collection[str]) -> dict[str, KnownBatch]:
    if not numbers:
        return {}
    rows = Package.objects.filter(operator=operator, sscc__in=set(numbers), is_void=False)
    named = dict(rows.values_list("batch_id", "sscc"))
    batches = Batch.objects.filter(operator=operator, pk__in=named, state=RecordState.CURRENT)
    told = batches.values_list("pk", "token_salt", "unit", "product_id")
    return {named[pk]: KnownBatch(pk, salt, unit, product) for pk, salt, unit, product in told}
