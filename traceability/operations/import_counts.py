"""What an imported file adds to the day of the system that hands over files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from enterprises.models import Docking, ImportRow, ImportSession, Operator, SelfBuiltSystem
from enterprises.operations import systems
from shilian.clock import business_day
from traceability.rules.lateness import DAY_FIELDS, is_late_day
from traceability.sheets.base import Judged, SheetKind
from traceability.sheets.channels import channel_of, plain_code


def late_count(kind: SheetKind, judged: Iterable[Judged], *, received_on: date) -> int:
    """How many of the recorded lines came after the days allowed."""
    day_field = DAY_FIELDS.get(plain_code(kind), "")
    days = Counter(item.line.values.get(day_field) for item in judged if item.is_new)
    return sum(count for day, count in days.items() if is_late_day(day, received_on=received_on))


def count_file(
    session: ImportSession,
    kind: SheetKind,
    operator: Operator,
    counted: Mapping[str, int],
    at: datetime,
) -> None:
    """Count a finished import for the operator's system that delivers such files, if it has one.

    Cost: one query without such a system, three with one.
    """
    system = _system(kind, operator)
    if system is None:
        return
    good = counted.get("written", 0) + counted.get("same", 0)
    systems.count_upload(
        system.pk,
        business_day(at),
        sent=good + counted.get("bad", 0),
        accepted=good,
        late=counted.get("late", 0),
        duplicates=counted.get("same", 0),
        errors=_codes(session),
        at=at,
        is_due=systems.is_due(system, plain_code(kind)),
    )


def _system(kind: SheetKind, operator: Operator) -> SelfBuiltSystem | None:
    found = SelfBuiltSystem.objects.in_service().filter(
        operator=operator,
        docking=Docking.FILE,
        kind=channel_of(kind) or "own",
        record_kinds__contains=[plain_code(kind)],
    )
    return found.order_by("pk").first()


def _codes(session: ImportSession) -> Counter[str]:
    """How many rows were refused for which first reason."""
    bad = ImportRow.objects.filter(session=session, outcome=ImportRow.Outcome.BAD)
    told = bad.values_list("problems", flat=True).iterator(chunk_size=2_000)
    first = (next((p for p in each if p["severity"] == "error"), None) for each in told)
    return Counter(problem["code"] for problem in first if problem)
