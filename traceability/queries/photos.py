"""Which purchases a photo belongs to by its name, and what came of the photos of an upload."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Value
from django.db.models.functions import Replace, Upper

from enterprises.actor import Actor
from enterprises.models import ImportRow, ImportSession, Operator
from enterprises.models.imports import ImportQuerySet
from traceability.models import Purchase
from traceability.rules import photo_names

KIND = "photos"
# One voucher or batch has so many records at most; more means that the name says too little.
MOST_RECORDS = 50
WAYS = {"voucher": "凭证号", "batch": "生产批号", "delivery": "供货者和日期"}


@dataclass(frozen=True, slots=True)
class Belonging:
    """The purchases that the name means, and by what it means them; none when it says too little."""

    purchases: list[Purchase]
    way: str = ""


def belonging(operator: Operator, name: str) -> Belonging:
    """The purchases a photo belongs to: by voucher number, batch number, or supplier and day.

    Cost: at most three queries.
    """
    stem = photo_names.stem_of(name)
    numbers = photo_names.numbers_in(stem)
    own = Purchase.objects.current().filter(operator=operator).select_related("batch")
    for way, field in (("voucher", "voucher_number"), ("batch", "batch__batch_number")):
        if found := _by_number(own, field, numbers):
            return Belonging(found, way)
    day = photo_names.day_in(stem)
    if day is None:
        return Belonging([])
    rows = own.filter(purchased_on=day).order_by("pk")
    found = [row for row in rows if photo_names.names_supplier(stem, row.supplier_name)]
    return Belonging(found[:MOST_RECORDS], "delivery") if found else Belonging([])


def _by_number(own: QuerySet[Purchase], field: str, numbers: tuple[str, ...]) -> list[Purchase]:
    """The purchases with the likeliest of the numbers that any of them has."""
    rows = own.annotate(number=Upper(Replace(field, Value(" "), Value(""))))
    found = list(rows.filter(number__in=numbers).order_by("pk")[: MOST_RECORDS + 1])
    for number in numbers:
        meant: list[Purchase] = [row for row in found if row.number == number]
        if meant:
            return meant if len(meant) <= MOST_RECORDS else []
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
