"""Imports of ledgers: what came of each file and row, and what the ledger already has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from enterprises.actor import Actor
from enterprises.models import ImportRow, ImportSession, Job, Operator
from enterprises.models.imports import ImportQuerySet
from traceability.models import Purchase
from traceability.rules.purchases import PurchaseDraft

KIND = "ledger"
# Product, supplier, quantity, unit, day, voucher: the same delivery told a second time.
RecordKey = tuple[int, int | None, Decimal, str, date, str]
LIVE_STATES = (
    ImportSession.State.READING,
    ImportSession.State.WRITING,
    ImportSession.State.DONE,
)
FAULTS_SHOWN = 200


def list_imports(actor: Actor, operator: Operator) -> ImportQuerySet:
    """The operator's imports, the latest first; page them by ``-id``."""
    mine = ImportSession.objects.visible_to(actor).filter(kind=KIND, operator_id=operator.pk)
    return mine.order_by("-id")


def find_import(actor: Actor, id_: int) -> ImportSession | None:
    """The import, when it lies in the actor's sight."""
    return ImportSession.objects.visible_to(actor).filter(kind=KIND, pk=id_).first()


def same_file(
    actor: Actor, operator: Operator, digest: str, mapping: dict[str, Any]
) -> ImportSession | None:
    """The latest import of exactly this file for this month that is done or under way.

    One whose job was given up is no longer under way: the file may be sent again.
    """
    latest = (
        ImportSession.objects.visible_to(actor)
        .filter(
            kind=KIND,
            operator_id=operator.pk,
            sha256=digest,
            mapping__month=mapping["month"],
            state__in=LIVE_STATES,
        )
        .order_by("-id")
        .first()
    )
    if latest is None or latest.state == ImportSession.State.DONE:
        return latest
    return latest if Job.objects.open().filter(pk=latest.job_id or 0).exists() else None


def faulty_rows(actor: Actor, session: ImportSession) -> list[ImportRow]:
    """The first rows with something to say, in the sheet's order."""
    return list(_with_problems(actor, session)[:FAULTS_SHOWN])


def row_problems(
    actor: Actor, session: ImportSession
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Row number and problems of every row with something to say."""
    return _with_problems(actor, session).values_list("row_no", "problems").iterator()


def _with_problems(actor: Actor, session: ImportSession) -> QuerySet[ImportRow]:
    seen = ImportSession.objects.visible_to(actor).filter(pk=session.pk)
    return ImportRow.objects.filter(session__in=seen).exclude(problems=[]).order_by("row_no")


def count_outcomes(actor: Actor, session: ImportSession) -> dict[str, int]:
    """How many rows came to each outcome, and how many were written with a warning."""
    seen = ImportSession.objects.visible_to(actor).filter(pk=session.pk)
    rows = ImportRow.objects.filter(session__in=seen)
    found = dict(rows.values_list("outcome").annotate(Count("id")))
    warned = rows.filter(outcome=ImportRow.Outcome.WRITTEN).exclude(problems=[]).count()
    outcomes = ("written", "bad", "same", "skipped")
    return {name: found.get(name, 0) for name in outcomes} | {"warned": warned}


def recorded_keys(operator: Operator, days: Iterable[date | None]) -> set[RecordKey]:
    """The keys of the operator's current purchases from the first to the last of the days."""
    known = sorted(day for day in days if day is not None)
    if not known:
        return set()
    rows = Purchase.objects.current().filter(
        operator=operator, purchased_on__gte=known[0], purchased_on__lte=known[-1]
    )
    fields = ("product_id", "partner_id", "quantity", "unit", "purchased_on", "voucher_number")
    return set(rows.values_list(*fields).iterator())


def key_of(draft: PurchaseDraft) -> RecordKey:
    return (
        draft.product_id,
        draft.supplier_id,
        draft.quantity,
        draft.unit,
        draft.purchased_on,
        draft.voucher_number,
    )
