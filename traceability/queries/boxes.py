"""Boxes and pallets as their pages show them, and from a scanned number to the batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.spelling import part_of
from traceability.models import Batch, Link, LinkKind, Package, Product
from traceability.models.batches import BatchQuerySet
from traceability.models.runs import PackageQuerySet
from traceability.rules import codes, sscc

# A box goes from the factory over dealers to the shop, on pallets that are split on the way; more
# steps than this it does not see.
STEPS = 16
CARRIED = (LinkKind.TRANSFER, LinkKind.AGGREGATION, LinkKind.SPLIT)
# At each step; more parts than this no box is sold in. The newest are looked at.
MOST_FOUND = 2_000


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One box in the list."""

    batch_id: int
    kind: str
    sscc: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    packed_on: date
    inside: int


def list_boxes(actor: Actor, operator: Operator, *, search: str = "") -> PackageQuerySet:
    """The operator's own boxes and pallets; ``search`` is a part of the number or name."""
    rows = Package.objects.visible_to(actor).filter(operator=operator, is_void=False)
    if not search:
        return rows
    products = Product.objects.filter(operator=operator).matching(search).values("pk")
    named = Batch.objects.filter(operator=operator).filter(
        part_of("name", search) | Q(product_id__in=products)
    )
    meant = Q(batch_id__in=named.values("pk"))
    # Of "-" no number is left, and every box contains nothing.
    if number := sscc.canonical(search):
        meant |= Q(sscc__contains=number)
    return rows.filter(meant)


def lines_of(actor: Actor, operator: Operator, packages: Iterable[Package]) -> list[BoxLine]:
    """The boxes with what they are and how many batches lie inside. Cost: two queries."""
    found = list(packages)
    ids = [package.batch_id for package in found]
    batches = Batch.objects.visible_to(actor).filter(operator=operator).in_bulk(ids)
    inside = Link.objects.filter(child_id__in=ids, kind=LinkKind.AGGREGATION)
    held: dict[int, int] = {}
    for child in inside.values_list("child_id", flat=True):
        held[child] = held.get(child, 0) + 1
    return [
        _line(package, batches[package.batch_id], held.get(package.batch_id, 0))
        for package in found
        if package.batch_id in batches
    ]


def _line(package: Package, batch: Batch, inside: int) -> BoxLine:
    return BoxLine(
        batch_id=batch.pk,
        kind=str(package.get_kind_display()),
        sscc=package.sscc,
        name=batch.name,
        specification=batch.specification,
        quantity=batch.quantity,
        unit=batch.unit,
        packed_on=batch.received_on,
        inside=inside,
    )


def batch_by_number(actor: Actor, operator: Operator, text: str) -> int | None:
    """The operator's batch that the SSCC or public code names; None when it names none of its.

    A box that was bought is found by the number that its maker gave it.
    """
    rows = Batch.objects.visible_to(actor).filter(operator=operator)
    content = codes.read_code(text)
    if content is not None:
        rows = rows.filter(pk=content.batch_id, token_salt=content.salt)
        return rows.values_list("pk", flat=True).first()
    number = sscc.read_sscc(text)
    if not number:
        return None
    return followed(rows.current(), number)


def followed(found: BatchQuerySet, number: str) -> int | None:
    """The first of the found ones that is the box of this SSCC, or in which it now lies.

    It was sold, put on a pallet, or a part of what was. Cost: two queries for each step.
    """
    packed = Package.objects.filter(sscc=number).order_by("-batch_id")
    ahead = set(packed.values_list("batch_id", flat=True)[:MOST_FOUND])
    for _ in range(STEPS):
        here = found.filter(pk__in=ahead).order_by("pk").values_list("pk", flat=True).first()
        if here is not None or not ahead:
            return here
        onward = Link.objects.filter(parent_id__in=ahead, kind__in=CARRIED).order_by("-child_id")
        ahead = set(onward.values_list("child_id", flat=True)[:MOST_FOUND])
    return None
