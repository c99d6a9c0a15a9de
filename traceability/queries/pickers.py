"""What an operator picks from instead of typing: partners, products, batches, past deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Exists, F, OuterRef, QuerySet

from enterprises.models import Operator
from traceability.models import Partner, Product, Purchase
from traceability.queries.categories import in_force

CHIPS = 8
FOUND = 20
DELIVERY_ROWS = 40
MOST = 500


@dataclass(frozen=True, slots=True)
class PartnerChoice:
    id: int
    name: str
    note: str
    is_on_platform: bool
    licence_valid_until: date | None


@dataclass(frozen=True, slots=True)
class ProductChoice:
    id: int
    name: str
    specification: str
    unit: str
    maker: str = ""

    @property
    def label(self) -> str:
        return f"{self.name} {self.specification}".strip()


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    product_id: int
    name: str
    specification: str
    quantity: Decimal
    unit: str
    produced_on: date | None
    batch_number: str
    origin_place: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods that came together; ``id`` is that of its first record."""

    id: int
    supplier_id: int
    supplier_name: str
    purchased_on: date
    lines: tuple[DeliveryLine, ...]


def suppliers(operator: Operator, text: str = "", chosen: int | None = None) -> list[PartnerChoice]:
    """The suppliers used last, or those that match; the chosen one is always among them."""
    return _partners(Partner.objects.filter(operator=operator).suppliers(), text, chosen)


def buyers(operator: Operator, text: str = "", chosen: int | None = None) -> list[PartnerChoice]:
    return _partners(Partner.objects.filter(operator=operator).buyers(), text, chosen)


def _partners(rows: QuerySet[Partner], text: str, chosen: int | None) -> list[PartnerChoice]:
    found = rows.matching(text) if text else rows  # type: ignore[attr-defined]
    latest = F("last_used_at").desc(nulls_last=True)
    activated = Operator.objects.activated().filter(pk=OuterRef("linked_operator_id"))
    rows, found = (each.annotate(is_on_platform=Exists(activated)) for each in (rows, found))
    picked = list(found.order_by(latest, "-pk")[: FOUND if text else CHIPS])
    if chosen and chosen not in {row.pk for row in picked}:
        picked = [*rows.filter(pk=chosen), *picked]
    return [
        PartnerChoice(
            id=row.pk,
            name=row.name,
            note=row.contact_phone or row.credit_code or row.address,
            is_on_platform=row.is_on_platform,
            licence_valid_until=row.licence_valid_until,
        )
        for row in picked
    ]


def find_partner(operator: Operator, name: str, credit_code: str, role: str) -> int | None:
    """The partner of this role already known by this code or, without a code, this name."""
    rows = Partner.objects.filter(operator=operator, is_retired=False)
    rows = rows.filter(is_supplier=True) if role == "supplier" else rows.filter(is_buyer=True)
    if credit_code:
        same = rows.filter(credit_code=credit_code)
    else:
        same = rows.filter(credit_code="", name=name)
    return same.values_list("pk", flat=True).first()


def products(
    operator: Operator,
    text: str = "",
    *,
    supplier: int | None = None,
    own_made: bool | None = None,
    limit: int | None = 12,
) -> list[ProductChoice]:
    """The products used last, those of this supplier first; or those that match what was typed.

    ``limit`` None lists them all, up to a bound. Cost: two queries.
    """
    rows = Product.objects.filter(operator=operator).in_use()
    if own_made is not None:
        rows = rows.filter(is_own_made=own_made)
    if text:
        rows = rows.matching(text)
    usual = _bought_from(operator, supplier) if supplier and not text else {}
    newest = rows.order_by(F("last_used_at").desc(nulls_last=True), "-pk")
    latest = list(newest[: MOST if limit is None else FOUND * 3])
    latest.sort(key=lambda row: usual.get(row.pk, len(usual) + 1))
    return [
        ProductChoice(row.pk, row.name, row.specification, row.unit, row.maker_name)
        for row in latest[: FOUND if text else limit]
    ]


def product_labels(choices: Sequence[ProductChoice]) -> list[tuple[int, str]]:
    """The products to choose from, each with its unit; alike ones are told apart by their maker."""
    told = Counter((row.label, row.unit) for row in choices)
    return [(row.id, f"{row.label}（按{row.unit}{_told_apart(row, told)}）") for row in choices]


def _told_apart(row: ProductChoice, told: Counter[tuple[str, str]]) -> str:
    if told[row.label, row.unit] < 2:
        return ""
    return f"，{row.maker}" if row.maker else "，没写生产者"


def _bought_from(operator: Operator, supplier: int) -> dict[int, int]:
    """Products last bought from the supplier, with their rank."""
    rows = Purchase.objects.filter(operator=operator, partner_id=supplier).current()
    ids = rows.order_by("-purchased_on", "-pk").values_list("product_id", flat=True)[:100]
    return {id_: rank for rank, id_ in enumerate(dict.fromkeys(ids))}


def categories(operator: Operator, on: date) -> list[tuple[str, str]]:
    """The reviewed categories in force, for any operator. Cost: two queries."""
    return [(row.code, row.name) for row in in_force(on).values()]


def recent_deliveries(operator: Operator, limit: int = 3) -> list[Delivery]:
    """The latest deliveries, for 和上次一样. Cost: one query."""
    rows = _purchases(operator).order_by("-purchased_on", "-pk")[:DELIVERY_ROWS]
    return _deliveries(rows)[:limit]


def find_delivery(operator: Operator, purchase_id: int) -> Delivery | None:
    """The whole delivery that a purchase record belongs to. Cost: two queries."""
    first = Purchase.objects.filter(operator=operator, pk=purchase_id).first()
    if first is None:
        return None
    together = _purchases(operator).filter(
        partner_id=first.partner_id, purchased_on=first.purchased_on, recorded_at=first.recorded_at
    )
    return next(iter(_deliveries(together.order_by("pk")[:DELIVERY_ROWS])), None)


def _purchases(operator: Operator) -> QuerySet[Purchase]:
    rows = Purchase.objects.filter(operator=operator, partner_id__isnull=False).current()
    return rows.select_related("batch")


def _came_together(row: Purchase) -> tuple[int | None, date, datetime]:
    return row.partner_id, row.purchased_on, row.recorded_at


def _deliveries(rows: Iterable[Purchase]) -> list[Delivery]:
    grouped = [list(group) for _, group in groupby(rows, key=_came_together)]
    return [
        Delivery(
            id=min(row.pk for row in group),
            supplier_id=group[0].partner_id or 0,
            supplier_name=group[0].supplier_name,
            purchased_on=group[0].purchased_on,
            lines=tuple(_line(row) for row in sorted(group, key=lambda row: row.pk)),
        )
        for group in grouped
    ]


def _line(row: Purchase) -> DeliveryLine:
    batch = row.batch
    return DeliveryLine(
        product_id=row.product_id,
        name=batch.name,
        specification=batch.specification,
        quantity=row.quantity,
        unit=row.unit,
        produced_on=batch.produced_on,
        batch_number=batch.batch_number,
        origin_place=batch.origin_place,
    )
