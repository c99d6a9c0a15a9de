"""Which records a photo belongs to by its name, and what came of the photos of an upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Replace, Upper

from enterprises.actor import Actor
from enterprises.models import ImportRow, ImportSession, Operator
from enterprises.models.imports import ImportQuerySet
from traceability.models import FactoryInspection, Purchase, Sale
from traceability.rules import photo_names

KIND = "photos"
# One voucher or batch has so many records at most; more means that the name says too little.
MOST_RECORDS = 50
# In this order: whose number the name may be, and how that is told.
NUMBERS = (
    (Purchase, "voucher_number", "凭证号"),
    (Purchase, "batch__batch_number", "生产批号"),
    (Sale, "voucher_number", "凭证号"),
    (FactoryInspection, "certificate_number", "检验合格证号"),
    (FactoryInspection, "batch__batch_number", "生产批号"),
)
DELIVERIES = (
    (Purchase, "purchased_on", "supplier_name", "供货者和日期"),
    (Sale, "sold_on", "buyer_name", "购货者和日期"),
)


@dataclass(frozen=True, slots=True)
class Belonging:
    """The records that the name means, all of one kind, and by what it means them.

    None when the name says too little; ``is_too_common`` when it means more of them than one paper
    can be about.
    """

    records: Sequence[Purchase | Sale | FactoryInspection] = ()
    way: str = ""
    is_too_common: bool = False


def belonging(operator: Operator, name: str) -> Belonging:
    """The records a photo belongs to: by a number, or by partner and day.

    Goods received come first: most papers are theirs.
    Cost: at most seven queries.
    """
    stem = photo_names.stem_of(name)
    numbers = photo_names.numbers_in(stem)
    is_too_common = False
    for model, field, way in NUMBERS:
        own = _own(model, operator)
        found = _by_number(own, field, numbers)
        if found and len(found) <= MOST_RECORDS:
            return Belonging(found, way)
        is_too_common = is_too_common or bool(found)
    day = photo_names.day_in(stem)
    if day is None:
        return Belonging(is_too_common=is_too_common)
    for model, on, partner, way in DELIVERIES:
        rows = _own(model, operator).filter(**{on: day}).order_by("pk")
        found = [row for row in rows if photo_names.names_partner(stem, getattr(row, partner))]
        if found:
            return Belonging(found[:MOST_RECORDS], way)
    return Belonging(is_too_common=is_too_common)


def _own(model: Any, operator: Operator) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.current().filter(operator=operator)
    return rows.select_related("batch")


def _by_number(own: QuerySet[Any], field: str, numbers: tuple[str, ...]) -> list[Any]:
    """The records with the likeliest of the numbers that any of them has, one more than are taken."""
    rows = own.annotate(number=Upper(Replace(field, Value(" "), Value(""))))
    found = list(rows.filter(number__in=numbers).order_by("pk")[: MOST_RECORDS + 1])
    for number in numbers:
        meant = [row for row in found if row.number == number]
        if meant:
            return meant
    return []


def find_upload(actor: Actor, operator: Operator, id_: int) -> ImportSession | None:
    """The upload of photos, when it lies in the actor's sight."""
    return list_uploads(actor, operator).filter(pk=id_).first()


def list_uploads(actor: Actor, operator: Operator) -> ImportQuerySet:
    """The operator's uploads of photos, the latest first; page them by ``-id``."""
    mine = ImportSession.objects.visible_to(actor).filter(kind=KIND, operator_id=operator.pk)
    return mine.order_by("-id")


def rows_of(actor: Actor, session: ImportSession, *, matched: bool) -> list[ImportRow]:
    """The photos that were matched, or those that were not, at most five hundred."""
    seen = ImportSession.objects.visible_to(actor).filter(pk=session.pk)
    rows = ImportRow.objects.filter(session__in=seen).order_by("row_no")
    good = [ImportRow.Outcome.WRITTEN, ImportRow.Outcome.SAME]
    return list(
        (rows.filter(outcome__in=good) if matched else rows.exclude(outcome__in=good))[:500]
    )
